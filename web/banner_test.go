package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// The banner above the page of a reader who lost the way has the currency that
// every other page has for that reader.
func TestBannerOfALostReaderKnowsTheCurrency(t *testing.T) {
	s := newSite(t, behindProxy)
	for _, address := range []string{"/nothing-here", "/articles/nothing-here", "/donate/nothing-here"} {
		for _, tt := range []struct{ query, accept, want string }{
			{"", "en-GB", "GBP"}, {"", "de-CH", "CHF"}, {"", "en", "USD"}, {"?currency=EUR", "en-GB", "EUR"},
		} {
			w := s.get(address+tt.query, reading(tt.accept, "", ""))
			wantStatus(t, w, http.StatusNotFound)
			all := forms(t, w.Body.String())
			if len(all) != 1 || all[0].value("currency") != tt.want {
				t.Fatalf("%s for %s: %d banners, want one in %s", address+tt.query, tt.accept, len(all), tt.want)
			}
			vary := strings.Join(w.Header().Values("Vary"), ", ")
			if told := strings.Contains(vary, "Accept-Language, "+cfCountry); told != (tt.query == "") {
				t.Errorf("%s: Vary is %s", address+tt.query, vary)
			}
		}
	}
}

// Whoever loses the way among the pages about gifts is not asked for one.
func TestNoBannerBelowTheReadersOwnPage(t *testing.T) {
	s := newSite(t)
	for address, asks := range map[string]bool{"/manage/nothing": false, "/manage/nothing/here?lang=de": false, "/manager": true} {
		w := s.get(address)
		wantStatus(t, w, http.StatusNotFound)
		if got := len(forms(t, w.Body.String())) > 0; got != asks {
			t.Errorf("%s asks: %v", address, got)
		}
	}
}

package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/web"
)

const cfCountry = "CF-IPCountry"

// behindProxy is a site whose proxy tells the country.
func behindProxy(o *web.Options) {
	o.TrustedProxies, o.CountryHeader = []string{"10.0.0.0/8"}, cfCountry
}

// reading is a reader with a language and, as somebody says, in a country.
func reading(accept, country, from string) func(*http.Request) {
	return func(r *http.Request) {
		if accept != "" {
			r.Header.Set("Accept-Language", accept)
		}
		if country != "" {
			r.Header.Set(cfCountry, country)
		}
		if from != "" {
			r.RemoteAddr = from
		}
	}
}

func TestCurrencyOfACountry(t *testing.T) {
	s := newSite(t, behindProxy)
	const proxy, anybody = "10.0.0.1:80", "192.0.2.10:80"
	for _, tt := range []struct{ name, target, accept, country, from, want string }{
		{"nothing told", "", "", "", "", "USD"},
		{"the proxy's word", "", "en-US", "DE", proxy, "EUR"},
		{"the proxy's word goes before the language", "", "de-CH", "gb", proxy, "GBP"},
		{"the proxy's word of a currency not taken", "", "de-CH", "PL", proxy, "USD"},
		{"anybody's word is no proxy's", "", "", "DE", anybody, "USD"},
		{"a proxy that does not know", "", "de-CH", "XX", proxy, "CHF"},
		{"through an unknown network", "", "de-CH", "T1", proxy, "CHF"},
		{"nonsense of a proxy", "", "fr-CH", "<script>", proxy, "CHF"},
		{"a region in the language", "", "en-GB,en;q=0.9", "", "", "GBP"},
		{"a language without region", "", "de,en-GB;q=0.8", "", "", "EUR"},
		{"Japanese", "", "ja", "", "", "JPY"},
		{"English is spoken everywhere", "", "en", "", "", "USD"},
		{"French, Spanish, Arabic and Portuguese too", "", "fr,de;q=0.5", "", "", "USD"},
		{"Arabic of Kuwait", "", "ar-KW", "", "", "KWD"},
		{"the first by weight", "", "en-GB;q=0.4,de-CH;q=0.9", "", "", "CHF"},
		{"only the first counts", "", "en,de;q=0.9", "", "", "USD"},
		{"a group of countries", "", "es-419", "", "", "USD"},
		{"a currency not taken", "", "ru-RU", "", "", "USD"},
		{"nonsense", "", ";;;q=", "", "", "USD"},
		{"very long", "", strings.Repeat("x-", 4000), "", "", "USD"},
		{"the address goes before all", "?currency=gbp", "de-CH", "DE", proxy, "GBP"},
		{"an address with a currency not taken", "?currency=AUD", "de-CH", "", "", "CHF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, page := range []string{"/donate/independent-journalism", article, "/embed/independent-journalism"} {
				w := s.get(page+tt.target, reading(tt.accept, tt.country, tt.from))
				wantStatus(t, w, http.StatusOK)
				all := forms(t, w.Body.String())
				if got := all[len(all)-1].checked("currency"); got != tt.want {
					t.Errorf("%s: %s is chosen, want %s", page, got, tt.want)
				}
				for _, f := range all[:len(all)-1] { // strip, card
					if got := f.value("currency"); got != tt.want {
						t.Errorf("%s: a place gives %s, want %s", page, got, tt.want)
					}
				}
				vary := strings.Join(w.Header().Values("Vary"), ", ")
				if told := strings.Contains(vary, "Accept-Language, "+cfCountry); told != (!strings.HasPrefix(tt.target, "?currency=gbp")) {
					t.Errorf("%s: Vary is %s", page, vary)
				}
			}
		})
	}
}

// What a reader of another country sees posts what it says.
func TestTheGuessIsWhatIsCharged(t *testing.T) {
	s := newSite(t)
	f := largeForm(t, s, reading("de-DE", "", ""))
	id := s.started(s.donate(f.values()))
	if n := s.count(`select count(*) from checkouts where id = $1 and currency = 'EUR' and amount = 1000 and kind = 'monthly'`, id); n != 1 {
		t.Error("the default in euros was not taken")
	}
	f.choose("currency", "USD")
	f.choose("amount_monthly_USD", "25")
	f.tick("cover_fees_monthly_USD", true)
	id = s.started(s.donate(f.values()))
	if n := s.count(`select count(*) from checkouts where id = $1 and currency = 'USD' and amount - fee_cover = 2500 and cover_fees`, id); n != 1 {
		t.Error("the choice in dollars was not taken")
	}
}

// Each currency has bytes and a tag of its own, and an answer without a body tells
// caches as much as one with it.
func TestCurrenciesAreNeverMixed(t *testing.T) {
	s := newSite(t, behindProxy)
	tags := map[string]string{}
	for _, language := range []string{"en", "de-DE", "de-CH", "ja", "en-GB", "de-AT", "sw"} {
		w := s.get(article, reading(language, "", ""))
		tag := w.Header().Get("ETag")
		all := forms(t, w.Body.String())
		currency := all[len(all)-1].checked("currency")
		if known, ok := tags[currency]; ok && known != tag {
			t.Errorf("%s has the tags %s and %s", currency, known, tag)
		}
		tags[currency] = tag
		not := s.get(article, reading(language, "", ""), func(r *http.Request) { r.Header.Set("If-None-Match", tag) })
		if not.Code != http.StatusNotModified || !slices.Equal(not.Header().Values("Vary"), w.Header().Values("Vary")) {
			t.Errorf("%s: %d, Vary %v, with a body %v", language, not.Code, not.Header().Values("Vary"), w.Header().Values("Vary"))
		}
	}
	seen := map[string]bool{}
	for _, tag := range tags {
		seen[tag] = true
	}
	if len(seen) != len(tags) || len(tags) != 5 {
		t.Errorf("tags: %v", tags)
	}
	w := s.get(article, reading("ja", "", ""), func(r *http.Request) { r.Header.Set("If-None-Match", tags["EUR"]) })
	wantStatus(t, w, http.StatusOK)
}

// A site with one currency has one page for everybody.
func TestOneCurrencyVariesByNothing(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		one := *o.Newsroom
		one.Site.Currencies = one.Site.Currencies[:1]
		o.Newsroom = &one
	})
	w := s.get(article, reading("de-DE", "", ""))
	if vary := strings.Join(w.Header().Values("Vary"), ", "); strings.Contains(vary, "Accept-Language") {
		t.Errorf("Vary is %s", vary)
	}
}

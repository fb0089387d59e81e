package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// What the site file says in other languages stands on their pages and feeds, and
// what it does not say there is marked as what it is.
func TestSiteInOtherLanguages(t *testing.T) {
	s := newSite(t)
	const english, german = "News with its sources, from near and far", "Nachrichten mit ihren Quellen, von nah und fern"
	for _, address := range []string{"/?lang=de", "/feed.de.xml"} {
		page := s.get(address).Body.String()
		if !strings.Contains(page, german) || strings.Contains(page, english) {
			t.Errorf("%s is not in German", address)
		}
	}
	for address, imprint := range map[string]string{
		"/":                              "<p>Published by The Meridian Times, a newsroom that exists only as an example</p>",
		"/articles/pegel-am-tarrow":      "<p>Herausgegeben von The Meridian Times, einer Redaktion, die es nur als Beispiel gibt</p>",
		"/articles/maqayis-nahr-tarrow":  "<p>تصدر عن The Meridian Times، وهي غرفة أخبار لا وجود لها إلا على سبيل المثال</p>",
		"/articles/datchiki-na-tarrou":   "<p>Издатель – The Meridian Times, редакция, которая существует только как пример</p>",
		"/nothing?lang=de":               "<p>Herausgegeben von The Meridian Times, einer Redaktion, die es nur als Beispiel gibt</p>",
		"/donate/independent-journalism": `<p>© 2016 The Meridian Times</p>`,
		"/articles/pegel-am-tarrow?x":    `<p><bdi lang="en">© 2016 The Meridian Times</bdi></p>`,
	} {
		if page := s.get(address).Body.String(); !strings.Contains(page, imprint) {
			t.Errorf("%s lacks %s", address, imprint)
		}
	}
}

// The name of the campaign on Stripe's page is in the reader's language; each
// language has a product of its own there, for a product has one name.
func TestCampaignNameIsInTheReadersLanguage(t *testing.T) {
	s := newSite(t)
	for address, want := range map[string]string{
		"/articles/pegel-am-tarrow":     "Unabhängiger Journalismus bei The Meridian Times",
		"/articles/tarrow-river-gauges": "Independent journalism at The Meridian Times",
	} {
		page := s.get(address)
		wantStatus(t, page, http.StatusOK)
		all := forms(t, page.Body.String())
		id := s.started(s.donate(all[len(all)-1].values()))
		if n := s.count(`select count(*) from checkouts where id = $1 and campaign_name = $2`, id, want); n != 1 {
			t.Errorf("a gift from %s is not for %q", address, want)
		}
		onward := s.get("/checkout/" + id)
		wantStatus(t, onward, http.StatusSeeOther)
		look, err := http.NewRequestWithContext(t.Context(), http.MethodGet, onward.Header().Get("Location"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if page := s.fetch(look); !strings.Contains(page, want) {
			t.Errorf("Stripe's page does not say %q:\n%s", want, page)
		}
	}
}

package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// Before anything is erased the page says what stays, the numbers of the payments
// too, and who could still find somebody by them.
func TestErasurePageSaysWhatStays(t *testing.T) {
	m := newManaged(t, withPeople(t))
	m.gives(gift(), ada, "Ada Reader")
	b := m.opens(ada)
	for language, want := range map[string][]string{
		"en": {"the numbers that Stripe gave the payments", "keeps its own records under these numbers"},
		"de": {"den Nummern, die Stripe den Zahlungen gegeben hat", "unter diesen Nummern eigene Unterlagen"},
		"ru": {"номерами, которые Stripe дал платежам", "под этими номерами собственные записи"},
		"ar": {"بالأرقام التي أعطتها Stripe للمدفوعات", "تحت هذه الأرقام بسجلاتها الخاصة"},
	} {
		wantStatus(t, b.get("/manage/data/erase?lang="+language), http.StatusOK, want...)
		if w := b.get("/manage/data?lang=" + language); strings.Count(w.Body.String(), "JSON") != 1 {
			t.Errorf("%s: %s", language, w.Body)
		}
	}
}

package web_test

import (
	"net/http"
	"testing"
)

// A campaign that the newsroom no longer has is called what it was called when the
// gift began, and marked as being in the language of then.
func TestAPurposeOfThenIsInItsLanguage(t *testing.T) {
	m := newManaged(t)
	m.gives(gift("frequency", "monthly", "currency", "EUR", "amount", "10", "article", "pegel-am-tarrow", "appeal", "keep-it-alive-de"), ada, "Ada")
	if n := m.count(`select count(*) from checkouts where campaign_language = 'de' and campaign_name like 'Unabhängiger%'`); n != 1 {
		t.Error("the language of the name is not kept")
	}
	if _, err := m.db.Exec(t.Context(), `update donations set campaign = 'gone'; update recurring_donations set campaign = 'gone'`); err != nil {
		t.Fatal(err)
	}
	b := m.opens(ada)
	one := "/manage/recurring/" + m.only(ada).RecurringID
	for _, page := range []string{"/manage", one} {
		wantStatus(t, b.get(page+"?lang=en"), http.StatusOK, `<bdi lang="de">Unabhängiger Journalismus`)
		wantStatus(t, b.get(page+"?lang=de"), http.StatusOK, `Unabhängiger Journalismus`)
	}
	// One that has no name in the reader's language was kept in the newsroom's.
	if _, err := m.db.Exec(t.Context(), `update checkouts set campaign_name = 'Local news', campaign_language = ''`); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, b.get(one+"?lang=de"), http.StatusOK, `<bdi lang="en">Local news</bdi>`)
}

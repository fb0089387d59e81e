package web_test

import (
	"net/http"
	"testing"
)

// The letter that confirms a change is to be in the language of the page on which the
// reader made it, and not in that of the page on which the gift was given.
func TestManageChangesKeepTheLanguageOfTheirPage(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada") // on an English page
	b := m.opens(ada)
	path := "/manage/recurring/" + m.only(ada).RecurringID
	for _, language := range []string{"de", "en"} {
		action, values := b.form(path+"/amount?lang="+language, "amount", map[string]string{"de": "12,50", "en": "13.50"}[language])
		if w := b.post(action, values); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if n := m.count(`select count(*) from reader_changes where action = 'amount' and language = '` + language + `'`); n != 1 {
			t.Errorf("%d changes are to be confirmed in %q", n, language)
		}
		m.flush()
	}
}

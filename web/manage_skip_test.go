package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// A yearly gift that is charged in a year is paused beyond that, or the pause would do
// nothing; the page names what is left out, and its next charge follows.
func TestAPauseOfAYearlyGiftLeavesAChargeOut(t *testing.T) {
	m := newManaged(t)
	m.gives(gift("frequency", "annual", "currency", "EUR", "amount", "100"), ada, "Ada")
	b := m.opens(ada)
	path := "/manage/recurring/" + m.only(ada).RecurringID
	was := m.only(ada).NextAt
	page := b.get(path + "/pause?lang=en").Body.String()
	said := regexp.MustCompile(`Left out: ([^.;]+)\. The next charge is on ([^.]+)\.`).FindAllStringSubmatch(page, -1)
	if len(said) != 1 || said[0][1] != was.Format("2 January 2006") || !strings.Contains(page, "Leave out the next yearly gift") {
		t.Fatalf("%q of %s", said, page)
	}
	for _, language := range []string{"de", "ru", "ar"} {
		wantStatus(t, b.get(path+"/pause?lang="+language), http.StatusOK, "<small>")
	}
	// What is not offered leaves nothing out, whoever sends it.
	action, values := b.form(path+"/pause?lang=en", "months", "1")
	wantStatus(t, b.post(action, values), http.StatusUnprocessableEntity, "Please choose how long")
	action, values = b.form(path + "/pause?lang=en")
	wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "Your gift pauses")
	m.flush()
	r := m.only(ada)
	if !r.Paused || !r.PausedUntil.After(was) || !r.NextAt.After(r.PausedUntil) {
		t.Errorf("%+v", r)
	}
	wantStatus(t, b.get(path+"?lang=en"), http.StatusOK, said[0][2])
	m.days(380)
	if n := m.count(`select count(*) from donations`); n != 1 {
		t.Errorf("%d gifts: the pause left nothing out", n)
	}
	if r = m.only(ada); r.Paused {
		t.Errorf("it pauses still: %+v", r)
	}
}

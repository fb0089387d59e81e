package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Until Stripe has told of a change its page looks again by itself, a few times, and
// goes on saying what was done. Then it shows how things stand, and is quiet.
func TestAPageAwaitsTheChange(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada")
	b := m.opens(ada)
	path := "/manage/recurring/" + m.only(ada).RecurringID
	for _, quiet := range []string{"/manage", path} {
		if w := b.get(quiet); w.Header().Get("Refresh") != "" {
			t.Errorf("%s loads itself without need: %s", quiet, w.Header().Get("Refresh"))
		}
	}
	m.faults(`{"drop": 1}`)
	action, values := b.form(path+"/amount", "amount", "12,50")
	w := b.follows(b.post(action, values))
	const done = "The new amount holds from the next charge on"
	last, looks := 0, 0
	for w.Header().Get("Refresh") != "" {
		var wait, looked int
		if n, err := fmt.Sscanf(w.Header().Get("Refresh"), "%d; url="+path+"?lang=en&looked=%d", &wait, &looked); n != 2 || wait < last || looked != looks+1 {
			t.Fatalf("look %d, before it a wait of %d: %q, %v", looks, last, w.Header().Get("Refresh"), err)
		}
		wantStatus(t, w, http.StatusOK, done, "this page then shows it by itself")
		last, looks = wait, looked
		w = b.get(fmt.Sprintf("%s?lang=en&looked=%d", path, looked))
	}
	if looks < 3 || looks > 10 || last > 30 {
		t.Errorf("it looked %d times, the last time after %d seconds", looks, last)
	}
	wantStatus(t, w, http.StatusOK, done, "please load this page again")
	if w := b.get("/manage"); !strings.HasSuffix(w.Header().Get("Refresh"), "; url=/manage?lang=en&looked=1") {
		t.Errorf("the list of gifts waits with %q", w.Header().Get("Refresh"))
	}
	for _, odd := range []string{"-3", "x", "99999999999999999999", ""} {
		wantStatus(t, b.get(path+"?looked="+odd), http.StatusOK, "A change is under way")
	}
	m.faults(`{}`)
	m.days(1) // Stripe tries again
	w = b.get(path + "?lang=en")
	wantStatus(t, w, http.StatusOK, "€12.50 each month", "Active")
	if w.Header().Get("Refresh") != "" || strings.Contains(w.Body.String(), done) {
		t.Errorf("it goes on when the change is there: %q\n%s", w.Header().Get("Refresh"), w.Body)
	}
}

// The page that loads itself and finds the change made still says what was done;
// another does not.
func TestWhatWasDoneIsSaidUntilThePageIsStill(t *testing.T) {
	for name, tt := range map[string]struct {
		target string
		says   bool
	}{"by itself": {"?lang=en&looked=1", true}, "by the reader": {"?lang=en", false}} {
		t.Run(name, func(t *testing.T) {
			m := newManaged(t)
			m.gives(monthly(), ada, "Ada")
			b := m.opens(ada)
			path := "/manage/recurring/" + m.only(ada).RecurringID
			m.faults(`{"drop": 1}`)
			action, values := b.form(path+"/pause", "months", "3")
			wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "Your gift pauses", "by itself")
			m.faults(`{}`)
			m.days(1)
			for i, says := range []bool{tt.says, false} {
				w := b.get(path + tt.target)
				wantStatus(t, w, http.StatusOK, "Paused until ")
				if strings.Contains(w.Body.String(), "Your gift pauses") != says || w.Header().Get("Refresh") != "" {
					t.Errorf("time %d: it is said: %t, Refresh %q", i, !says, w.Header().Get("Refresh"))
				}
			}
			if len(b.cookies) != 1 {
				t.Errorf("cookies: %v", b.cookies)
			}
		})
	}
}

package web_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/web"
	"github.com/readerfund/readerfund/web/hooks"
)

// punctual holds signatures against the stand-in's clock, not against the site's.
type punctual struct{ hooks.Verifier }

func (p punctual) Verify(body []byte, header string, _ time.Time) error {
	return p.Verifier.Verify(body, header, time.Now())
}

// The day that the form names is the day on which the pause ends, wherever the
// newsroom is and however long the months are.
func TestAPauseEndsWhenItsFormSaid(t *testing.T) {
	until := regexp.MustCompile(`until ([0-9]+ [A-Z][a-z]+ [0-9]+)`)
	for zone, now := range map[string]time.Time{
		"Pacific/Auckland": time.Date(2027, 1, 30, 12, 0, 0, 0, time.UTC), // the 31st there
		"America/New_York": time.Date(2027, 2, 1, 2, 0, 0, 0, time.UTC),   // the 31st there
		"Europe/London":    time.Date(2027, 3, 31, 23, 30, 0, 0, time.UTC),
	} {
		t.Run(zone, func(t *testing.T) {
			at, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			m := newManaged(t, func(o *web.Options) {
				o.Verifier = punctual{o.Verifier}
				o.Newsroom.Site.BaseTimezone = at
				o.Manage.Changes.(*manage.Changes).Zone = at
			})
			m.gives(monthly(), ada, "Ada")
			m.now.set(func() time.Time { return now })
			b := m.opens(ada)
			path := "/manage/recurring/" + m.only(ada).RecurringID
			for i, months := range []string{"1", "3", "6"} {
				page := b.get(path + "/pause").Body.String()
				named := until.FindAllStringSubmatch(page, -1)
				if len(named) != 3 {
					t.Fatalf("the form names %q", named)
				}
				action, values := b.form(path+"/pause", "months", months)
				if w := b.post(action, values); w.Code != http.StatusSeeOther {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
				m.flush()
				said := until.FindStringSubmatch(b.get(path).Body.String())
				if said == nil || said[1] != named[i][1] {
					t.Errorf("%s months: the form says %s, the page %q", months, named[i][1], said)
				}
				action, values = b.form(path + "/resume")
				if w := b.post(action, values); w.Code != http.StatusSeeOther {
					t.Fatalf("resuming: %d", w.Code)
				}
				m.flush()
			}
		})
	}
}

// Before a pause is ended, the form names the day of the charge that comes then.
func TestTheFormThatEndsAPauseNamesTheNextCharge(t *testing.T) {
	m := newManaged(t)
	m.gives(monthly(), ada, "Ada")
	b, r := m.opens(ada), m.only(ada)
	path := "/manage/recurring/" + r.RecurringID
	action, values := b.form(path+"/pause", "months", "3")
	wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "Your gift pauses")
	m.flush()
	day := r.NextAt.UTC()
	for language, want := range map[string]string{
		"en": "the next charge is made on " + day.Format("2 January 2006"), "de": "wird am " + day.Format("2") + ". ",
		"ru": "следующее списание пройдёт " + day.Format("2") + "\u00a0", "ar": "فسيكون الخصم التالي في " + day.Format("2") + "\u00a0",
	} {
		wantStatus(t, b.get(path+"/resume?lang="+language), http.StatusOK, want)
	}
	action, values = b.form(path + "/resume")
	wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "Your gift goes on")
	m.flush()
	if now := m.only(ada); !now.NextAt.Equal(r.NextAt) {
		t.Errorf("the next charge is on %s, and %s was said", now.NextAt, r.NextAt)
	}
}

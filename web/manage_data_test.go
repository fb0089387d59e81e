package web_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/erasure"
	"github.com/readerfund/readerfund/web"
)

// people is the erasure as the service has it.
type people struct{ *erasure.People }

func (p people) Erase(ctx context.Context, donorID string) (waits bool, err error) {
	e, err := p.People.Erase(ctx, donorID)
	return e.Due > 0, err
}

// withPeople lets readers have their data, and have them erased.
func withPeople(t *testing.T) func(*web.Options) {
	return func(o *web.Options) {
		started, ok := o.Checkouts.(*payments.Checkouts)
		in, stored := o.Inbox.(storing)
		if !ok || !stored {
			t.Fatalf("checkouts are a %T, the inbox is a %T", o.Checkouts, o.Inbox)
		}
		o.Manage.People = people{&erasure.People{DB: started.DB, Events: in.Inbox, Now: time.Now, Log: slog.New(slog.DiscardHandler)}}
	}
}

func TestReadersTakeTheirDataAndGo(t *testing.T) {
	m := newManaged(t, withPeople(t))
	m.gives(monthly(), ada, "Ada Reader")
	m.gives(gift(), "bob@example.org", "Bob")
	b := m.opens(ada)
	wantStatus(t, b.get("/manage"), http.StatusOK, `href="/manage/data?lang=en"`)
	wantStatus(t, b.get("/manage/data"), http.StatusOK, "Take it with you", "Have it erased")

	w := b.get("/manage/data/export?lang=en")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" ||
		w.Header().Get("Content-Disposition") != `attachment; filename="my-data.json"` {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if body := w.Body.String(); !json.Valid([]byte(body)) || !strings.Contains(body, ada) || strings.Contains(body, "bob@") {
		t.Errorf("exported: %s", body)
	}

	// A gift that runs must be stopped while there is somebody who can.
	w = b.get("/manage/data/erase?lang=en")
	wantStatus(t, w, http.StatusOK, "A gift of yours still runs", "/manage/recurring/"+m.only(ada).RecurringID)
	if len(forms(t, w.Body.String())) != 0 {
		t.Error("it can be erased all the same")
	}
	wantStatus(t, b.post("/manage/data/erase?lang=en", url.Values{"sure": {"yes"}}), http.StatusUnprocessableEntity, "Nothing was changed", "still runs")
	action, values := b.form("/manage/recurring/" + m.only(ada).RecurringID + "/cancel")
	wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "Your gift has ended")
	m.flush()

	wantStatus(t, b.get("/manage/data/erase?lang=en"), http.StatusOK, "The amounts of your gifts stay", `name="sure"`)
	wantStatus(t, b.post("/manage/data/erase?lang=en", url.Values{}), http.StatusUnprocessableEntity, "Please tick the box", `href="#sure"`)
	wantStatus(t, m.browser().post("/manage/data/erase", url.Values{"sure": {"yes"}}), http.StatusForbidden, "nothing was changed")
	if n := m.count(`select count(*) from donors`); n != 2 {
		t.Fatalf("%d donors before it was confirmed", n)
	}
	wantStatus(t, b.post("/manage/data/erase?lang=en", url.Values{"sure": {"yes"}}), http.StatusOK, "Your data has been erased")
	if len(b.cookies) != 0 {
		t.Errorf("kept %v", b.cookies)
	}
	for _, left := range []string{"donors where email_key = '" + ada + "'", "reader_sessions", "donations where donor_email = '" + ada + "'"} {
		if n := m.count("select count(*) from " + left); n != 0 {
			t.Errorf("%d %s", n, left)
		}
	}
	if n := m.count(`select count(*) from donations where amount = 1000 and currency = 'EUR' and status = 'succeeded'`); n != 1 {
		t.Error("the amount is gone")
	}
	wantStatus(t, m.opens("bob@example.org").get("/manage"), http.StatusOK, "$25")
}

// Several gifts that run are spoken of as several.
func TestSeveralGiftsThatRun(t *testing.T) {
	m := newManaged(t, withPeople(t))
	m.gives(monthly(), ada, "Ada")
	m.gives(gift("frequency", "annual", "currency", "EUR", "amount", "100"), ada, "Ada")
	b := m.opens(ada)
	for language, want := range map[string]string{
		"en": "2 gifts of yours still run. Please stop them first", "de": "2 Ihrer Spenden laufen noch",
		"ru": "У вас ещё 2 действующих пожертвования", "ar": "لا يزال تبرعان من تبرعاتكم ساريين",
	} {
		w := b.get("/manage/data/erase?lang=" + language)
		wantStatus(t, w, http.StatusOK, want)
		if n := strings.Count(w.Body.String(), want); n != 1 {
			t.Errorf("%s: it is said %d times", language, n)
		}
		wantStatus(t, b.post("/manage/data/erase?lang="+language, url.Values{"sure": {"yes"}}), http.StatusUnprocessableEntity, want)
	}
}

// A gift that ends with its period by itself keeps nobody: the page says the day.
func TestAGiftThatEndsByItselfKeepsNobody(t *testing.T) {
	m := newManaged(t, withPeople(t))
	m.gives(monthly(), ada, "Ada Reader")
	var day time.Time
	err := m.db.QueryRow(t.Context(), `update recurring_donations set cancel_at_period_end = true returning current_period_end`).Scan(&day)
	if err != nil {
		t.Fatal(err)
	}
	b := m.opens(ada)
	page := b.get("/manage/data/erase?lang=en")
	wantStatus(t, page, http.StatusOK, "ends by itself on "+day.UTC().Format("2 January 2006"), `name="sure"`)
	if strings.Contains(page.Body.String(), "still runs") {
		t.Error("it asks to end what ends")
	}
	wantStatus(t, b.post("/manage/data/erase?lang=en", url.Values{"sure": {"yes"}}), http.StatusOK, "Your data has been erased")
	if n := m.count(`select count(*) from donors`); n != 0 {
		t.Errorf("%d donors", n)
	}
}

// Without a hand on the data there is no page that would promise it.
func TestWithoutPeople(t *testing.T) {
	m := newManaged(t)
	m.gives(gift(), ada, "Ada")
	b := m.opens(ada)
	if strings.Contains(b.get("/manage").Body.String(), "/manage/data") {
		t.Error("the page leads to one that is not there")
	}
	wantStatus(t, b.get("/manage/data"), http.StatusNotFound)
}

// What Stripe has not told yet stays until it is known to have ended, and the page
// says so in place of promising that all is gone.
func TestWhatStaysIsSaid(t *testing.T) {
	for language, want := range map[string]string{
		"en": "but for one gift", "de": "bis auf eine Spende", "ru": "кроме одного пожертвования", "ar": "ما عدا تبرعًا واحدًا",
	} {
		m := newManaged(t, withPeople(t))
		m.gives(monthly(), ada, "Ada")
		b := m.opens(ada)
		if _, err := m.db.Exec(t.Context(), "delete from recurring_donations; delete from subscriptions"); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, b.post("/manage/data/erase?lang="+language, url.Values{"sure": {"yes"}}), http.StatusOK, want, "readers@meridian.example")
		if m.count("select count(*) from erasures_due") == 0 || m.count("select count(*) from reader_sessions") != 0 {
			t.Errorf("%s: nothing waits, or the visit goes on", language)
		}
	}
}

// An erasure that could not be made says so about itself, and can be tried again.
func TestAnErasureThatGivesUpSaysSo(t *testing.T) {
	away := pgtest.New(t)
	away.Close()
	m := newManaged(t, func(o *web.Options) {
		o.Manage.People = people{&erasure.People{DB: away, Now: time.Now, Log: slog.New(slog.DiscardHandler)}}
	})
	m.gives(gift(), ada, "Ada")
	b := m.opens(ada)
	for language, want := range map[string]string{
		"en": "Nothing was erased", "de": "Es wurde nichts gelöscht", "ru": "Ничего не стёрто", "ar": "لم يُمحَ شيء",
	} {
		w := b.post("/manage/data/erase?lang="+language, url.Values{"sure": {"yes"}})
		wantStatus(t, w, http.StatusServiceUnavailable, want, `name="sure"`)
		if w.Header().Get("Retry-After") == "" || len(b.cookies) == 0 {
			t.Errorf("%s: %v, cookies %v", language, w.Header(), b.cookies)
		}
	}
}

// A customer at Stripe who has had two addresses: while the gift of the other runs,
// the page leads to somebody who can help.
func TestAnothersGiftThatRuns(t *testing.T) {
	m := newManaged(t, withPeople(t))
	m.gives(monthly(), "bob@example.org", "Bob")
	m.gives(gift(), ada, "Ada")
	if _, err := m.db.Exec(t.Context(), "update charges set customer = (select customer from subscriptions limit 1) where email = $1", ada); err != nil {
		t.Fatal(err)
	}
	w := m.opens(ada).post("/manage/data/erase?lang=en", url.Values{"sure": {"yes"}})
	wantStatus(t, w, http.StatusUnprocessableEntity, "Nothing was changed", "under another address", "readers@meridian.example")
	if strings.Contains(w.Body.String(), "Please stop it first") {
		t.Error("it asks to stop a gift that is not listed")
	}
}

package inbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// standIn is a stand-in that posts its events to an inbox, both on one clock.
type standIn struct {
	*stripefake.Server
	t      *testing.T
	at     *atomic.Int64 // Unix seconds
	source *stripegw.Gateway
}

// newStandIn posts its events at an API version, all but those of a type.
func newStandIn(t *testing.T, in *inbox.Inbox, version, but string) *standIn {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	at := &atomic.Int64{}
	at.Store(1_790_000_000)
	now := func() time.Time { return time.Unix(at.Load(), 0) }
	in.Now = now
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return // the stand-in was closed while it sent
		}
		var e struct{ Type string }
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		if e.Type == but {
			return
		}
		if _, err := in.Receive(r.Context(), raw); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	s, err := stripefake.New(stripefake.Options{Seed: "gaps", Clock: now, Spec: spec, Backoff: []time.Duration{100 * time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	s.AddEndpoint(hook.URL, "whsec_gaps", version)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
		hook.Close()
	})
	return &standIn{Server: s, t: t, at: at, source: gatewayTo(t, s)}
}

// form posts a form to Stripe's API.
func (s *standIn) form(path string, fields ...string) (id string) {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return s.post(path, form.Encode(), "application/x-www-form-urlencoded")
}

func (s *standIn) post(path, body, contentType string) (id string) {
	s.t.Helper()
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer sk_test_0123456789")
	req.Header.Set("Content-Type", contentType)
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, req)
	var made struct {
		ID string `json:"id"`
	}
	if answer.Code != http.StatusOK || json.Unmarshal(answer.Body.Bytes(), &made) != nil {
		s.t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
	}
	return made.ID
}

// gift pays by card and gives the payment's id.
func (s *standIn) gift(n int) string {
	return s.form("/v1/payment_intents", "amount", fmt.Sprint(1000+n), "currency", "eur", "confirm", "true",
		"payment_method", "pm_card_visa", "return_url", "https://news.example/thanks",
		"metadata[readerfund_checkout]", fmt.Sprint("checkout", n), "metadata[frequency]", "one_time",
		"metadata[campaign]", "independence", "metadata[appeal]", "autumn", "metadata[article]", "geneva")
}

func (s *standIn) refund(payment string) {
	s.form("/v1/refunds", "payment_intent", payment, "amount", "300")
}

func (s *standIn) faults(faults string) { s.post("/_control/faults", faults, "application/json") }

// pass lets time pass, deliveries that are under way included.
func (s *standIn) pass(d time.Duration) {
	s.t.Helper()
	if err := s.Advance(s.t.Context(), 0); err != nil {
		s.t.Fatal(err)
	}
	s.at.Add(int64(d / time.Second))
}

func (s *standIn) fill(in *inbox.Inbox) inbox.Filled {
	s.t.Helper()
	done, err := in.FillGaps(s.t.Context(), s.source)
	if err != nil {
		s.t.Fatal(err)
	}
	return done
}

// story is the same each time it is told: gifts while the endpoint answers,
// while it does not, and after.
func (s *standIn) story(in *inbox.Inbox, outage string) {
	first := s.gift(1)
	s.pass(10 * time.Minute)
	s.fill(in)
	s.faults(outage)
	for n := range 40 {
		s.gift(100 + n)
		s.pass(3 * time.Hour)
	}
	s.refund(first)
	s.pass(time.Hour)
	s.faults(`{}`)
	s.gift(2)
	s.pass(time.Minute)
	s.drain()
}

// drain waits for what is due by now and for its deliveries, those excepted that
// got lost.
func (s *standIn) drain() {
	s.t.Helper()
	s.pass(0)
	for s.undelivered() > 0 {
		s.pass(0)
	}
}

// undelivered counts deliveries that are on their first way.
func (s *standIn) undelivered() int {
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/_control/events", http.NoBody))
	var events []struct {
		Deliveries []struct {
			Status   string
			Attempts []json.RawMessage
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &events); err != nil {
		s.t.Fatal(err)
	}
	n := 0
	for _, e := range events {
		for _, d := range e.Deliveries {
			if d.Status == "pending" && len(d.Attempts) == 0 {
				n++
			}
		}
	}
	return n
}

func TestAnOutageHealsByItself(t *testing.T) {
	sound := pgtest.New(t)
	in := newInbox(t, sound)
	newStandIn(t, in, histories.Base, "").story(in, `{}`)
	want, wantBooks := digest(t, sound), books(t, sound)

	db := pgtest.New(t)
	in = newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "")
	s.story(in, `{"drop": 1.0}`)
	if got := len(books(t, db)); got != 2 {
		t.Fatalf("%d gifts came through an endpoint that was away", got)
	}
	done := s.fill(in)
	if got := digest(t, db); got != want {
		t.Errorf("books:\n%s\nwant:\n%s", strings.Join(books(t, db), "\n"), strings.Join(wantBooks, "\n"))
	}
	if len(wantBooks) != 42 || done.Tally.New < 40 || done.Tally.Duplicate == 0 || !done.Missed.IsZero() {
		t.Errorf("%d gifts; %s, missed %s", len(wantBooks), done.Tally, done.Missed)
	}

	// The next time nothing but the overlap is looked at, and nothing is new.
	s.pass(5 * time.Minute)
	again := s.fill(in)
	if again.Tally.New != 0 || again.Tally.Duplicate >= done.Tally.Events || again.Since.Before(done.Since) {
		t.Errorf("again: %s since %s", again.Tally, again.Since)
	}
	standing, err := in.Standing(t.Context())
	if err != nil || in.Now().Sub(standing.Gapless) > 2*time.Minute {
		t.Errorf("%+v, %v", standing, err)
	}
}

// An event that is here in the shape of one version is not fetched in another.
func TestFillingLeavesKnownEventsAlone(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "")
	if err := s.SetAPIVersion("2025-03-31.basil"); err != nil {
		t.Fatal(err)
	}
	s.gift(1)
	s.drain()
	s.pass(time.Minute)
	s.drain()
	if done := s.fill(in); done.Tally.Duplicate < 3 {
		t.Errorf("%s", done.Tally)
	}
	var most int
	err := db.QueryRow(t.Context(), `select max(n) from (select count(*) as n from inbox_events group by event_id) as shapes`).Scan(&most)
	if err != nil || most != 1 {
		t.Errorf("%d shapes of one event, %v", most, err)
	}
}

// An event that is here only in a copy that cannot be read is not here: Stripe's
// own copy comes in.
func TestFillingBringsAReadableCopyOfAParkedEvent(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	now := time.Unix(1_790_000_000, 0)
	s := &shelf{}
	s.charge(t, "1", now.Add(-time.Hour))
	if got, err := in.Receive(t.Context(), []byte(`{"id":"evt_1","object":"event","api_version":"2025-03-31.basil","type":"charge.succeeded","created":1}`)); err != nil || got != inbox.Parked {
		t.Fatalf("%s, %v", got, err)
	}
	if done := fillFrom(t, in, s, now); done.Tally.New != 1 || len(books(t, db)) != 1 {
		t.Errorf("%s: %v", done.Tally, books(t, db))
	}
	if again := fillFrom(t, in, s, now.Add(time.Minute)); again.Tally.New != 0 || again.Tally.Duplicate != 1 {
		t.Errorf("again: %s", again.Tally)
	}
}

// What Stripe does not list any more is said, until an import has brought it.
func TestAnOutageLongerThanStripeRemembers(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "")
	s.fill(in)
	began := in.Now()
	s.faults(`{"drop": 1.0}`)
	s.gift(1)
	s.pass(20 * 24 * time.Hour)
	s.gift(2)
	s.pass(20 * 24 * time.Hour)
	done := s.fill(in)
	reached := began.Add(-23 * time.Hour) // no event was seen
	if !done.Missed.Equal(reached) || !done.Since.Equal(in.Now().Add(-30*24*time.Hour)) || len(books(t, db)) != 1 {
		t.Errorf("missed %s since %s: %v", done.Missed, done.Since, books(t, db))
	}
	if next := s.fill(in); !next.Missed.IsZero() {
		t.Errorf("it is said again: %s", next.Missed)
	}
	missed := func() time.Time {
		standing, err := in.Standing(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return standing.Missed
	}
	if !missed().Equal(reached) {
		t.Errorf("missed %s", missed())
	}
	importSince := func(since time.Time) {
		if _, err := in.Import(t.Context(), s.source, since, func(inbox.ImportProgress) {}); err != nil {
			t.Fatal(err)
		}
	}
	importSince(began.Add(24 * time.Hour))
	if missed().IsZero() {
		t.Error("an import of less settled it")
	}
	importSince(began.Add(-24 * time.Hour))
	if !missed().IsZero() || len(books(t, db)) != 2 {
		t.Errorf("missed %s: %v", missed(), books(t, db))
	}
}

// A reading that breaks off begins again at the same place.
func TestFillingThatFails(t *testing.T) {
	in := newInbox(t, pgtest.New(t))
	s := newStandIn(t, in, histories.Base, "")
	s.fill(in)
	s.faults(`{"drop": 1.0}`)
	s.gift(1)
	s.pass(3 * time.Hour)
	refuse := gatewayTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error","message":"Invalid API Key provided."}}`)
	}))
	if _, err := in.FillGaps(t.Context(), refuse); err == nil || !strings.Contains(err.Error(), "Invalid API Key") {
		t.Errorf("%v", err)
	}
	if done := s.fill(in); done.Tally.New == 0 {
		t.Errorf("%s", done.Tally)
	}
}

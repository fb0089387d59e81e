package manage_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// While Stripe takes calls and answers none, a reader is told so in time, and so is
// one whose change waits for that; the same form does it once when Stripe is back.
func TestStripeHangs(t *testing.T) {
	t.Parallel()
	all := func(*http.Request) bool { return true }
	changing := func(r *http.Request) bool { return r.Method != http.MethodGet }
	for name, c := range map[string]struct {
		hangs func(*http.Request) bool
		done  bool          // it is carried out all the same
		again payments.Code // of the same form, meanwhile
	}{
		"from the first call":  {all, false, payments.Busy},
		"when it is to change": {changing, false, payments.Busy},
		"after it has changed": {changing, true, ""}, // which a look finds out
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.changes.Within = 2 * time.Second
			id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
			r := h.only(id).RecurringID
			back := make(chan struct{})
			h.stripe = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-back:
				default:
					if c.hangs(r) {
						if c.done {
							h.standIn.ServeHTTP(httptest.NewRecorder(), r)
						}
						<-back
						return
					}
				}
				h.standIn.ServeHTTP(w, r)
			})
			inTime := func(what string, want payments.Code, do func() error) {
				t.Helper()
				began := time.Now()
				wants(t, what, do(), want)
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("%s: the reader waited %s", what, took)
				}
			}
			pause := func(form string) func() error {
				return func() error { return h.changes.Pause(t.Context(), id, r, 1, form) }
			}
			inTime("a change", payments.Busy, pause(form(1)))
			inTime("the same again", c.again, pause(form(1)))
			inTime("the card", payments.Busy, func() error {
				_, err := h.changes.Card(t.Context(), id, r, "https://news.example/manage", "en")
				return err
			})
			close(back)
			wants(t, "when Stripe is back", pause(form(1))(), "")
			h.flush()
			if n := h.changesMade(); n != 1 || !h.only(id).Paused {
				t.Errorf("%d changes, %+v", n, h.only(id))
			}
		})
	}
}

// A change that was left behind, as by a process that was killed, keeps others
// waiting for a while. It is that which they are told, not that the books are away.
func TestWhoseTurnDoesNotComeIsToldSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id).RecurringID
	h.faults(`{"error": 1}`)
	wants(t, "while Stripe is down", h.changes.Pause(t.Context(), id, r, 1, form(1)), payments.Busy)
	h.faults(`{}`)
	h.exec(`update reader_changes set claimed_until = clock_timestamp() + interval '1 hour'`)
	// Somebody looks all the time, so that whoever waits is mostly in a look of their
	// own when their time is over.
	var subscription string
	h.scan(&subscription, `select subscription from reader_changes`)
	looking, enough := context.WithCancel(t.Context())
	var others, all sync.WaitGroup
	others.Go(func() {
		for looking.Err() == nil {
			_, err := h.db.Exec(looking, "with a as materialized (select pg_advisory_xact_lock"+payments.ChangeLock+") select pg_sleep(0.3) from a", subscription)
			if err != nil && looking.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	h.changes.Within = 6 * time.Second
	for range 8 {
		all.Go(func() {
			wants(t, "in between", h.changes.Pause(t.Context(), id, r, 1, form(1)), payments.Busy)
		})
	}
	all.Wait()
	enough()
	others.Wait()
	h.exec(`update reader_changes set claimed_until = clock_timestamp()`)
	wants(t, "when it is over", h.changes.Pause(t.Context(), id, r, 1, form(1)), "")
}

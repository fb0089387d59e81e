package refund_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/erasure"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/refund"
)

func creates(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == "/v1/refunds" }

// lost lets a refund be made and loses the answer.
func (h *house) lost(w http.ResponseWriter, r *http.Request) {
	if creates(r) {
		h.standIn.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	h.standIn.ServeHTTP(w, r)
}

// Between the commit and the call the process ends: whoever comes next carries the
// order out.
func TestAnOrderThatWasNeverAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	o := h.ordered(wish(don))
	h.wantsGiven(0, 0)
	if n, err := h.desk.CarryPending(t.Context(), false); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	h.wantsGiven(2500, 1)
	if o, err := h.desk.Get(t.Context(), o.ID); err != nil || o.Outcome != refund.Done {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := h.desk.CarryOut(t.Context(), o.ID); err != nil || o.Outcome != refund.Done {
		t.Errorf("carried out again: %+v, %v", o, err)
	}
	h.wantsGiven(2500, 1)
}

// Stripe made the refund and nobody heard: within a day the key finds it, and days
// later, when Stripe has forgotten the key, the look at what there is.
func TestAnAnswerThatWasLost(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]time.Duration{"at once": 0, "days later": 72 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			don := h.gives(money.New(2500, "EUR"))
			h.deaf.Store(true)
			h.stripe = http.HandlerFunc(h.lost)
			o := h.ordered(h.part(don, 1000))
			_, err := h.desk.CarryOut(t.Context(), o.ID)
			wants(t, "no answer", err, payments.Busy, "")
			h.wantsGiven(1000, 1)
			if n, err := h.desk.CarryPending(t.Context(), false); n != 0 || err != nil {
				t.Errorf("tried again without a rest: %d, %v", n, err)
			}
			if left, err := h.desk.Look(t.Context(), don); err != nil || left.Left().Minor != 1500 {
				t.Errorf("what is under way can be ordered once more: %+v, %v", left, err)
			}
			h.stripe = h.standIn
			h.advance(later + 2*time.Minute)
			if n, err := h.desk.CarryPending(t.Context(), false); n != 1 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
			h.wantsGiven(1000, 1)
			if n := h.refunded(don); n != 1000 {
				t.Errorf("the books say %d", n)
			}
		})
	}
}

// broken are books that cannot be written for a while.
type broken struct {
	in    *inbox.Inbox
	fails int
}

func (b *broken) TakeAnswer(ctx context.Context, what string, a payments.StripeAnswer) error {
	if b.fails > 0 {
		b.fails--
		return errors.New("the database is away")
	}
	return b.in.TakeAnswer(ctx, what, a)
}

func TestAnAnswerThatCouldNotBeWritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	h.deaf.Store(true)
	h.desk.Books = &broken{in: h.in, fails: 1}
	o := h.ordered(wish(don))
	_, err := h.desk.CarryOut(t.Context(), o.ID)
	wants(t, "books away", err, payments.Busy, "")
	if s, err := h.desk.Standing(t.Context()); err != nil || s.Open != 1 || s.OpenSince.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	if o, err = h.desk.CarryOut(t.Context(), o.ID); err != nil || o.StripeStatus != "succeeded" {
		t.Errorf("%+v, %v", o, err)
	}
	h.wantsGiven(2500, 1)
}

// Stripe fails, and repeats its failure for the key: the next key is asked with, and
// what Stripe made in spite of its failure is found.
func TestStripeFails(t *testing.T) {
	t.Parallel()
	for name, makes := range map[string]bool{"and made nothing": false, "though it made the refund": true} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			don := h.gives(money.New(2500, "EUR"))
			failed := map[string]bool{}
			first := true
			h.stripe = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				key := r.Header.Get("Idempotency-Key")
				switch {
				case creates(r) && failed[key]:
					w.Header().Set("Idempotent-Replayed", "true")
				case creates(r) && first:
					first, failed[key] = false, true
					if makes {
						h.standIn.ServeHTTP(httptest.NewRecorder(), r)
					}
				default:
					h.standIn.ServeHTTP(w, r)
					return
				}
				w.WriteHeader(http.StatusInternalServerError)
				_, _ = w.Write([]byte(`{"error":{"type":"api_error","message":"sorry"}}`))
			})
			o := h.ordered(wish(don))
			_, err := h.desk.CarryOut(t.Context(), o.ID)
			wants(t, "a failure", err, payments.Busy, "")
			if o, err = h.desk.CarryOut(t.Context(), o.ID); err != nil || o.Outcome != refund.Done {
				t.Errorf("%+v, %v", o, err)
			}
			h.wantsGiven(2500, 1)
		})
	}
}

// Two who carry out one order at the same moment make one refund.
func TestTwoCarryOutOneOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	o := h.ordered(wish(don))
	ends := make(chan error)
	for range 4 {
		go func() {
			_, err := h.desk.CarryOut(t.Context(), o.ID)
			ends <- err
		}()
	}
	for range 4 {
		if err := <-ends; err != nil && payments.CodeOf(err) != payments.Busy {
			t.Error(err)
		}
	}
	h.wantsGiven(2500, 1)
	if o, err := h.desk.Get(t.Context(), o.ID); err != nil || o.Outcome != refund.Done {
		t.Errorf("%+v, %v", o, err)
	}
}

// A claim of a process that was killed runs out.
func TestAClaimRunsOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	o := h.ordered(wish(don))
	claim := func(until string) {
		t.Helper()
		if _, err := h.db.Exec(t.Context(), `update refund_orders set claimed_until = clock_timestamp() + $1::interval`, until); err != nil {
			t.Fatal(err)
		}
	}
	claim("1 minute")
	_, err := h.desk.CarryOut(t.Context(), o.ID)
	wants(t, "another's", err, payments.Busy, "")
	h.wantsGiven(0, 0)
	claim("-1 second")
	if _, err := h.desk.CarryOut(t.Context(), o.ID); err != nil {
		t.Error(err)
	}
	h.wantsGiven(2500, 1)
}

func TestOrdersAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	h.made(h.part(don, 1000))
	for _, statement := range []string{
		`update refund_orders set amount = 5`, `update refund_orders set asked_by = 'nobody'`, `update refund_orders set outcome = '', stripe_refund = '', settled_at = null`,
		`update refund_orders set outcome = 'refused', stripe_refund = '', error = 'x'`, `update refund_orders set note = 'other'`,
		`delete from refund_orders`, `truncate refund_orders`, `update refund_orders set reason = 'duplicate'`,
	} {
		if _, err := h.db.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s: is let through", statement)
		}
	}
	all, err := h.desk.List(t.Context(), refund.Filter{})
	if err != nil || len(all) != 1 || all[0].Amount.Minor != 1000 || all[0].Note != "she wrote on 3 May" {
		t.Errorf("%+v, %v", all, err)
	}
	people := &erasure.People{DB: h.db, Events: h.in, Now: h.in.Now, Log: h.in.Log}
	var kept strings.Builder
	if err := people.ExportAddress(t.Context(), "jane@example.org", &kept); err != nil || !strings.Contains(kept.String(), "she wrote on 3 May") || strings.Contains(kept.String(), "carla") {
		t.Errorf("what a reader is given of it, without who ordered it: %v\n%s", err, kept.String())
	}
	if _, err := people.EraseAddress(t.Context(), "jane@example.org"); err != nil {
		t.Fatal(err)
	}
	all, err = h.desk.List(t.Context(), refund.Filter{})
	if err != nil || len(all) != 1 || all[0].Note != "" || all[0].Outcome != refund.Done || all[0].By != "carla" {
		t.Errorf("after an erasure: %+v, %v", all, err)
	}
	// What is left can still be given back; no words about the reader are kept.
	if o := h.made(wish(don)); o.Note != "" || o.Amount.Minor != 1500 {
		t.Errorf("%+v", o)
	}
}

// Stripe made the refund, nobody heard, and then the key may not look any more: the
// order stays open, and nobody is told to order it again.
func TestAnAnswerThatWasLostAndAKeyThatMayNotLook(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			h := newHouse(t)
			don := h.gives(money.New(2500, "EUR"))
			h.deaf.Store(true)
			var refuses, well atomic.Bool
			h.stripe = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case well.Load():
					h.standIn.ServeHTTP(w, r)
				case refuses.Load():
					w.WriteHeader(status)
					_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","message":"no"}}`))
				default:
					h.lost(w, r)
				}
			})
			o := h.ordered(h.part(don, 1000))
			_, err := h.desk.CarryOut(t.Context(), o.ID)
			wants(t, "no answer", err, payments.Busy, "")
			refuses.Store(true)
			_, err = h.desk.CarryOut(t.Context(), o.ID)
			wants(t, "may not look", err, payments.Busy, "")
			if o, err := h.desk.Get(t.Context(), o.ID); err != nil || !strings.Contains(o.Error, "Do not order it again") {
				t.Errorf("%+v, %v", o, err)
			}
			well.Store(true)
			if again := h.ordered(h.part(don, 1000)); again.ID != o.ID {
				t.Errorf("a second order: %+v", again)
			}
			if o, err := h.desk.CarryOut(t.Context(), o.ID); err != nil || o.Outcome != refund.Done {
				t.Errorf("%+v, %v", o, err)
			}
			h.wantsGiven(1000, 1)
		})
	}
}

// An order that nobody could carry out for days is the same order still.
func TestAnOrderIsOpenForDays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	don := h.gives(money.New(2500, "EUR"))
	var back atomic.Bool
	h.stripe = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if back.Load() {
			h.standIn.ServeHTTP(w, r)
		} else {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	o := h.ordered(h.part(don, 1000))
	_, err := h.desk.CarryOut(t.Context(), o.ID)
	wants(t, "away", err, payments.Busy, "")
	back.Store(true)
	h.advance(50 * time.Hour)
	if again := h.ordered(h.part(don, 1000)); again.ID != o.ID {
		t.Errorf("a second order: %+v", again)
	}
	other := h.part(don, 1000)
	other.Reason = "fraudulent"
	_, err = h.desk.Order(t.Context(), other)
	wants(t, "for another reason", err, payments.Invalid, o.ID)
	if n, err := h.desk.CarryPending(t.Context(), true); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	h.wantsGiven(1000, 1)
}

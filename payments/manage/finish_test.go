package manage_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// tellsOne hands out the next letter as if it were half a minute later.
func (h *house) tellsOne() (n manage.Notice, outcome manage.Outcome) {
	h.t.Helper()
	notices := &manage.Notices{DB: h.db, Now: func() time.Time { return h.access.Now().Add(30 * time.Second) }}
	outcome, err := notices.SendNext(h.t.Context(), func(_ context.Context, got manage.Notice) error {
		n = got
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n, outcome
}

// finish settles what is open, as if it were a minute later.
func (h *house) finish() (settled int) {
	h.t.Helper()
	h.exec(`update reader_changes set asked_at = asked_at - interval '1 minute' where outcome = ''`)
	settled, err := h.changes.Finish(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return settled
}

// losesAnswers lets Stripe do as it is told and its answers be lost, until back.
func (h *house) losesAnswers() (back func()) {
	var found atomic.Bool
	loses := &loser{next: h.standIn}
	h.stripe = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if found.Load() {
			h.standIn.ServeHTTP(w, r)
			return
		}
		loses.ServeHTTP(w, r)
	})
	return func() { found.Store(true) }
}

// An answer is lost, Stripe tells of the change all the same: it is confirmed by a
// letter, whether its form is sent again or not.
func TestAChangeWhoseAnswerWasLostIsTold(t *testing.T) {
	t.Parallel()
	do := map[string]func(h *house, id, r string) error{
		"amount": func(h *house, id, r string) error {
			return h.changes.Amount(h.t.Context(), id, r, money.New(1500, "EUR"), form(1))
		},
		"pause":  func(h *house, id, r string) error { return h.changes.Pause(h.t.Context(), id, r, 3, form(1)) },
		"cancel": func(h *house, id, r string) error { return h.changes.Cancel(h.t.Context(), id, r, "", "", form(1)) },
	}
	for action, do := range do {
		for _, again := range []bool{true, false} {
			name := action + ", and nobody asks again"
			if again {
				name = action + ", and its form is sent again"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
				r := h.only(id).RecurringID
				back := h.losesAnswers()
				wants(t, "the answer is lost", do(h, id, r), payments.Busy)
				back()
				h.flush()
				if _, outcome := h.tellsOne(); outcome != manage.Nothing {
					t.Fatalf("before anybody knows: %q", outcome)
				}
				if again {
					wants(t, "again", do(h, id, r), "")
				} else if n := h.finish(); n != 1 {
					t.Errorf("%d settled", n)
				}
				h.flush()
				n, outcome := h.tellsOne()
				if outcome != manage.Sent || n.Action != action {
					t.Errorf("%q, %+v", outcome, n)
				}
				if n, made := h.finish(), h.changesMade(); n != 0 || made != 1 {
					t.Errorf("settled %d more, %d changes", n, made)
				}
			})
		}
	}
}

// What was not carried out is nobody's to carry out later; and nothing is told of a
// change that another went over.
func TestWhatWasNotMadeIsLeftToTheReader(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id).RecurringID
	h.faults(`{"error": 1}`)
	wants(t, "amount", h.changes.Amount(t.Context(), id, r, money.New(1500, "EUR"), form(1)), payments.Busy)
	wants(t, "pause", h.changes.Pause(t.Context(), id, r, 3, form(2)), payments.Busy)
	h.faults(`{}`)
	if n, made := h.finish(), h.changesMade(); n != 0 || made != 0 {
		t.Errorf("%d settled, %d changes", n, made)
	}
	wants(t, "amount", h.changes.Amount(t.Context(), id, r, money.New(1500, "EUR"), form(3)), "")
	h.flush()
	if n := h.finish(); n != 0 {
		t.Errorf("%d settled", n)
	}
	if n, outcome := h.tellsOne(); outcome != manage.Sent || n.Amount != money.New(1500, "EUR") {
		t.Errorf("%q %+v", outcome, n)
	}
	if _, outcome := h.tellsOne(); outcome != manage.Nothing {
		t.Errorf("told twice: %q", outcome)
	}
}

// What is given already needs no change and no letter.
func TestTheSameAmountChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id).RecurringID
	wants(t, "the same", h.changes.Amount(t.Context(), id, r, money.New(1000, "EUR"), form(1)), "")
	if _, outcome := h.tellsOne(); outcome != manage.Nothing || h.changesMade() != 0 {
		t.Errorf("%q, %d changes", outcome, h.changesMade())
	}
	// Nobody knows what became of a change: the same is no shortcut then.
	h.deaf.Store(true)
	back := h.losesAnswers()
	wants(t, "lost", h.changes.Amount(t.Context(), id, r, money.New(1500, "EUR"), form(2)), payments.Busy)
	back()
	wants(t, "back", h.changes.Amount(t.Context(), id, r, money.New(1000, "EUR"), form(3)), "")
	if got := h.standIn.Truth().Subscriptions[0].Amount; got != 1000 {
		t.Errorf("Stripe takes %d", got)
	}
}

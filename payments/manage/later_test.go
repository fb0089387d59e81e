package manage_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// A letter that goes out after the next change tells no charge that its own words
// speak against.
func TestALetterDoesNotContradictItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id)
	wants(t, "pause", h.changes.Pause(t.Context(), id, r.RecurringID, 3, form(1)), "")
	h.flush()
	wants(t, "resume", h.changes.Resume(t.Context(), id, r.RecurringID, form(2)), "")
	h.flush()
	n, outcome := h.tellsOne()
	if outcome != manage.Sent || n.Action != "pause" || n.Until.IsZero() || !n.NextAt.IsZero() {
		t.Errorf("%q %+v", outcome, n)
	}
	if n, outcome = h.tellsOne(); outcome != manage.Sent || n.Action != "resume" || !n.NextAt.Equal(r.NextAt) {
		t.Errorf("%q %+v", outcome, n)
	}
}

// What was made, told, and then undone in Stripe's dashboard is under way no longer,
// whoever's clock is ahead.
func TestWhatWasUndoneElsewhereIsOver(t *testing.T) {
	t.Parallel()
	for name, days := range map[string]int{"Stripe's clock is ours": 0, "Stripe's clock is ahead": 3} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
			r := h.only(id)
			subscription, _ := h.subscriptionOf()
			if days > 0 {
				h.days(days)
			}
			wants(t, "pause", h.changes.Pause(t.Context(), id, r.RecurringID, 3, form(1)), "")
			h.flush()
			h.control("/_control/advance", `{"seconds": 5}`)
			if status, _, body := h.post("/v1/subscriptions/"+subscription, "pause_collection", ""); status != http.StatusOK {
				t.Fatal(body)
			}
			h.flush()
			if got := h.only(id); got.Changing != "" || got.Paused {
				t.Errorf("%q, paused %v", got.Changing, got.Paused)
			}
			h.deaf.Store(true)
			wants(t, "pause once more", h.changes.Pause(t.Context(), id, r.RecurringID, 1, form(2)), "")
			if got := h.only(id); got.Changing != "pause" {
				t.Errorf("not told yet: %q", got.Changing)
			}
		})
	}
}

// The fee that a donor chose to cover with an amount is remembered with it, and with
// no other.
func TestTheCoverBelongsToItsAmount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1061, "EUR"), ada, "Ada")
	h.exec(`update checkouts set cover_fees = true, fee_cover = 61`)
	r := h.only(id)
	if r.FeeCover.Minor != 61 {
		t.Fatalf("%v", r.FeeCover)
	}
	for i, c := range []struct{ amount, cover int64 }{{2091, 91}, {1061, 0}, {2091, 91}} {
		wants(t, "amount", h.changes.AmountWithCover(t.Context(), id, r.RecurringID, money.New(c.amount, "EUR"), money.New(c.cover, "EUR"), form(i)), "")
		h.flush()
		if got := h.only(id); got.Amount.Minor != c.amount || got.FeeCover != money.New(c.cover, "EUR") {
			t.Errorf("%+v: %v, of it %v", c, got.Amount, got.FeeCover)
		}
	}
	covers := map[int64]int{}
	notices := &manage.Notices{DB: h.db, Now: h.access.Now}
	send := func(_ context.Context, n manage.Notice) error { covers[n.Cover.Minor]++; return nil }
	for range 3 {
		if outcome, err := notices.SendNext(t.Context(), send); outcome != manage.Sent || err != nil {
			t.Fatalf("%q, %v", outcome, err)
		}
	}
	if covers[91] != 2 || covers[0] != 1 {
		t.Errorf("the letters name the covers %v", covers)
	}
	h.days(32)
	gifts, err := h.books.Gifts(t.Context(), id)
	if err != nil || len(gifts) != 2 {
		t.Fatalf("%+v %v", gifts, err)
	}
	for i, want := range []int64{91, 61} { // the renewal, and the first, which was before all that
		if got, err := h.books.Receipt(t.Context(), id, gifts[i].DonationID); err != nil || got.FeeCover.Minor != want {
			t.Errorf("receipt of %v: %v, %v", gifts[i].Amount, got.FeeCover, err)
		}
	}
	for what, cover := range map[string]money.Amount{
		"all of it": money.New(1500, "EUR"), "less than nothing": money.New(-1, "EUR"), "another currency": money.New(50, "USD"),
	} {
		wants(t, what, h.changes.AmountWithCover(t.Context(), id, r.RecurringID, money.New(1500, "EUR"), cover, form(9)), payments.Invalid)
	}
}

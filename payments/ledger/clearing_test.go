package ledger_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/money"
)

// moving is a Stripe where something is booked whenever its balance was read.
type moving struct {
	ledger.Source
	moves int
	gift  func()
}

func (m *moving) Balance(ctx context.Context) (available, pending map[money.Currency]int64, err error) {
	available, pending, err = m.Source.Balance(ctx)
	if m.moves > 0 {
		m.moves--
		m.gift()
	}
	return available, pending, err
}

// The balance is compared at a moment at which nothing moves, and what is booked and
// not here yet is told apart from what differs.
func TestComparingTheBalance(t *testing.T) {
	t.Parallel()
	a := week(t)
	b := a.settled()
	compare := func(from ledger.Source, take func([]json.RawMessage, time.Time) error) ledger.Balance {
		t.Helper()
		got, err := ledger.CompareBalance(t.Context(), b.db, from, b.inbox, take)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := compare(b.source, nil); !got.Equal() || got.Unseen != 0 || len(got.Currencies) != 2 {
		t.Errorf("%+v", got)
	}
	busy := &moving{Source: b.source, moves: 2, gift: func() { a.gift("700", "usd", "pm_card_visa"); a.Advance(time.Minute) }}
	if got := compare(busy, nil); !got.Equal() || got.Unseen != 2 || got.UnseenFor < time.Minute {
		t.Errorf("with gifts meanwhile: %+v", got)
	}
	busy.moves = 1000
	if got := compare(busy, nil); got.Quiet || got.Equal() {
		t.Errorf("with gifts all the time: %+v", got)
	}
	busy.moves = 1
	take := func(objects []json.RawMessage, at time.Time) error {
		return b.intake().Take(t.Context(), "seen", b.source.APIVersion(), objects, at)
	}
	if got := compare(busy, take); !got.Equal() || got.Unseen != 0 {
		t.Errorf("taking in: %+v", got)
	}
	for range 120 { // more than a page of them
		a.gift("700", "usd", "pm_card_visa")
	}
	if got := compare(b.source, nil); !got.Equal() || got.Unseen != 120 {
		t.Errorf("many: %+v", got)
	}
	// What the ledger has and Stripe never booked is a difference.
	b.exec(`insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at) values
		('txn_x.1', 'txn_x', 'original', 1, 'stripe_clearing', 'USD', 5, '', 1), ('txn_x.1', 'txn_x', 'original', 1, 'other', 'USD', -5, '', 1)`)
	got := compare(b.source, nil)
	if got.Equal() || !got.Quiet {
		t.Errorf("with an entry of nothing: %+v", got)
	}
	for _, c := range got.Currencies {
		if c.Currency == "USD" && c.Difference() != 5 {
			t.Errorf("%s", c)
		}
	}
}

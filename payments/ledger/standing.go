package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// Standing is what a person who looks after the books wants to know.
type Standing struct {
	Payouts map[State]int // how many there are of each state
	// Unexplained are the payouts whose rows do not add up to them.
	Unexplained []Payout
	OldestOpen  time.Time // when the oldest payout was made that is open, or half read; zero where none is
	// Unsettled counts gifts that came in and whose fee is not known, UnsettledSince
	// is when the oldest of them came; zero where there is none.
	Unsettled      int64
	UnsettledSince time.Time
	Pulled         time.Time // when balance transactions were last pulled to the end, by our clock; zero before the first time
	Last           Run       // the last reconciliation
	Ran            bool      // whether there was one
}

// unsettledSQL finds gifts received at $1 or later without a balance transaction of
// their own.
const unsettledSQL = `
select count(*), min(d.received_at)
from donations d
where d.status = 'succeeded' and d.received_at >= $1
	and not exists (select from balance_transactions b where b.id = d.balance_transaction and b.currency <> '')
	and not exists (select from balance_transactions b where b.source = d.charge and b.source <> '' and b.category = 'charge' and b.currency <> '')`

// Stand reads it of payouts that were made, and gifts that came, at since or later; a
// zero since is for all, which takes seconds where there are many.
func Stand(ctx context.Context, db payments.Querier, since time.Time) (Standing, error) {
	all, err := Payouts(ctx, db, since)
	if err != nil {
		return Standing{Payouts: map[State]int{}}, err
	}
	return stand(ctx, db, all, since)
}

// stand is Stand where the payouts are read.
func stand(ctx context.Context, db payments.Querier, all []Payout, since time.Time) (Standing, error) {
	s := Standing{Payouts: map[State]int{}}
	for _, p := range all {
		s.Payouts[p.State]++
		if p.State == Differs || p.Difference() != 0 {
			s.Unexplained = append(s.Unexplained, p)
		}
		if (p.State == Open || p.HalfRead()) && s.OldestOpen.IsZero() {
			s.OldestOpen = p.Created
		}
	}
	type unsettled struct {
		N      int64
		Since  *time.Time
		Pulled *time.Time
	}
	rows, err := db.Query(ctx, `select u.*, (select reached from watermarks where name = 'balance_transactions_read') from (`+unsettledSQL+`) as u`, since)
	if err != nil {
		return s, fmt.Errorf("looking for gifts whose fee is unknown: %w", err)
	}
	u, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[unsettled])
	if err != nil {
		return s, fmt.Errorf("looking for gifts whose fee is unknown: %w", err)
	}
	s.Unsettled = u.N
	if u.Since != nil {
		s.UnsettledSince = *u.Since
	}
	if u.Pulled != nil {
		s.Pulled = *u.Pulled
	}
	s.Last, s.Ran, err = Last(ctx, db)
	return s, err
}

package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/money"
)

// slot is how finely the sums of gifts are kept: every time zone's days and hours
// begin with a quarter of an hour of UTC.
const slot = 15 * time.Minute

// Period is the gifts to one campaign that were received from From on and before
// To; either may be zero, which is open. Both stand for the quarters of an hour
// that they fall into, From for the beginning of its own, To for the end.
type Period struct {
	Campaign string // its id
	From, To time.Time
}

// bounds are what the database is asked for; nil is open.
func (p Period) bounds() (from, to *time.Time) {
	if !p.From.IsZero() {
		t := p.From.UTC().Truncate(slot)
		from = &t
	}
	if !p.To.IsZero() {
		t := p.To.UTC().Add(slot - 1).Truncate(slot)
		to = &t
	}
	return from, to
}

// Given is what was given in one currency, in minor units. Only donations that
// succeeded count.
type Given struct {
	Currency money.Currency
	Gifts    int64
	Undone   int64 // of Gifts: nothing is left of them
	Amount   int64
	Refunded int64
	Disputed int64 // what disputes took and have not given back
}

// Left is what is left of the gifts, as in the report of donations.
func (g Given) Left() money.Amount { return money.New(g.Amount-g.Refunded-g.Disputed, g.Currency) }

// Giving is the sums of what was given. Triggers on donations keep them: each
// statement that writes gifts adds what it changed to giving_deltas, Fold adds
// that up in giving_totals, and the view giving is the two together, exact in
// every snapshot. Fold keeps the finance desk's rollups in the same way
// (payments/rollup).
type Giving struct{ DB *pgxpool.Pool }

// Sums adds up a period as the books are now, one Given a currency, in the order
// of their codes.
func (g *Giving) Sums(ctx context.Context, p Period) ([]Given, error) {
	from, to := p.bounds()
	rows, err := g.DB.Query(ctx, `select currency, sum(gifts)::bigint as gifts, sum(undone)::bigint as undone,
			sum(amount)::bigint as amount, sum(refunded)::bigint as refunded, sum(disputed)::bigint as disputed
		from giving
		where campaign = $1 and slot >= coalesce($2::timestamptz, '-infinity') and slot < coalesce($3::timestamptz, 'infinity')
		group by currency order by currency collate "C"`, p.Campaign, from, to)
	if err != nil {
		return nil, fmt.Errorf("adding up gifts: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Given])
	if err != nil {
		return nil, fmt.Errorf("adding up gifts: %w", err)
	}
	return all, nil
}

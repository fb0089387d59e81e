package rollup

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// recurring is the dimension of what happened with recurring donations.
const recurring Dimension = "recurring"

// Count is recurring donations of one currency: how many give each month and each
// year, and how much they give together each time, in minor units.
type Count struct {
	Monthly, Annual             int64
	MonthlyAmount, AnnualAmount int64
}

// Number is how many there are.
func (c Count) Number() int64 { return c.Monthly + c.Annual }

// Base is how recurring donations of one currency stand.
type Base struct {
	Active  Count // Stripe charges them when they are due, or a trial runs
	Ending  Count // active until the period that is paid for ends, and no longer
	Failing Count // the last charge failed, and Stripe may try again
	Paused  Count
	// Started and Lost are of each range that was asked for. Lost is by the moment of
	// the cancellation.
	Started, Lost []Count
}

const baseSQL = `
select of, what, sum(gifts)::bigint, sum(amount)::bigint
from (
	select -1 as of, value as what, gifts, amount from rollups
	where dimension = 'recurring' and span = 'ever' and currency = $1 and slot = 'epoch'
	union all
	select -1, what || ' ' || kind, number, amount from recurring_deltas where currency = $1 and slot = 'epoch'
	union all
	select p.of, r.*
	from unnest($2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[]) as p (of, span, since, before)
	cross join lateral (
		select value, sum(gifts), sum(amount) from rollups
		where dimension = 'recurring' and span = p.span and currency = $1 and slot >= p.since and slot < p.before
		group by value) as r
	union all
	select w.of, d.what || ' ' || d.kind, d.number, d.amount
	from unnest($6::int[], $7::timestamptz[], $8::timestamptz[]) as w (of, since, before)
	join recurring_deltas d on d.what in ('started', 'lost') and d.currency = $1 and d.slot >= w.since and d.slot < w.before
) as parts
group by 1, 2`

// Recurring tells how the recurring donations of a currency stand, and how many started
// and ended in each range.
func Recurring(ctx context.Context, db payments.Querier, currency money.Currency, ranges []Range) (Base, error) {
	b := Base{Started: make([]Count, len(ranges)), Lost: make([]Count, len(ranges))}
	p := newPlan(ranges, spans(recurring))
	rows, err := db.Query(ctx, baseSQL, append([]any{string(currency)}, p.arguments()...)...)
	if err != nil {
		return Base{}, fmt.Errorf("counting recurring donations: %w", err)
	}
	var at int
	var what string
	var n, amount int64
	if _, err := pgx.ForEachRow(rows, []any{&at, &what, &n, &amount}, func() error {
		b.put(at, what, n, amount)
		return nil
	}); err != nil {
		return Base{}, fmt.Errorf("counting recurring donations: %w", err)
	}
	return b, nil
}

func (b *Base) put(of int, what string, n, amount int64) {
	what, kind, _ := strings.Cut(what, " ")
	var c *Count
	switch what {
	case "active":
		c = &b.Active
	case "ending":
		c = &b.Ending
	case "failing":
		c = &b.Failing
	case "paused":
		c = &b.Paused
	case "started":
		c = &b.Started[of]
	case "lost":
		c = &b.Lost[of]
	default:
		return // ended long ago, or of a status that is newer than this program
	}
	if kind == "annual" {
		c.Annual, c.AnnualAmount = c.Annual+n, c.AnnualAmount+amount
	} else {
		c.Monthly, c.MonthlyAmount = c.Monthly+n, c.MonthlyAmount+amount
	}
}

// Recovered counts the recurring donations of a currency whose charge had failed, and
// that were found to be paid again in a range: findings of the daily look that are over
// (payments/watch), of those that still run.
func Recovered(ctx context.Context, db payments.Querier, currency money.Currency, r Range) (int64, error) {
	rows, err := db.Query(ctx, `select count(distinct f.subscription)
		from recurring_findings f join recurring_donations d on d.subscription = f.subscription
		where f.kind = 'failing' and f.resolved_at >= $2 and f.resolved_at < $3 and d.currency = $1
			and recurring_state(d.status, d.cancel_at_period_end) in ('active', 'ending')`, currency, r.From, r.To)
	if err != nil {
		return 0, fmt.Errorf("counting recurring donations that are paid again: %w", err)
	}
	n, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("counting recurring donations that are paid again: %w", err)
	}
	return n, nil
}

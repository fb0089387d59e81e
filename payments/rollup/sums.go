package rollup

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Dimension is what gifts are told apart by.
type Dimension string

// The dimensions of what was given.
const (
	Kind     Dimension = "kind"     // one_time, monthly, annual
	Campaign Dimension = "campaign" // the campaign's id; "" where nothing tells
	Country  Dimension = "country"  // the payer's, of two letters; "" where nothing tells
	Article  Dimension = "article"  // the slug, or the address of another site's page; "" where it was none
)

// Dimensions are all of them.
func Dimensions() []Dimension { return []Dimension{Kind, Campaign, Country, Article} }

// Sum is what was given in one currency, in its minor units. Only donations that
// succeeded count, each with the moment at which it was received: what was given back
// later counts against that moment too, as in the report of donations.
type Sum struct {
	Value    string
	Currency money.Currency
	Gifts    int64
	Undone   int64 // of Gifts: nothing is left of them
	Amount   int64
	Refunded int64
	Disputed int64 // what disputes took and have not given back
}

// Left is what is left of the gifts.
func (s Sum) Left() int64 { return s.Amount - s.Refunded - s.Disputed }

// Add gives both together; they are to be of one currency.
func (s Sum) Add(o Sum) Sum {
	s.Gifts, s.Undone, s.Amount, s.Refunded, s.Disputed = s.Gifts+o.Gifts, s.Undone+o.Undone, s.Amount+o.Amount, s.Refunded+o.Refunded, s.Disputed+o.Disputed
	return s
}

// sumsSQL adds up the pieces ($3 to $6: of which range, span, from, to), and what is
// not folded yet of the ranges ($7 to $9), of the currencies $2.
const sumsSQL = `
select of, value, currency, sum(gifts)::bigint, sum(undone)::bigint, sum(amount)::bigint, sum(refunded)::bigint, sum(disputed)::bigint
from (
	select p.of, r.*
	from unnest($3::int[], $4::text[], $5::timestamptz[], $6::timestamptz[]) as p (of, span, since, before)
	cross join unnest($2::text[]) as c
	cross join lateral ( -- adding up here keeps the planner to the key, piece by piece
		select value, currency, sum(gifts) as gifts, sum(undone) as undone, sum(amount) as amount, sum(refunded) as refunded, sum(disputed) as disputed
		from rollups where dimension = $1 and span = p.span and currency = c and slot >= p.since and slot < p.before
		group by value, currency) as r
	union all
	select w.of, d.value, d.currency, d.gifts, d.undone, d.amount, d.refunded, d.disputed
	from unnest($7::int[], $8::timestamptz[], $9::timestamptz[]) as w (of, since, before)
	join ( -- once for all ranges: most of what waits is of one quarter of an hour
		select case $1 when 'kind' then kind when 'campaign' then campaign when 'country' then country else article end as value, currency, slot,
			sum(gifts) as gifts, sum(undone) as undone, sum(amount) as amount, sum(refunded) as refunded, sum(disputed) as disputed
		from giving_deltas where currency = any($2::text[]) group by 1, 2, 3) as d
	on d.slot >= w.since and d.slot < w.before
) as parts
group by 1, 2, 3
having sum(gifts) <> 0 or sum(amount) <> 0
order by 1, sum(amount) desc, value collate "C", currency collate "C"`

// Sums adds up each range by the values of a dimension, in these currencies alone. Of
// each range it gives the values that something was given for, the most first.
func Sums(ctx context.Context, db payments.Querier, d Dimension, currencies []money.Currency, ranges []Range) ([][]Sum, error) {
	p := newPlan(ranges, spans(d))
	all := make([][]Sum, len(ranges))
	rows, err := db.Query(ctx, sumsSQL, append([]any{string(d), currencies}, p.arguments()...)...)
	if err != nil {
		return nil, fmt.Errorf("adding up gifts by %s: %w", d, err)
	}
	var at int
	var s Sum
	if _, err := pgx.ForEachRow(rows, []any{&at, &s.Value, &s.Currency, &s.Gifts, &s.Undone, &s.Amount, &s.Refunded, &s.Disputed}, func() error {
		all[at] = append(all[at], s)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("adding up gifts by %s: %w", d, err)
	}
	return all, nil
}

// Currencies gives the currencies that anything was ever given in, in the order of
// their codes, by the months of UTC that sums are kept for.
func Currencies(ctx context.Context, db payments.Querier) ([]money.Currency, error) {
	rows, err := db.Query(ctx, `select currency from (
			select currency, gifts from rollups where dimension = 'kind' and span = 'month'
			union all
			select currency, gifts from giving_deltas) as all_of_them
		group by currency having sum(gifts) > 0 order by currency collate "C"`)
	if err != nil {
		return nil, fmt.Errorf("listing currencies: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[money.Currency])
	if err != nil {
		return nil, fmt.Errorf("listing currencies: %w", err)
	}
	return all, nil
}

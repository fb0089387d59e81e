package rollup

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Difference is a dimension whose sums are not those of the books in a currency.
type Difference struct {
	Dimension Dimension // or recurring
	Currency  money.Currency
	Books     Total // counted anew
	Kept      Total
}

// Total is a number of gifts or of recurring donations, and their amount in minor units.
type Total struct{ Number, Amount, Gone int64 }

// String says it in one line.
func (d Difference) String() string {
	return fmt.Sprintf("%s in %s: the sums tell of %d over %s, the books of %d over %s", d.Dimension, d.Currency,
		d.Kept.Number, money.New(d.Kept.Amount-d.Kept.Gone, d.Currency), d.Books.Number, money.New(d.Books.Amount-d.Books.Gone, d.Currency))
}

const checkSQL = `
with books as (
	select currency::text, count(*) as n, sum(amount) as amount, sum(refunded + disputed) as gone from donations where status = 'succeeded' group by 1
), counted as (
	select dimension, currency, n, amount, gone from books cross join unnest($1::text[]) as dimension
	union all
	select 'recurring', currency::text, count(*), sum(amount), 0 from recurring_donations group by 2
), kept as (
	select dimension, currency::text, sum(gifts) as n, sum(amount) as amount, sum(refunded + disputed) as gone
	from (
		select dimension, currency, gifts, amount, refunded, disputed from rollups
		where span = 'month' and dimension = any($1) or dimension = 'recurring' and span = 'ever'
		union all
		select dimension, currency, gifts, amount, refunded, disputed from giving_deltas cross join unnest($1::text[]) as dimension
		union all
		select 'recurring', currency, number, amount, 0, 0 from recurring_deltas where what not in ('started', 'lost')
	) as parts group by 1, 2 having sum(gifts) <> 0 or sum(amount) <> 0
)
select dimension, currency, coalesce(c.n, 0)::bigint, coalesce(c.amount, 0)::bigint, coalesce(c.gone, 0)::bigint,
	coalesce(k.n, 0)::bigint, coalesce(k.amount, 0)::bigint, coalesce(k.gone, 0)::bigint
from counted c full join kept k using (dimension, currency)
where (c.n, c.amount, c.gone) is distinct from (k.n, k.amount, k.gone)
order by dimension, currency`

// Check counts the books anew and compares the sums of each dimension with that, by
// currency, in one snapshot. It reads all donations.
func Check(ctx context.Context, db payments.Querier) ([]Difference, error) {
	names := make([]string, len(Dimensions()))
	for i, d := range Dimensions() {
		names[i] = string(d)
	}
	rows, err := db.Query(ctx, checkSQL, names)
	if err != nil {
		return nil, fmt.Errorf("comparing the sums with the books: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d Difference, err error) {
		err = row.Scan(&d.Dimension, &d.Currency, &d.Books.Number, &d.Books.Amount, &d.Books.Gone, &d.Kept.Number, &d.Kept.Amount, &d.Kept.Gone)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("comparing the sums with the books: %w", err)
	}
	return all, nil
}

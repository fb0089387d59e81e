package rollup

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// payouts is the dimension of what payouts sent.
const payouts Dimension = "payouts"

// sentSQL is what each payout sent of each category, counted anew.
const sentSQL = `select r.payout, coalesce(t.category, '') as category, count(*) as sent, count(t.id) as booked,
		coalesce(sum(t.amount), 0) as amount, coalesce(sum(t.fee), 0) as fee, coalesce(sum(t.net), 0) as net
	from payout_rows r left join balance_transactions t on t.id = r.id and t.currency <> '' group by 1, 2`

const checkPayoutsSQL = `
with books as (` + sentSQL + `), kept as (
	select payout, category, sent, booked, amount, fee, net from payout_sums where (sent, booked, amount, fee, net) <> (0, 0, 0, 0, 0)
)
select coalesce(p.currency, ''), coalesce(sum(b.sent), 0)::bigint, coalesce(sum(b.net), 0)::bigint, coalesce(sum(k.sent), 0)::bigint, coalesce(sum(k.net), 0)::bigint
from books b full join kept k using (payout, category) left join payouts p on p.id = payout
where (b.sent, b.booked, b.amount, b.fee, b.net) is distinct from (k.sent, k.booked, k.amount, k.fee, k.net)
group by 1 order by 1`

// CheckPayouts is Check of what payouts sent: it compares the sums that triggers keep
// with the rows, and gives those of the payouts that differ, by currency. It reads all
// rows of payouts.
func CheckPayouts(ctx context.Context, db payments.Querier) ([]Difference, error) {
	rows, err := db.Query(ctx, checkPayoutsSQL)
	if err != nil {
		return nil, fmt.Errorf("comparing the sums of payouts with their rows: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Difference, error) {
		d := Difference{Dimension: payouts}
		return d, row.Scan(&d.Currency, &d.Books.Number, &d.Books.Amount, &d.Kept.Number, &d.Kept.Amount)
	})
	if err != nil {
		return nil, fmt.Errorf("comparing the sums of payouts with their rows: %w", err)
	}
	return all, nil
}

// mendPayoutsSQL adds what is lacking as a change like any other.
const mendPayoutsSQL = `
with differ as (
	select payout, category, coalesce(b.sent, 0) - coalesce(k.sent, 0) as sent, coalesce(b.booked, 0) - coalesce(k.booked, 0) as booked,
		coalesce(b.amount, 0) - coalesce(k.amount, 0) as amount, coalesce(b.fee, 0) - coalesce(k.fee, 0) as fee, coalesce(b.net, 0) - coalesce(k.net, 0) as net
	from (` + sentSQL + `) as b full join payout_sums k using (payout, category)
	where (coalesce(b.sent, 0), coalesce(b.booked, 0), coalesce(b.amount, 0), coalesce(b.fee, 0), coalesce(b.net, 0))
		<> (coalesce(k.sent, 0), coalesce(k.booked, 0), coalesce(k.amount, 0), coalesce(k.fee, 0), coalesce(k.net, 0))
), added as (
	insert into payout_deltas (payout, category, sent, booked, amount, fee, net) select payout, category, sent, booked, amount, fee, net from differ
)
select count(*) from differ`

package ledger

import (
	"context"
	"time"

	"github.com/readerfund/readerfund/payments"
)

// summedSQL is payoutsSQL from sums: those of a payout, less its own movement, which
// is one row or none. What follows is the choice of payouts.
const summedSQL = `
select p.id, p.status, p.currency, p.amount, p.created, p.arrival,
	p.automatic, q.read_at is not null and p.reconciled,
	coalesce(s.sent, 0) - coalesce(o.sent, 0), (coalesce(s.net, 0) - coalesce(o.net, 0))::bigint,
	coalesce(s.sent - s.booked, 0) - coalesce(o.sent - o.booked, 0),
	coalesce((select f.id from balance_transactions f where f.id = p.failure_transaction and f.currency <> ''), '')
from payouts p
left join payout_questions q on q.payout = p.id
left join lateral (select sum(sent)::bigint as sent, sum(booked)::bigint as booked, sum(net)::bigint as net from (
	select sent, booked, net from payout_totals where payout = p.id
	union all select sent, booked, net from payout_deltas where payout = p.id) as parts) as s on true
left join lateral (
	select count(*) as sent, count(b.id) as booked, coalesce(sum(b.net), 0) as net
	from payout_rows r left join balance_transactions b on b.id = r.id and b.currency <> ''
	where r.payout = p.id and r.id = any(array(
		select p.balance_transaction union select x.id from balance_transactions x where x.source = p.id and x.source <> '' and x.currency <> ''))) as o on true
where `

const inOrderSQL = ` order by p.created, p.id collate "C"`

// PayoutsSummed is PayoutsOf from the sums that triggers keep: it costs the same however
// much a payout sent. Where the triggers were off for a while the two differ, which
// rollup.Check tells.
func PayoutsSummed(ctx context.Context, db payments.Querier, ids []string) ([]Payout, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return readPayouts(ctx, db, summedSQL+"p.id = any($1)"+inOrderSQL, ids)
}

// StandSummed is Stand from the same sums, for what is asked again and again; since must
// not be zero: what looks after all of the books counts their rows.
func StandSummed(ctx context.Context, db payments.Querier, since time.Time) (Standing, error) {
	all, err := readPayouts(ctx, db, summedSQL+"p.created >= $1"+inOrderSQL, since.Unix())
	if err != nil {
		return Standing{Payouts: map[State]int{}}, err
	}
	return stand(ctx, db, all, since)
}

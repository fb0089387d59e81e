package statements

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// Sum is what some statements come to in one currency.
type Sum struct {
	Donors int
	Gifts  int
	Net    money.Amount // without what was given back or taken by disputes
}

// Group is how many statements there are of a kind, and what they come to; sums are
// by currency, in the order of their codes.
type Group struct {
	Donors int
	Sums   []Sum
}

// Plan is what a run of a year would do, as the books are now.
type Plan struct {
	Year     int
	From, To time.Time // the year's first moment, and that of the next
	AsOf     time.Time // of the snapshot, by the database's clock
	Begun    bool
	Ended    bool

	Send      Group // have none yet
	Changed   Group // have one with other figures; they get another only when that is asked for
	Have      Group // have one with these figures
	Nothing   Group // all was given back
	NoAddress Group // donors of whom no address is known
	Nobodys   Group // gifts of nobody known: Stripe told no address. Donors is 0
	Erased    Group // gifts of people who were erased. Donors is 0
	// Gone are donors who have one, though none of its gifts stands any more: bank debits
	// that failed afterwards. They are not mailed: there is nothing to list.
	Gone int

	Running string // the run of the year that is under way; "" for none
}

// Donors is how many would be mailed.
func (p Plan) Donors(again bool) int {
	if again {
		return p.Send.Donors + p.Changed.Donors
	}
	return p.Send.Donors
}

// Plan counts, in one snapshot of the books, and changes nothing. Errors: Invalid;
// Unavailable.
func (o *Office) Plan(ctx context.Context, year int) (Plan, error) {
	s, err := spanOf(year, o.Zone)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, o.DB, snapshot, func(tx pgx.Tx) (err error) {
		p, err = o.PlanIn(ctx, tx, s.year)
		return err
	})
	if err != nil {
		return Plan{}, away(fmt.Errorf("counting statements: %w", err))
	}
	return p, nil
}

// PlanIn is Plan in the caller's transaction, which is to be one snapshot.
func (o *Office) PlanIn(ctx context.Context, tx pgx.Tx, year int) (Plan, error) {
	s, err := spanOf(year, o.Zone)
	if err != nil {
		return Plan{}, err
	}
	now := o.Now()
	p := Plan{Year: year, From: s.from, To: s.to, Begun: !now.Before(s.from), Ended: !now.Before(s.to)}
	err = tx.QueryRow(ctx, `select now(), coalesce((select id from statement_runs where year = $1 and state = 'running'), '')`, year).Scan(&p.AsOf, &p.Running)
	if err != nil {
		return Plan{}, err
	}
	groups := map[string]*Group{
		"send": &p.Send, "changed": &p.Changed, "have": &p.Have, "nothing": &p.Nothing, "no_address": &p.NoAddress,
		"nobodys": &p.Nobodys, "erased": &p.Erased, "gone": {},
	}
	rows, err := tx.Query(ctx, wantedSQL+`
		select w.verdict, coalesce(g.currency, ''), count(distinct w.donor_id)::int, sum(g.gifts)::int, sum(g.net)::bigint
		from wanted w join given g on g.donor_id = w.donor_id
		group by grouping sets ((w.verdict, g.currency), (w.verdict))
		union all
		select case when e.id is null then 'nobodys' else 'erased' end, d.currency, 0, count(*)::int, sum(`+netSQL+`)::bigint
		from donations d left join erased_objects e on e.id = d.payment
		where d.status = 'succeeded' and d.received_at >= $1 and d.received_at < $2 and d.donor_id is null
		group by 1, 2
		union all
		select 'gone', '', count(*)::int, 0, 0 from mailed m where not exists (select from figured f where f.donor_id = m.donor_id)
		order by 1, 2`, s.from, s.to, year)
	if err != nil {
		return Plan{}, err
	}
	var verdict string
	var sum Sum
	_, err = pgx.ForEachRow(rows, []any{&verdict, &sum.Net.Currency, &sum.Donors, &sum.Gifts, &sum.Net.Minor}, func() error {
		if sum.Net.Currency == "" {
			groups[verdict].Donors = sum.Donors
			return nil
		}
		groups[verdict].Sums = append(groups[verdict].Sums, sum)
		return nil
	})
	p.Gone = groups["gone"].Donors
	return p, err
}

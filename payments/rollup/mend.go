package rollup

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Mend counts the books anew and puts right every sum that differs, those of goals and
// of payouts included, and every row of what CheckKept compares, and tells how many did.
// Triggers keep all of it, so that none does, unless somebody had the triggers off. Whoever
// writes gifts goes on meanwhile: what is put right of sums is the difference within one
// snapshot, and what they add comes on top.
func Mend(ctx context.Context, db *pgxpool.Pool) (differed int64, err error) {
	if _, err := (&payments.Giving{DB: db}).Fold(ctx); err != nil {
		return 0, err
	}
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		// Nobody folds between the counting and the mending.
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock"+payments.FoldLock); err != nil {
			return err
		}
		for _, statement := range []string{mendTotalsSQL, mendRollupsSQL, mendPayoutsSQL} {
			var n int64
			if err := tx.QueryRow(ctx, statement).Scan(&n); err != nil {
				return err
			}
			differed += n
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("putting the sums of gifts right: %w", err)
	}
	rows, err := mendKept(ctx, db)
	return differed + rows, err
}

const mendTotalsSQL = `
with told as (
	select 1 as sign, campaign, currency::text, kind::text, date_bin('15 minutes', received_at, timestamptz 'epoch') as slot, count(*) as gifts,
		count(*) filter (where refunded + disputed >= amount) as undone, sum(amount) as amount, sum(refunded) as refunded, sum(disputed) as disputed
	from donations where status = 'succeeded' group by 2, 3, 4, 5
	union all
	select -1, campaign, currency::text, kind::text, slot, gifts, undone, amount, refunded, disputed from giving
), differ as materialized (
	select campaign, currency, kind, slot, sum(sign * gifts) as gifts, sum(sign * undone) as undone, sum(sign * amount) as amount,
		sum(sign * refunded) as refunded, sum(sign * disputed) as disputed
	from told group by 1, 2, 3, 4
	having (sum(sign * gifts), sum(sign * undone), sum(sign * amount), sum(sign * refunded), sum(sign * disputed)) <> (0, 0, 0, 0, 0)
), moved as (
	update giving_totals t set gifts = t.gifts + d.gifts, undone = t.undone + d.undone, amount = t.amount + d.amount,
		refunded = t.refunded + d.refunded, disputed = t.disputed + d.disputed
	from differ d where (t.campaign, t.slot, t.currency, t.kind) = (d.campaign, d.slot, d.currency, d.kind)
), made as (
	insert into giving_totals (campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed)
	select campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed from differ d
	where not exists (select from giving_totals t where (t.campaign, t.slot, t.currency, t.kind) = (d.campaign, d.slot, d.currency, d.kind))
)
select count(*) from differ`

// mendRollupsSQL has what the books say (sign 1), and what is kept of that, folded or
// not (sign -1), by the spans that each dimension is kept for.
const mendRollupsSQL = `
with gifts as (
	select 1 as sign, kind::text, campaign, country, article, currency::text, date_bin('15 minutes', received_at, timestamptz 'epoch') as at, 1::numeric as gifts,
		(refunded + disputed >= amount)::int as undone, amount, refunded, disputed
	from donations where status = 'succeeded'
	union all
	select -1, kind::text, campaign, country, article, currency::text, slot, gifts, undone, amount, refunded, disputed from giving_deltas
), recurring as (
	select 1 as sign, v.what || ' ' || kind as value, currency::text, date_bin('15 minutes', v.at, timestamptz 'epoch') as at, 1::numeric as number, amount
	from recurring_donations cross join lateral (values (recurring_state(status, cancel_at_period_end), timestamptz 'epoch'),
		('started', started_at), ('lost', case when status = 'canceled' then canceled_at end)) as v(what, at)
	where v.at is not null
	union all
	select -1, what || ' ' || kind, currency::text, slot, number, amount from recurring_deltas
), told as (
	select g.sign, v.dimension, s.span, g.currency, s.slot, v.value, g.gifts, g.undone, g.amount, g.refunded, g.disputed
	from gifts g
	cross join lateral (values ('kind', g.kind), ('campaign', g.campaign), ('country', g.country), ('article', g.article)) as v(dimension, value)
	cross join lateral (values ('quarter', g.at), ('hour', date_trunc('hour', g.at, 'UTC')), ('day', date_trunc('day', g.at, 'UTC')),
		('month', date_trunc('month', g.at, 'UTC'))) as s(span, slot)
	where s.span <> 'hour' or v.dimension = 'kind'
	union all
	select r.sign, 'recurring', s.span, r.currency, s.slot, r.value, r.number, 0, r.amount, 0, 0
	from recurring r
	cross join lateral (values ('quarter', r.at), ('day', date_trunc('day', r.at, 'UTC')), ('month', date_trunc('month', r.at, 'UTC')), ('ever', r.at)) as s(span, slot)
	where (s.span = 'ever') = (r.value not like 'started %' and r.value not like 'lost %')
	union all
	select -1, dimension, span, currency::text, slot, value, gifts, undone, amount, refunded, disputed from rollups
), differ as materialized (
	select dimension, span, currency, slot, value, sum(sign * gifts) as gifts, sum(sign * undone) as undone, sum(sign * amount) as amount,
		sum(sign * refunded) as refunded, sum(sign * disputed) as disputed
	from told group by 1, 2, 3, 4, 5
	having (sum(sign * gifts), sum(sign * undone), sum(sign * amount), sum(sign * refunded), sum(sign * disputed)) <> (0, 0, 0, 0, 0)
), moved as (
	update rollups r set gifts = r.gifts + d.gifts, undone = r.undone + d.undone, amount = r.amount + d.amount,
		refunded = r.refunded + d.refunded, disputed = r.disputed + d.disputed
	from differ d where (r.dimension, r.span, r.currency, r.slot, r.value) = (d.dimension, d.span, d.currency, d.slot, d.value)
), made as (
	insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
	select dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed from differ d
	where not exists (select from rollups r where (r.dimension, r.span, r.currency, r.slot, r.value) = (d.dimension, d.span, d.currency, d.slot, d.value))
)
select count(*) from differ`

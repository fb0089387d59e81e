package payments

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// foldAtOnce bounds how many rows one folding takes, and so how long it lasts.
const foldAtOnce = 10_000

// Fold adds the changes that are waiting to the totals, those of payouts included, and
// to the rollups, some at a time in their order, until few are left or ctx ends. It tells how many it took. Who
// folds at the same time as somebody else takes none.
func (g *Giving) Fold(ctx context.Context) (int64, error) {
	var all int64
	for _, statement := range []string{foldGiftsSQL, foldRecurringSQL, foldPayoutsSQL} {
		for {
			n, err := g.fold(ctx, statement, foldAtOnce)
			if all += n; err != nil {
				return all, err
			}
			if n < foldAtOnce {
				break
			}
		}
	}
	return all, nil
}

// fold takes away changes and adds them to the totals in one statement: whoever
// reads sees each in the one place or in the other.
func (g *Giving) fold(ctx context.Context, statement string, most int) (folded int64, err error) {
	err = pgx.BeginFunc(ctx, g.DB, func(tx pgx.Tx) error {
		var alone bool
		if err := tx.QueryRow(ctx, "select pg_try_advisory_xact_lock"+FoldLock).Scan(&alone); err != nil || !alone {
			return err
		}
		// How much is waiting the planner cannot know; were it to guess much, it would
		// read millions of sums to change some thousands.
		if _, err := tx.Exec(ctx, "set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off"); err != nil {
			return err
		}
		return tx.QueryRow(ctx, statement, most).Scan(&folded)
	})
	if err != nil {
		return 0, fmt.Errorf("folding the sums of gifts: %w", err)
	}
	return folded, nil
}

// foldGiftsSQL adds the first $1 changes of what was given to the totals, and to the
// rollups of each dimension and span that payments/rollup reads.
const foldGiftsSQL = `
with taken as (
	delete from giving_deltas where id in (select id from giving_deltas order by id limit $1)
	returning campaign, currency, kind, country, article, slot, gifts, undone, amount, refunded, disputed
), sums as materialized (
	select campaign, currency, kind, slot, sum(gifts) as gifts, sum(undone) as undone, sum(amount) as amount,
		sum(refunded) as refunded, sum(disputed) as disputed
	from taken group by campaign, currency, kind, slot
), moved as (
	update giving_totals t set gifts = t.gifts + s.gifts, undone = t.undone + s.undone, amount = t.amount + s.amount,
		refunded = t.refunded + s.refunded, disputed = t.disputed + s.disputed
	from sums s where (t.campaign, t.slot, t.currency, t.kind) = (s.campaign, s.slot, s.currency, s.kind)
), made as (
	insert into giving_totals (campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed)
	select campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed from sums s
	where not exists (select from giving_totals t
		where (t.campaign, t.slot, t.currency, t.kind) = (s.campaign, s.slot, s.currency, s.kind))
), parts as materialized (
	select v.dimension, s.span, t.currency, s.slot, v.value, sum(gifts) as gifts, sum(undone) as undone,
		sum(amount) as amount, sum(refunded) as refunded, sum(disputed) as disputed
	from taken t
	cross join lateral (values ('kind', t.kind::text), ('campaign', t.campaign), ('country', t.country), ('article', t.article)) as v(dimension, value)
	cross join lateral (values ('quarter', t.slot), ('hour', date_trunc('hour', t.slot, 'UTC')), ('day', date_trunc('day', t.slot, 'UTC')),
		('month', date_trunc('month', t.slot, 'UTC'))) as s(span, slot)
	where s.span <> 'hour' or v.dimension = 'kind'
	group by 1, 2, 3, 4, 5
)` + foldPartsSQL

// foldRecurringSQL does it with what happened with recurring donations.
const foldRecurringSQL = `
with taken as (
	delete from recurring_deltas where id in (select id from recurring_deltas order by id limit $1)
	returning what, currency, kind, slot, number, amount
), parts as materialized (
	select 'recurring' as dimension, s.span, t.currency, s.slot, t.what || ' ' || t.kind as value, sum(number) as gifts, 0 as undone,
		sum(amount) as amount, 0 as refunded, 0 as disputed
	from taken t
	cross join lateral (values ('quarter', t.slot), ('day', date_trunc('day', t.slot, 'UTC')),
		('month', date_trunc('month', t.slot, 'UTC')), ('ever', t.slot)) as s(span, slot)
	where (s.span = 'ever') = (t.what not in ('started', 'lost'))
	group by 1, 2, 3, 4, 5
)` + foldPartsSQL

// foldPartsSQL adds parts to the rollups. It does not insert on conflict: a part may be
// below zero, and a row with it is refused before it is seen that there is another.
const foldPartsSQL = `, rolled as (
	update rollups r set gifts = r.gifts + p.gifts, undone = r.undone + p.undone, amount = r.amount + p.amount,
		refunded = r.refunded + p.refunded, disputed = r.disputed + p.disputed
	from parts p where (r.dimension, r.span, r.currency, r.slot, r.value) = (p.dimension, p.span, p.currency, p.slot, p.value)
), added as (
	insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
	select p.dimension, p.span, p.currency, p.slot, p.value, p.gifts, p.undone, p.amount, p.refunded, p.disputed from parts p
	where not exists (select from rollups r
		where (r.dimension, r.span, r.currency, r.slot, r.value) = (p.dimension, p.span, p.currency, p.slot, p.value))
)
select count(*) from taken`

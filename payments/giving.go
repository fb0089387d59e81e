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
// every snapshot.
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

// foldAtOnce bounds how many rows one folding takes, and so how long it lasts.
const foldAtOnce = 10_000

// Fold adds the changes that are waiting to the totals, some at a time in their
// order, until few are left or ctx ends. It tells how many it took. Who folds at
// the same time as somebody else takes none.
func (g *Giving) Fold(ctx context.Context) (int64, error) {
	var all int64
	for {
		n, err := g.fold(ctx, foldAtOnce)
		if all += n; err != nil || n < foldAtOnce {
			return all, err
		}
	}
}

// fold takes away changes and adds them to the totals in one statement: whoever
// reads sees each in the one place or in the other.
func (g *Giving) fold(ctx context.Context, most int) (folded int64, err error) {
	err = pgx.BeginFunc(ctx, g.DB, func(tx pgx.Tx) error {
		var alone bool
		if err := tx.QueryRow(ctx, "select pg_try_advisory_xact_lock"+FoldLock).Scan(&alone); err != nil || !alone {
			return err
		}
		return tx.QueryRow(ctx, `
			with taken as (
				delete from giving_deltas where id in (select id from giving_deltas order by id limit $1)
				returning campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed
			), sums as (
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
			)
			select count(*) from taken`, most).Scan(&folded)
	})
	if err != nil {
		return 0, fmt.Errorf("folding the sums of gifts: %w", err)
	}
	return folded, nil
}

package payments

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
)

// growth finds what else is an erased person's: from what tells an erased address
// and from what is known to be theirs, along the links that are told or stored.
// What a running recurring gift holds is not entered; it is due.
type growth struct {
	ctx context.Context
	tx  pgx.Tx
	// untold keeps to recurring gifts of which it is not known yet how they stand.
	// Otherwise all that have not ended hold what is theirs.
	untold bool
	erased Erased
	barred map[upTo]barrier // what is looked up; "" where nothing bars it
	found  []string         // what is theirs and was not known to be
	due    map[string]int64 // what is theirs and held, with until when what is paid is theirs
}

// upTo is an object, and until when (Unix seconds) what is paid with it is an erased
// person's.
type upTo struct {
	id    string
	until int64
}

// forever is until when what belongs to an erased object is theirs.
const forever = math.MaxInt64

// barrier says why an object is not entered.
type barrier string

const (
	held barrier = "held" // by a recurring gift that has not ended
	open barrier = "open" // a payment page that nobody has paid on yet: whoever does is new
	anew barrier = "anew" // made before the erasure for what was paid, or can be, only after it
)

func newGrowth(ctx context.Context, tx pgx.Tx, e Erased) *growth {
	return &growth{ctx: ctx, tx: tx, erased: Erased{ids: maps.Clone(e.ids), until: e.until, due: e.due}, barred: map[upTo]barrier{}, due: map[string]int64{}}
}

// barredSQL looks up which of $1 are barred, and whether only gifts that were never
// told of bar them ($2). What names a subscription belongs to it; one that is not told
// of yet may run. One that was first paid after $3, and a payment that failed until
// then, are of whoever pays them.
const barredSQL = `
with named as (
	select u.id, (u.id) as subscription, u.customer from subscriptions u where u.id = any($1)
	union all select u.id, (u.id), u.customer from subscriptions u where u.customer = any($1) and u.customer <> ''
	union all select id, subscription, customer from checkout_sessions where id = any($1) and subscription <> ''
	union all select id, subscription, customer from checkout_sessions where subscription = any($1) and subscription <> ''
	union all select id, subscription, customer from checkout_sessions where customer = any($1) and customer <> '' and subscription <> ''
	union all select id, subscription, customer from invoices where id = any($1) and subscription <> ''
	union all select id, subscription, customer from invoices where subscription = any($1) and subscription <> ''
	union all select id, subscription, customer from invoices where customer = any($1) and customer <> '' and subscription <> ''
), paid as (
	select i.subscription, c.created from invoices i join invoice_payments p on p.invoice = i.id join charges c on c.payment = p.payment
	where i.subscription in (select subscription from named) and c.status <> 'failed'
	union all
	select s.subscription, c.created from checkout_sessions s join charges c on c.payment = s.payment
	where s.subscription in (select subscription from named) and s.payment <> '' and c.status <> 'failed'
), late as (
	select subscription from paid group by subscription having min(created) > $3
), judged as (
	select n.id, n.subscription, n.customer, l.subscription is not null as anew,
		coalesce(u.status, '') not in ('canceled', 'incomplete_expired')
			and (not $2 or coalesce(u.status, '') in ('', 'incomplete'))
			and not exists (select from erased_objects e where e.id = n.subscription) as runs
	from named n left join subscriptions u on u.id = n.subscription left join late l on l.subscription = n.subscription
)
select t.id, case when bool_or(runs and not anew) then 'held' when bool_and(anew) then 'anew' else '' end
from judged, unnest(array[judged.id, judged.subscription, judged.customer]) as t (id) where t.id = any($1) group by t.id
union all
select id, 'open' from checkout_sessions where id = any($1) and status = 'open'
union all
select id, 'anew' from charges where id = any($1) and status <> 'failed' and created > $3
union all
select payment, 'anew' from charges where payment = any($1) and $3 < ` + foreverSQL + `
group by payment having min(created) filter (where status <> 'failed') > $3 or bool_and(status = 'failed')`

const foreverSQL = "9223372036854775807"

// look finds out what bars ids that were not looked up before.
func (w *growth) look(ids []string, until int64) error {
	ids = slices.DeleteFunc(tidy(ids), func(id string) bool { _, known := w.barred[upTo{id, until}]; return known })
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		w.barred[upTo{id, until}] = ""
	}
	rows, err := w.tx.Query(w.ctx, barredSQL, ids, w.untold, until)
	if err != nil {
		return fmt.Errorf("looking for recurring gifts that run: %w", err)
	}
	var id, by string
	_, err = pgx.ForEachRow(rows, []any{&id, &by}, func() error {
		if at := (upTo{id, until}); w.barred[at] != open && by != "" {
			w.barred[at] = barrier(by)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking for recurring gifts that run: %w", err)
	}
	return nil
}

// take adds objects that are the person's as far as they were paid with until a time,
// and gives those of them that may be entered and were not yet.
func (w *growth) take(ids []string, until int64) (entered []string, err error) {
	if err := w.look(ids, until); err != nil {
		return nil, err
	}
	for _, id := range ids {
		switch by := w.barred[upTo{id, until}]; {
		case w.erased.ids[id]:
		case by == held:
			w.due[id] = max(w.due[id], until)
		case by == "":
			w.erased.add(id)
			entered = append(entered, id)
		}
	}
	w.found = append(w.found, entered...)
	return entered, nil
}

// follow takes all that is linked to what was entered, and what ties tell.
func (w *growth) follow(ties []tie, entered []string) error {
	ids := map[int64][]string{}
	for _, t := range ties {
		until := w.until(t)
		ids[until] = append(ids[until], t.ids...)
	}
	for until, ids := range ids {
		if err := w.look(ids, until); err != nil {
			return err
		}
	}
	for {
		told, err := w.told(ties)
		if err != nil {
			return err
		}
		entered = append(entered, told...)
		if len(entered) == 0 {
			return nil
		}
		linked, err := linkedTo(w.ctx, w.tx, tidy(entered), false)
		if err != nil {
			return err
		}
		if entered, err = w.take(linked, forever); err != nil {
			return err
		}
	}
}

// until is when somebody else may begin to pay with what a tie shows: forever is what
// belongs to an erased object theirs, and until their erasure what tells their address.
func (w *growth) until(t tie) int64 {
	if slices.ContainsFunc(t.ids, w.erased.Has) || !t.tells(w.erased) {
		return forever
	}
	return w.erased.until[NormalAddress(t.email)]
}

// told goes once through ties.
func (w *growth) told(ties []tie) (entered []string, err error) {
	for _, t := range ties {
		theirs := slices.ContainsFunc(t.ids, w.erased.Has)
		if !theirs && !t.tells(w.erased) {
			continue
		}
		next, until := t.ids, w.until(t)
		if t.of != "" && (t.tried || w.barred[upTo{t.of, until}] != "" && !w.erased.Has(t.of)) {
			next = []string{t.of} // nothing leads through what is not entered
		}
		more, err := w.take(next, until)
		if err != nil {
			return nil, err
		}
		entered = append(entered, more...)
	}
	return entered, nil
}

// joined are the ties of sessions as they are stored: each telling knows a part.
func (w *growth) joined(ties []tie) ([]tie, error) {
	var ids []string
	for _, t := range ties {
		if t.session {
			ids = append(ids, t.of)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := w.tx.Query(w.ctx, `select id, payment, subscription, invoice, customer from checkout_sessions where id = any($1) and status <> 'open'`, tidy(ids))
	if err != nil {
		return nil, fmt.Errorf("reading sessions: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (tie, error) {
		ids := make([]string, 5)
		err := row.Scan(&ids[0], &ids[1], &ids[2], &ids[3], &ids[4])
		return tie{of: ids[0], ids: slices.DeleteFunc(ids, func(id string) bool { return id == "" }), session: true}, err
	})
}

// note writes down what is due.
func (w *growth) note() error {
	if len(w.due) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(w.due))
	until := make([]int64, len(ids))
	for i, id := range ids {
		until[i] = w.due[id]
	}
	_, err := w.tx.Exec(w.ctx, `insert into erasures_due as d (id, until) select id, until from unnest($1::text[], $2::bigint[]) as t (id, until)
		where not exists (select from erased_objects e where e.id = t.id) order by id
		on conflict (id) do update set until = excluded.until where d.until < excluded.until`, ids, until)
	if err != nil {
		return fmt.Errorf("noting what is to be erased: %w", err)
	}
	return nil
}

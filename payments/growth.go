package payments

import (
	"context"
	"fmt"
	"maps"
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
	barred map[string]barrier // what is looked up, by id; "" where nothing bars it
	found  []string           // what is theirs and was not known to be
	due    map[string]bool    // what is theirs and held
}

// barrier says why an object is not entered.
type barrier string

const (
	held barrier = "held" // by a recurring gift that has not ended
	open barrier = "open" // a payment page that nobody has paid on yet: whoever does is new
)

func newGrowth(ctx context.Context, tx pgx.Tx, e Erased) *growth {
	return &growth{ctx: ctx, tx: tx, erased: Erased{ids: maps.Clone(e.ids), until: e.until}, barred: map[string]barrier{}, due: map[string]bool{}}
}

// barredSQL looks up which of $1 are barred, and whether only gifts that were never
// told of bar them ($2). What names a subscription belongs to it; one that is not told
// of yet may run.
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
), holding as (
	select n.id, n.subscription, n.customer from named n left join subscriptions u on u.id = n.subscription
	where coalesce(u.status, '') not in ('canceled', 'incomplete_expired')
		and (not $2 or coalesce(u.status, '') in ('', 'incomplete'))
		and not exists (select from erased_objects e where e.id = n.subscription)
)
select distinct t.id, 'held' from holding, unnest(array[holding.id, holding.subscription, holding.customer]) as t (id) where t.id = any($1)
union all
select id, 'open' from checkout_sessions where id = any($1) and status = 'open'`

// look finds out what bars ids that were not looked up before.
func (w *growth) look(ids []string) error {
	ids = slices.DeleteFunc(tidy(ids), func(id string) bool { _, known := w.barred[id]; return known })
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		w.barred[id] = ""
	}
	rows, err := w.tx.Query(w.ctx, barredSQL, ids, w.untold)
	if err != nil {
		return fmt.Errorf("looking for recurring gifts that run: %w", err)
	}
	var id, by string
	_, err = pgx.ForEachRow(rows, []any{&id, &by}, func() error {
		if w.barred[id] != open {
			w.barred[id] = barrier(by)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking for recurring gifts that run: %w", err)
	}
	return nil
}

// take adds objects that are the person's, and gives those of them that may be
// entered and were not yet.
func (w *growth) take(ids []string) (entered []string, err error) {
	if err := w.look(ids); err != nil {
		return nil, err
	}
	for _, id := range ids {
		switch {
		case w.erased.ids[id]:
		case w.barred[id] == held:
			w.due[id] = true
		case w.barred[id] == "":
			w.erased.add(id)
			entered = append(entered, id)
		}
	}
	w.found = append(w.found, entered...)
	return entered, nil
}

// follow takes all that is linked to what was entered, and what ties tell.
func (w *growth) follow(ties []tie, entered []string) error {
	ids, _ := named(ties)
	if err := w.look(ids); err != nil {
		return err
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
		linked, err := linkedTo(w.ctx, w.tx, tidy(entered))
		if err != nil {
			return err
		}
		if entered, err = w.take(linked); err != nil {
			return err
		}
	}
}

// told goes once through ties.
func (w *growth) told(ties []tie) (entered []string, err error) {
	for _, t := range ties {
		theirs := slices.ContainsFunc(t.ids, w.erased.Has)
		if !theirs && !t.tells(w.erased) {
			continue
		}
		next := t.ids
		if t.of != "" && w.barred[t.of] != "" && !w.erased.Has(t.of) {
			next = []string{t.of} // nothing leads through what is not entered
		}
		more, err := w.take(next)
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
	_, err := w.tx.Exec(w.ctx, `insert into erasures_due (id) select id from unnest($1::text[]) as t (id)
		where not exists (select from erased_objects e where e.id = t.id) order by id on conflict do nothing`, slices.Sorted(maps.Keys(w.due)))
	if err != nil {
		return fmt.Errorf("noting what is to be erased: %w", err)
	}
	return nil
}

package payments

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// errGrows says that facts tell of more objects of somebody who was erased than
// were known, so that the books must be held as a whole.
var errGrows = errors.New("more of an erased person is told of")

// StoringSQL begins a transaction that stores what Stripe tells: whoever erases
// waits until all such transactions have ended, and those that come after see what
// is erased. It must come before every other lock.
const StoringSQL = "select pg_advisory_xact_lock_shared" + StoringLock

// HoldStoring waits until nobody stores what Stripe tells, and keeps everybody
// from it until the transaction ends. It must come before every other lock. It
// waits a little at a time, and lets others pass in between. Errors: Unavailable
// where it waited for long.
func HoldStoring(ctx context.Context, tx pgx.Tx) error { return briefly(ctx, tx, holdStoringSQL) }

const holdStoringSQL = "select pg_advisory_xact_lock" + StoringLock

// holdAll is HoldStoring, and Hold.
func holdAll(ctx context.Context, tx pgx.Tx) error {
	return briefly(ctx, tx, holdStoringSQL, "select pg_advisory_xact_lock"+BooksLock)
}

// Whoever waits for a lock that keeps all others away keeps those away who come
// after, too: no longer than a webhook may take.
const (
	lockWithin = 300 * time.Millisecond
	lockPause  = 300 * time.Millisecond
	lockTries  = 20
)

// briefly takes locks together.
func briefly(ctx context.Context, tx pgx.Tx, locks ...string) error {
	for try := 1; ; try++ {
		err := pgx.BeginFunc(ctx, tx, func(aside pgx.Tx) error {
			within := fmt.Sprintf("set local lock_timeout = %d", lockWithin.Milliseconds())
			for _, statement := range slices.Concat([]string{within}, locks, []string{"set local lock_timeout to default"}) {
				if _, err := aside.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
		pg, ok := errors.AsType[*pgconn.PgError](err)
		switch {
		case err == nil:
			return nil
		case !ok || pg.Code != "55P03": // lock_not_available
			return fmt.Errorf("waiting for events that are being stored: %w", err)
		case try == lockTries:
			return &Error{Code: Unavailable, RetryAfter: 30 * time.Second, Err: fmt.Errorf("waiting for events that are being stored: %w", err),
				Sentence: "Much is being written at this moment. Nothing was changed; please try again shortly."}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for events that are being stored: %w", ctx.Err())
		case <-time.After(lockPause):
		}
	}
}

// forgetting is the part of a merge that sees to it that nobody who was erased
// comes back.
type forgetting struct {
	alone bool // the books are held as a whole
	aside bool // these are books aside: what is beside the books stays as it is
}

// forget looks, once facts are stored, what of an erased person's they showed that
// was not known, and takes the person out of it. It adds to erased what it finds;
// what must be derived again for it is noted.
func (g forgetting) forget(s *storing, f *Facts, ties []tie, erased *Erased) error {
	if g.aside { // until all is told nobody can say what a recurring gift holds
		return owe(s, ties, *erased)
	}
	if erased.Any() {
		w := newGrowth(s.ctx, s.tx, *erased)
		more, err := w.joined(ties)
		if err != nil {
			return err
		}
		if err := w.follow(append(more, ties...), nil); err != nil {
			return err
		}
		if err := g.grown(s, w, erased); err != nil {
			return err
		}
	}
	if !erased.due && !slices.ContainsFunc(f.Subscriptions, func(x Subscription) bool { return hasEnded(x.State.Status) }) {
		return nil
	}
	return g.payDue(s, erased)
}

// grown takes the person out of what was found.
func (g forgetting) grown(s *storing, w *growth, erased *Erased) error {
	if len(w.found) > 0 {
		if !g.alone {
			return errGrows
		}
		if err := s.erase(w.found); err != nil {
			return err
		}
	}
	*erased = w.erased
	return w.note()
}

// hasEnded tells the statuses that a subscription never leaves.
func hasEnded(status string) bool { return status == "canceled" || status == "incomplete_expired" }

// owe notes all that ties show to be an erased person's as due.
func owe(s *storing, ties []tie, e Erased) error {
	w := newGrowth(s.ctx, s.tx, e)
	for again := e.Any(); again; {
		again = false
		for _, t := range ties {
			theirs := slices.ContainsFunc(t.ids, w.erased.Has)
			if !theirs && !t.tells(w.erased) {
				continue
			}
			next, until := t.ids, w.until(t)
			if theirs { // as long as those are theirs that it belongs to
				until = 0
				for _, id := range t.ids {
					if known, due := w.due[id]; due {
						until = max(until, known)
					} else if w.erased.Has(id) {
						until = forever
					}
				}
			}
			if t.tried {
				next = []string{t.of}
			}
			for _, id := range next {
				if known, due := w.due[id]; due && known < until || !w.erased.Has(id) {
					w.erased.add(id)
					w.due[id], again = until, true
				}
			}
		}
	}
	return w.note()
}

// payDue carries out the erasures that waited for recurring gifts which have ended
// by now, and lets go of what somebody new has paid with since.
func (g forgetting) payDue(s *storing, erased *Erased) error {
	rows, err := s.tx.Query(s.ctx, "select until, array_agg(id order by id) from erasures_due d where not exists (select from erased_objects e where e.id = d.id) group by until")
	if err != nil {
		return fmt.Errorf("looking for erasures that are due: %w", err)
	}
	due := map[int64][]string{}
	var until int64
	var ids []string
	_, err = pgx.ForEachRow(rows, []any{&until, &ids}, func() error { due[until] = slices.Clone(ids); return nil })
	if err != nil {
		return fmt.Errorf("looking for erasures that are due: %w", err)
	}
	if len(due) == 0 {
		return nil
	}
	w := newGrowth(s.ctx, s.tx, *erased)
	var free, others []string
	for until, ids := range due {
		more, err := w.take(ids, until)
		if err != nil {
			return err
		}
		free = append(free, more...)
		others = append(others, slices.DeleteFunc(ids, func(id string) bool {
			by := w.barred[upTo{id, until}]
			return by == held || by == ""
		})...)
	}
	if len(others) > 0 {
		if _, err := s.tx.Exec(s.ctx, "delete from erasures_due where id = any($1)", tidy(others)); err != nil {
			return fmt.Errorf("noting what somebody new has paid: %w", err)
		}
	}
	if err := w.follow(nil, free); err != nil {
		return err
	}
	return g.grown(s, w, erased)
}

// erase notes that objects are erased, takes the person out of their rows and
// notes what must be derived again.
func (s *storing) erase(ids []string) error {
	ids = tidy(ids)
	// In one order, as always where two might write the same rows.
	_, err := s.tx.Exec(s.ctx, `insert into erased_objects (id) select id from unnest($1::text[]) as t (id) order by id on conflict do nothing`, ids)
	if err != nil {
		return fmt.Errorf("noting what is erased: %w", err)
	}
	if _, err := s.tx.Exec(s.ctx, "delete from erasures_due where id = any($1)", ids); err != nil {
		return fmt.Errorf("noting what is erased: %w", err)
	}
	for _, table := range peopled() {
		_, err := s.tx.Exec(s.ctx, "update "+table+" set email = '', name = '' where id = any($1) and (email <> '' or name <> '')", ids)
		if err != nil {
			return fmt.Errorf("erasing from %s: %w", table, err)
		}
	}
	rows, err := s.tx.Query(s.ctx, `
		select donor_id from donations where payment = any($1) and donor_id is not null
		union select donor_id from recurring_donations where subscription = any($1) and donor_id is not null`, ids)
	if err != nil {
		return fmt.Errorf("looking for whom is erased: %w", err)
	}
	leaving, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("looking for whom is erased: %w", err)
	}
	s.leaving = append(s.leaving, leaving...)
	s.erased = append(s.erased, ids...)
	a := &s.affected
	for _, list := range []*[]string{&a.payments, &a.recurring, &a.customers, &a.subscriptions, &a.invoices, &a.charges} {
		*list = append(*list, ids...)
	}
	return nil
}

// farewell removes the donors who have nothing left in the books, and what beside
// the books spoke of the person. It comes once everything is derived.
func (s *storing) farewell(e Erased, g forgetting) error {
	if len(s.leaving) > 0 {
		_, err := s.tx.Exec(s.ctx, `
			delete from donors o where o.donor_id = any($1)
				and not exists (select from donations d where d.donor_id = o.donor_id)
				and not exists (select from recurring_donations d where d.donor_id = o.donor_id)`, tidy(s.leaving))
		if err != nil {
			return fmt.Errorf("removing donors: %w", err)
		}
	}
	switch {
	case g.aside:
		return nil
	case len(s.erased) == 0: // nothing new but, maybe, a gift that is known only now
		return skipReceipts(s.ctx, s.tx, slices.Sorted(maps.Keys(e.ids)))
	default:
		return eraseBeside(s.ctx, s.tx, tidy(s.erased))
	}
}

// receiptErased is what stands where a mail server's words stood.
const receiptErased = "the reader's data were erased"

// eraseBeside takes a person's words out of what is no part of the books: what
// they wrote with a gift or with a change of it, and what mail servers said of
// their address. Receipts that are due are not mailed any more.
func eraseBeside(ctx context.Context, tx pgx.Tx, ids []string) error {
	if err := skipReceipts(ctx, tx, ids); err != nil {
		return err
	}
	for _, statement := range []string{
		`update checkouts set dedication = '', comment = ''
			where (dedication <> '' or comment <> '') and id in (
				select id from checkouts where stripe_session = any($1)
				union select checkout_id from checkout_sessions where id = any($1)
				union select checkout_id from charges where id = any($1)
				union select checkout_id from donations where payment = any($1)
				union select checkout_id from recurring_donations where subscription = any($1))`,
		`update reader_changes set comment = '', error = '', tell_error = ''
			where subscription = any($1) and (comment <> '' or error <> '' or tell_error <> '')`,
	} {
		if _, err := tx.Exec(ctx, statement, ids); err != nil {
			return fmt.Errorf("erasing beside the books: %w", err)
		}
	}
	return eraseOrders(ctx, tx, ids)
}

// skipReceipts takes the receipts of erased payments out of the queue, and the
// words of mail servers, which repeat addresses, out of the others.
func skipReceipts(ctx context.Context, tx pgx.Tx, ids []string) error {
	_, err := tx.Exec(ctx, `
		update receipts set status = case when status in ('queued', 'awaiting') then 'skipped' else status end,
			error = case when status = 'sent' then '' else $2 end
		where payment = any($1) and (status in ('queued', 'awaiting') or error not in ('', $2))`, ids, receiptErased)
	if err != nil {
		return fmt.Errorf("skipping receipts: %w", err)
	}
	return nil
}

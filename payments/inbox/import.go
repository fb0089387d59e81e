package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// importList is one of Stripe's lists.
type importList struct {
	name string // its path below /v1/
	// standing lists are taken whole, whenever their objects were made: a
	// subscription of years ago pays this month's invoice.
	standing bool
}

// importLists are in the order in which one explains the next, for whoever looks
// at the books meanwhile; the end is the same in any order.
var importLists = []importList{
	{name: "customers", standing: true}, {name: "subscriptions", standing: true}, {name: "invoices"}, {name: "checkout/sessions"},
	{name: "payment_intents"}, {name: "charges"}, {name: "refunds"}, {name: "disputes"}, {name: "radar/early_fraud_warnings"},
	{name: "reviews"}, {name: "payouts"}, {name: "balance_transactions"},
}

// ImportProgress is how far an import is.
type ImportProgress struct {
	List  string // Stripe's name of the list
	Taken int64  // objects of this list so far, those of an earlier run included
	Done  bool   // the list is at its end
	Tally Tally  // of this run, all lists together
}

// Import takes in what the Stripe account holds as facts like any other: each
// object becomes an event of our own. Objects made before since are left out,
// customers and subscriptions excepted. An import that was cut short goes on
// where it was when it is called with the same since; one that was finished
// begins anew. progress hears after each page and at the end of each list.
func (in *Inbox) Import(ctx context.Context, from Source, since time.Time, progress func(ImportProgress)) (Tally, error) {
	since = since.UTC().Truncate(time.Second)
	began, err := in.beginImport(ctx, since)
	if err != nil {
		return Tally{}, err
	}
	run := &importing{inbox: in, from: from, since: since, began: began, progress: progress}
	for _, list := range importLists {
		if err := run.list(ctx, list); err != nil {
			return run.tally, fmt.Errorf("importing %s: %w", list.name, err)
		}
	}
	return run.tally, in.forgiveMissed(ctx, since, began)
}

// beginImport gives when the import began: the one that is to be gone on with,
// or now.
func (in *Inbox) beginImport(ctx context.Context, since time.Time) (began time.Time, err error) {
	err = pgx.BeginFunc(ctx, in.DB, func(tx pgx.Tx) error {
		// Two who begin at once begin one import.
		if _, err := tx.Exec(ctx, `lock table imports in exclusive mode`); err != nil {
			return err
		}
		var done int
		var first *time.Time
		err := tx.QueryRow(ctx, `select min(began), count(*) filter (where done) from imports where since = $1`, since).Scan(&first, &done)
		if err != nil {
			return err
		}
		if first != nil && done < len(importLists) {
			began = *first
			return nil
		}
		began = in.Now().UTC().Truncate(time.Second)
		if _, err := tx.Exec(ctx, `delete from imports where since = $1`, since); err != nil {
			return err
		}
		for _, list := range importLists {
			_, err := tx.Exec(ctx, `insert into imports (since, list, began, cursor, taken, done) values ($1, $2, $3, '', 0, false)`,
				since, list.name, began)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return began, fmt.Errorf("beginning an import: %w", err)
	}
	return began, nil
}

type importing struct {
	inbox        *Inbox
	from         Source
	since, began time.Time
	progress     func(ImportProgress)
	tally        Tally
}

func (r *importing) list(ctx context.Context, list importList) error {
	var cursor string
	now := ImportProgress{List: list.name}
	err := r.inbox.DB.QueryRow(ctx, `select cursor, taken, done from imports where since = $1 and list = $2`, r.since, list.name).
		Scan(&cursor, &now.Taken, &now.Done)
	if errors.Is(err, pgx.ErrNoRows) {
		return errors.New("the same import was begun anew by somebody else")
	}
	if err != nil || now.Done {
		return err
	}
	since := r.since
	if list.standing {
		since = time.Time{}
	}
	err = r.from.Objects(ctx, list.name, since, cursor, func(objects []json.RawMessage, at time.Time) error {
		tally, err := r.take(ctx, objects, at)
		if err != nil {
			return err
		}
		r.tally.Add(tally)
		now.Taken += int64(len(objects))
		now.Tally = r.tally
		// After the page: a crash between the two takes it again, which changes nothing.
		_, err = r.inbox.DB.Exec(ctx, `update imports set cursor = $3, taken = $4 where since = $1 and list = $2`,
			r.since, list.name, idOf(objects[len(objects)-1]), now.Taken)
		r.progress(now)
		return err
	})
	if err != nil {
		return err
	}
	_, err = r.inbox.DB.Exec(ctx, `update imports set done = true where since = $1 and list = $2`, r.since, list.name)
	now.Done, now.Tally = true, r.tally
	r.progress(now)
	return err
}

func (r *importing) take(ctx context.Context, objects []json.RawMessage, at time.Time) (Tally, error) {
	events := make([][]byte, len(objects))
	for i, object := range objects {
		// One import keeps each object once, however often a page is repeated.
		raw, err := asEvent(object, r.from.APIVersion(), fmt.Sprintf("listed_%s_%d", idOf(object), r.began.Unix()), at)
		if err != nil {
			return Tally{}, err
		}
		events[i] = raw
	}
	return r.inbox.ReceiveMany(ctx, events)
}

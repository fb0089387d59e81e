package payments

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Erasure is what an erasure found and took away.
type Erasure struct {
	Donations int // that have no donor any more
	Recurring int // recurring donations, all of which have ended
	Objects   int // of Stripe's that were theirs, foreign ones included
	Due       int // objects that stay until the recurring gift which they belong to has ended
}

// PersonalEvent is what a stored event tells of a person beyond the books.
type PersonalEvent struct {
	ID      string     `json:"id"`
	Type    string     `json:"type"`
	Created *time.Time `json:"created"`
	// Told are the texts of a person's, by the fields that lead to them.
	Told map[string]string `json:"told"`
}

// Erase takes the person with a mail address out of the books within tx: out of
// everything that tells the address, and of everything that Stripe links to it,
// payments that are no donations included. Amounts stay. From then on the person
// is stripped from whatever is told of these objects, and of others that Stripe
// made for the address before now; somebody who gives again later is a new donor.
// What belongs to a recurring gift of which it is not told yet how it stands stays
// until that has ended, and goes then.
// The stored events are not gone through here, and are to be as soon as tx is
// committed.
//
// Erase waits for events that are being stored, and keeps others waiting until tx
// ends. Errors: Invalid where a recurring donation still runs; Unavailable where
// too much is being stored.
func Erase(ctx context.Context, tx pgx.Tx, address string, now time.Time) (Erasure, error) {
	key := NormalAddress(address)
	if key == "" {
		return Erasure{}, errNoAddress()
	}
	if err := holdAll(ctx, tx); err != nil {
		return Erasure{}, err
	}
	return erase(ctx, tx, key, now)
}

// EraseDonor is Erase for whoever is the donor. Errors: also NotFound where they are
// no more, as when they were erased while this waited.
func EraseDonor(ctx context.Context, tx pgx.Tx, donorID string, now time.Time) (Erasure, error) {
	if err := holdAll(ctx, tx); err != nil {
		return Erasure{}, err
	}
	var key string
	err := tx.QueryRow(ctx, "select email_key from donors where donor_id = $1", donorID).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return Erasure{}, &Error{Code: NotFound, Sentence: "We keep nothing about this person."}
	}
	if err != nil {
		return Erasure{}, fmt.Errorf("looking for a donor: %w", err)
	}
	return erase(ctx, tx, key, now)
}

func erase(ctx context.Context, tx pgx.Tx, key string, now time.Time) (Erasure, error) {
	e, w, err := lookFor(ctx, tx, key)
	if err != nil {
		return Erasure{}, err
	}
	until, err := noteErasure(ctx, tx, key, slices.Concat(w.found, slices.Collect(maps.Keys(w.due))), now)
	if err != nil {
		return Erasure{}, err
	}
	for id := range w.due {
		w.due[id] = until
	}
	s, g := &storing{ctx: ctx, tx: tx}, forgetting{alone: true}
	if err := s.erase(w.found); err != nil {
		return Erasure{}, err
	}
	if err := w.note(); err != nil {
		return Erasure{}, err
	}
	if err := g.payDue(s, &w.erased); err != nil {
		return Erasure{}, err
	}
	if _, err := tx.Exec(ctx, "update checkout_sessions set email = '', name = '' where status = 'open' and address_key(email) = $1", key); err != nil {
		return Erasure{}, fmt.Errorf("erasing from open payment pages: %w", err)
	}
	if err := s.derive(); err != nil {
		return Erasure{}, err
	}
	if err := s.farewell(Erased{}, g); err != nil {
		return Erasure{}, err
	}
	if err := forgetDonor(ctx, tx, key); err != nil {
		return Erasure{}, err
	}
	return e, dropAsides(ctx, tx)
}

// forgetDonor removes a donor, and the links that open their page. What is left is
// not paid yet or was not told: whoever it turns out to be is somebody new, of whom
// nothing from before is known.
func forgetDonor(ctx context.Context, tx pgx.Tx, key string) error {
	var left [2][]string
	for i, statement := range []string{
		"update donations d set donor_id = null from donors o where o.email_key = $1 and d.donor_id = o.donor_id returning d.payment",
		"update recurring_donations d set donor_id = null from donors o where o.email_key = $1 and d.donor_id = o.donor_id returning d.subscription",
	} {
		rows, err := tx.Query(ctx, statement, key)
		if err != nil {
			return fmt.Errorf("removing a donor: %w", err)
		}
		if left[i], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return fmt.Errorf("removing a donor: %w", err)
		}
	}
	for _, statement := range []string{"delete from donors where email_key = $1", "delete from reader_requests where address_key(email) = $1"} {
		if _, err := tx.Exec(ctx, statement, key); err != nil {
			return fmt.Errorf("removing a donor: %w", err)
		}
	}
	return meetDonors(ctx, tx, left[0], left[1])
}

// LookFor tells what Erase would find in the books that tx sees. It locks nothing.
// Errors are those of Erase.
func LookFor(ctx context.Context, tx pgx.Tx, address string) (Erasure, error) {
	key := NormalAddress(address)
	if key == "" {
		return Erasure{}, errNoAddress()
	}
	e, _, err := lookFor(ctx, tx, key)
	return e, err
}

func errNoAddress() error { return &Error{Code: Invalid, Sentence: "That is no mail address."} }

func lookFor(ctx context.Context, tx pgx.Tx, key string) (Erasure, *growth, error) {
	told, err := tellers(ctx, tx, key)
	if err != nil {
		return Erasure{}, nil, err
	}
	all, err := closure(ctx, tx, told)
	if err != nil {
		return Erasure{}, nil, err
	}
	if err := nothingRuns(ctx, tx, all); err != nil {
		return Erasure{}, nil, err
	}
	w := newGrowth(ctx, tx, Erased{})
	w.untold = true
	entered, err := w.take(told, forever)
	if err != nil {
		return Erasure{}, nil, err
	}
	if err := w.follow(nil, entered); err != nil {
		return Erasure{}, nil, err
	}
	e := Erasure{Objects: len(w.found), Due: len(w.due)}
	err = tx.QueryRow(ctx, `select (select count(*) from donations where payment = any($1)),
		(select count(*) from recurring_donations where subscription = any($1))`, tidy(w.found)).Scan(&e.Donations, &e.Recurring)
	if err != nil {
		return Erasure{}, nil, fmt.Errorf("counting what is erased: %w", err)
	}
	return e, w, nil
}

// ObjectsOf gives the ids of all of Stripe's objects that tell a mail address or
// are linked to one that does, in the books that tx sees.
func ObjectsOf(ctx context.Context, tx pgx.Tx, address string) ([]string, error) {
	told, err := tellers(ctx, tx, NormalAddress(address))
	if err != nil {
		return nil, err
	}
	return closure(ctx, tx, told)
}

// tellers are the ids of the objects that tell an address.
func tellers(ctx context.Context, tx pgx.Tx, key string) ([]string, error) {
	var seeds []string
	for _, table := range peopled() {
		rows, err := tx.Query(ctx, "select id from "+table+" where address_key(email) = $1", key)
		if err != nil {
			return nil, fmt.Errorf("looking for a person in %s: %w", table, err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, fmt.Errorf("looking for a person in %s: %w", table, err)
		}
		seeds = append(seeds, found...)
	}
	return seeds, nil
}

// RunsOnSQL tells, of a row r of recurring_donations, whether it goes on until
// somebody ends it. Nobody is erased before; one that ends with its period by
// itself takes no more money.
const RunsOnSQL = "(r.status <> 'canceled' and not r.cancel_at_period_end)"

// nothingRuns refuses while money would still be taken: a recurring donation that
// nobody is told of could not be ended by its reader.
func nothingRuns(ctx context.Context, tx pgx.Tx, ids []string) error {
	rows, err := tx.Query(ctx, `select r.recurring_id from recurring_donations r
		where r.subscription = any($1) and `+RunsOnSQL+` order by 1`, ids)
	if err != nil {
		return fmt.Errorf("looking for recurring donations: %w", err)
	}
	running, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("looking for recurring donations: %w", err)
	}
	if len(running) == 0 {
		return nil
	}
	return &Error{Code: Invalid, Sentence: "A recurring gift still runs. Please end it first; then everything can be erased.",
		Err: fmt.Errorf("these recurring donations still run and are to be ended first: %s", strings.Join(running, ", "))}
}

// noteErasure remembers the address by its hash, and until when what Stripe made
// is erased: by the later of our clock and what is known, should Stripe's be ahead.
func noteErasure(ctx context.Context, tx pgx.Tx, key string, ids []string, now time.Time) (until int64, _ error) {
	err := tx.QueryRow(ctx, `
		insert into erasures (address, until, erased_at)
		select sha256(k.key || convert_to($1, 'UTF8')), greatest($2, (
			select max(created) from (
				select created from customers where id = any($4) union all select created from checkout_sessions where id = any($4)
				union all select created from charges where id = any($4) union all select created from invoices where id = any($4)) as made)), $3
		from erasure_key k returning until`, key, now.Unix(), now, ids).Scan(&until)
	if err != nil {
		return 0, fmt.Errorf("noting an erasure: %w", err)
	}
	return until, nil
}

// dropAsides removes books that a rebuild left behind when it was cut short: they
// hold people, too. Those of one that is at work lose the person at its end.
func dropAsides(ctx context.Context, tx pgx.Tx) error {
	var idle bool
	if err := tx.QueryRow(ctx, "select pg_try_advisory_xact_lock"+RebuildLock).Scan(&idle); err != nil || !idle {
		return err
	}
	left, err := leftAside(ctx, tx)
	if err != nil {
		return fmt.Errorf("looking for books that were left: %w", err)
	}
	for _, schema := range left {
		if err := (Aside{schema: schema}).Drop(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

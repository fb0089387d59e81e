package payments

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Derivation is the version of the rules by which rows are derived from facts.
// Books that were made with another one are made again by a rebuild.
const Derivation = 6

// manyLocks is how many objects one merge locks one by one. Postgres keeps a few
// thousand locks for everybody together; a customer with more payments than this
// is worth the wait of the others.
const manyLocks = 500

// errMoved says that a link was told by somebody else while locks were taken.
var errMoved = errors.New("the books moved while their locks were taken")

// Merge joins facts into the books within the caller's transaction and derives
// again every donation and recurring donation they bear upon. Facts may come in
// any order, any number of times and concurrently: the books end the same.
// After an error the books are as they were before, and the transaction can go
// on.
func Merge(ctx context.Context, tx pgx.Tx, told Facts) error {
	f := told.compact()
	ties := told.ties()
	var g forgetting
	for {
		// Going back to the savepoint releases the locks, so that they can be
		// taken anew in their order.
		err := pgx.BeginFunc(ctx, tx, func(aside pgx.Tx) error {
			holding := f.hold
			if g.alone {
				holding = Hold
			}
			if err := holding(ctx, aside); err != nil {
				return err
			}
			return f.merge(ctx, aside, ties, g)
		})
		switch {
		case errors.Is(err, errGrows):
			g.alone = true
		case !errors.Is(err, errMoved):
			return err
		}
	}
}

// MergeMany is Merge for the facts of many events together. It keeps every other
// merge waiting until the transaction ends, and so needs no lock for each of the
// thousands of objects it may touch.
func MergeMany(ctx context.Context, tx pgx.Tx, told Facts) error {
	f := told.compact()
	return pgx.BeginFunc(ctx, tx, func(aside pgx.Tx) error {
		if err := Hold(ctx, aside); err != nil {
			return err
		}
		return f.merge(ctx, aside, told.ties(), forgetting{alone: true})
	})
}

// Hold keeps every merge waiting until the transaction ends.
func Hold(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock"+BooksLock); err != nil {
		return fmt.Errorf("locking the books: %w", err)
	}
	return nil
}

// hold locks what the facts bear upon. Whoever writes an object, a link to it or
// a row derived from it holds its lock until commit: of two transactions that
// tell the two ends of a link, the later one sees both. All locks are taken at
// once and in one order, so that no two transactions wait for each other.
func (f *Facts) hold(ctx context.Context, tx pgx.Tx) error {
	reached, err := f.reach(ctx, tx)
	if err != nil {
		return err
	}
	if reached.size() > manyLocks {
		return Hold(ctx, tx)
	}
	if err := reached.lock(ctx, tx); err != nil {
		return err
	}
	now, err := f.reach(ctx, tx)
	if err != nil {
		return err
	}
	if !reached.covers(now) {
		return errMoved
	}
	return nil
}

// merge stores the facts, without those who were erased, and derives what follows
// from those that were new. The caller holds the locks.
func (f *Facts) merge(ctx context.Context, tx pgx.Tx, ties []tie, g forgetting) error {
	s := &storing{ctx: ctx, tx: tx}
	ids, addresses := named(ties)
	for i := range f.Sessions { // of those that are open no tie tells it
		addresses = append(addresses, f.Sessions[i].Person.Email)
	}
	erased, err := ErasedAmong(ctx, tx, ids, addresses)
	if err != nil {
		return err
	}
	f.StripErased(erased)
	for _, t := range every() {
		if err := t.store(s, f); err != nil {
			return err
		}
	}
	if err := g.forget(s, f, ties, &erased); err != nil {
		return err
	}
	if err := s.derive(); err != nil || !erased.Any() {
		return err
	}
	return s.farewell(erased, g)
}

// derive computes again what follows from what was stored.
func (s *storing) derive() error {
	payments, recurring, err := s.affected.derived(s.ctx, s.tx)
	if err != nil {
		return err
	}
	if err := deriveAll(s.ctx, s.tx, payments, recurring); err != nil {
		return err
	}
	return s.post(payments)
}

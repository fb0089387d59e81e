package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/payments"
)

const (
	atOnce    = 1000 // gifts in one merge
	foldAfter = 20   // merges
)

// fill makes the books. They are whole when it ends without an error; after one they are
// to be thrown away.
func (o options) fill(ctx context.Context, stdout, stderr io.Writer) error {
	db, err := pgxpool.New(ctx, o.database)
	if err != nil {
		return errors.New("DATABASE_URL cannot be read; write a postgres:// address")
	}
	defer db.Close()
	if err := empty(ctx, db); err != nil {
		return err
	}
	w := newWorld(o)
	bank, giving := newBank(w), &payments.Giving{DB: db}
	p := &progress{to: stderr, of: o.gifts, began: time.Now(), last: time.Now()}
	for from := int64(0); from < o.gifts; from += atOnce {
		to := min(from+atOnce, o.gifts)
		if err := w.batch(ctx, db, bank, from, to); err != nil {
			return fmt.Errorf("after %d gifts: %w", from, err)
		}
		if from/atOnce%foldAfter == 0 || to == o.gifts {
			if _, err := giving.Fold(ctx); err != nil {
				return err
			}
		}
		p.at(to)
	}
	p.say("%d gifts in %.1f s", o.gifts, time.Since(p.began).Seconds())
	// So that what is measured next is not the tidying up after all this.
	if _, err := db.Exec(ctx, "vacuum analyze"); err != nil {
		return err
	}
	digest, err := payments.Digest(ctx, db)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, digest)
	return err
}

// empty makes sure that there are books, and that there is nothing in them: made-up
// gifts never stand among true ones.
func empty(ctx context.Context, db *pgxpool.Pool) error {
	if err := migrations.Check(ctx, db); err != nil {
		return err
	}
	var used bool
	err := db.QueryRow(ctx, `select exists (select from payments) or exists (select from checkouts) or exists (select from inbox_events)
		or exists (select from balance_transactions) or exists (select from donors)`).Scan(&used)
	if err != nil {
		return err
	}
	if used {
		return errors.New("the books of this database hold something already; make a new database, and readerfund migrate up")
	}
	return nil
}

// mergeSQL begins a transaction as the inbox does that of many events: statements are
// planned once, and by indexes only, since the tables grow.
const mergeSQL = "begin; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off; " +
	"set local enable_hashjoin = off; set local enable_mergejoin = off; set local work_mem = '32MB'"

// batch makes the gifts from one number up to but without another, in one transaction.
func (w world) batch(ctx context.Context, db *pgxpool.Pool, bank *bank, from, to int64) error {
	var facts payments.Facts
	var orders checkouts
	for number := from; number < to; number++ {
		g := w.gift(number)
		w.tell(&g, &facts, bank)
		if g.chain.number == 0 || g.chain.first {
			orders.add(&g)
		}
	}
	until := w.when(to)
	if to == w.gifts {
		until = w.end + 10*secondsPerDay // all that was made by then
	}
	bank.payOut(&facts, until)
	return pgx.BeginTxFunc(ctx, db, pgx.TxOptions{BeginQuery: mergeSQL}, func(tx pgx.Tx) error {
		if err := orders.store(ctx, tx); err != nil {
			return err
		}
		return payments.MergeMany(ctx, tx, facts)
	})
}

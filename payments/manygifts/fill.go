package manygifts

import (
	"context"
	"errors"
	"fmt"
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

// Options say which gifts are made. The same ones make the same books.
type Options struct {
	Gifts int64     // how many, from 1
	Seed  uint64    // another one makes others
	From  time.Time // midnight UTC of the first day
	Days  int64     // over how many days they are spread, from 1
}

// Gifts are made in their order, which is that of time. One that is being made is not
// safe for use by several goroutines.
type Gifts struct {
	world world
	bank  *bank
	made  int64
}

// New begins with the first gift.
func New(o Options) *Gifts {
	w := newWorld(o)
	return &Gifts{world: w, bank: newBank(w)}
}

// Made is how many gifts were merged so far.
func (g *Gifts) Made() int64 { return g.made }

// Merge merges as many of the next gifts as there are, at most a number of them, in one
// transaction, with the checkouts that they came from and the payouts that are due by
// then. It tells how many those were: none after the last. After an error the books are
// to be thrown away.
func (g *Gifts) Merge(ctx context.Context, db *pgxpool.Pool, most int64) (int64, error) {
	to := min(g.made+most, g.world.gifts)
	if to == g.made {
		return 0, nil
	}
	if err := g.batch(ctx, db, g.made, to); err != nil {
		return 0, fmt.Errorf("after %d gifts: %w", g.made, err)
	}
	merged := to - g.made
	g.made = to
	return merged, nil
}

// Fill makes all gifts in empty books, adds up the sums that the finance desk reads,
// lets Postgres look at its tables, and tells after each thousand gifts how many there
// are. Books that hold anything already are refused.
func Fill(ctx context.Context, db *pgxpool.Pool, o Options, progress func(gifts int64)) error {
	if err := empty(ctx, db); err != nil {
		return err
	}
	gifts, giving := New(o), &payments.Giving{DB: db}
	for merges := 1; ; merges++ {
		merged, err := gifts.Merge(ctx, db, atOnce)
		if err != nil {
			return err
		}
		if merges%foldAfter == 0 || merged == 0 {
			if _, err := giving.Fold(ctx); err != nil {
				return err
			}
		}
		if merged == 0 {
			break
		}
		progress(gifts.made)
	}
	// So that what is measured next is not the tidying up after all this.
	if _, err := db.Exec(ctx, "vacuum analyze"); err != nil {
		return fmt.Errorf("tidying up: %w", err)
	}
	return nil
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
func (g *Gifts) batch(ctx context.Context, db *pgxpool.Pool, from, to int64) error {
	w, bank := g.world, g.bank
	var facts payments.Facts
	var orders checkouts
	for number := from; number < to; number++ {
		one := w.gift(number)
		w.tell(&one, &facts, bank)
		if one.chain.number == 0 || one.chain.first {
			orders.add(&one)
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

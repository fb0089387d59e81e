//go:build performance

package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/rollup"
)

// pourFor is how long gifts are poured, whatever is folded meanwhile.
const pourFor = time.Minute

// speedFold folds what waits, as the job of a service that runs has done long ago.
func speedFold(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	for {
		n, err := (&payments.Giving{DB: db}).Fold(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// speedPour writes gifts one by one, as fast as two writers can, reads the overview
// meanwhile, and folds as the service's job does. It tells how long each took, and that
// the sums are those of the gifts at the end.
func speedPour(t *testing.T, url string) {
	t.Helper()
	db, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, end := context.WithTimeout(t.Context(), pourFor)
	defer end()
	var given atomic.Int64
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := strconv.FormatInt(time.Now().UnixNano(), 36) + "_" + strconv.Itoa(w)
				_, err := db.Exec(ctx, `insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method, balance_transaction, checkout_id, campaign, appeal,
					variant, placement, article, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session)
					values ('don_' || $1::text, 'pi_' || $1, now(), 'one_time', 'succeeded', 'EUR', 1000, 0, 'card', '', 'poured_' || $1, 'independence', '', '', '', 'article-' || $2::int % 400, '', '', 'DE', '', '', '', '', '')`, id, i)
				if err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
				given.Add(1)
			}
		})
	}
	var reads, folds []time.Duration
	var most int64
	began, folded := time.Now(), time.Now()
	for ctx.Err() == nil {
		since := time.Now()
		if _, err := rollup.Read(t.Context(), db, rollup.Query{Now: since, Zone: time.UTC, Stretch: rollup.Year}); err != nil {
			t.Fatal(err)
		}
		reads = append(reads, time.Since(since))
		if time.Since(folded) < foldGivingEvery {
			continue
		}
		folded = time.Now()
		n, err := (&payments.Giving{DB: db}).Fold(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		folds, most = append(folds, time.Since(folded)), max(most, n)
	}
	writers.Wait()
	took := time.Since(began)
	speedFold(t, db)
	slices.Sort(reads)
	counting := time.Now()
	differ, err := rollup.Check(t.Context(), db)
	if err != nil || len(differ) > 0 {
		t.Errorf("after the pouring: %v, %v", differ, err)
	}
	fmt.Printf("\n%.0f gifts a second written one by one: the overview (its sums, %d readings) p50 %d ms, p95 %d ms; at most %d changes waited, and were folded in %s; counting all anew took %s\n",
		float64(given.Load())/took.Seconds(), len(reads), reads[len(reads)/2].Milliseconds(), reads[len(reads)*95/100].Milliseconds(), most,
		slices.Max(folds).Round(time.Millisecond), time.Since(counting).Round(time.Millisecond))
	if _, err := db.Exec(t.Context(), "delete from donations where checkout_id like 'poured%' and received_at >= $1", began.Add(-time.Minute)); err != nil {
		t.Error(err)
	}
	speedFold(t, db)
	// What was poured and taken away stands at the very end of the indexes, where the
	// planner of another run of kept books would step over it each time.
	for _, table := range []string{"donations", "giving_deltas", "rollups", "giving_totals"} {
		if _, err := db.Exec(t.Context(), "vacuum "+table); err != nil {
			t.Error(err)
		}
	}
}

package payments_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// merging is either way to merge.
type merging = func(context.Context, pgx.Tx, payments.Facts) error

// Two transactions that tell any two facts of a gift at the same moment, one by
// one or many at once, leave the books of one after the other. Every fact here
// knows only one end of its links.
func TestAnyTwoFactsAtTheSameMoment(t *testing.T) {
	paid := payments.PaymentState{Status: "succeeded", Amount: money.New(2500, "USD")}
	active := payments.SubscriptionState{Status: "active", Amount: money.New(2500, "USD"), Period: "month"}
	facts := map[string]payments.Facts{
		"attribution": {Attributions: []payments.Attribution{{CheckoutID: "checkout", Kind: payments.Monthly, Campaign: "independence"}}},
		"subscription": {Subscriptions: []payments.Subscription{{ID: "sub_1", CheckoutID: "checkout", Customer: "cus_1",
			Stamp: payments.SubscriptionStamp("active", 50, "evt_s"), State: active}}},
		"payment":  {Payments: []payments.Payment{{ID: "pi_1", Customer: "cus_1", Created: 100, Promised: true, Stamp: paid.Stamp(100, "evt_p"), State: paid}}},
		"charge":   told(100, 0),
		"refund":   {Refunds: []payments.Refund{{ID: "re_1", Charge: "ch_1", Amount: money.New(500, "USD"), Status: "succeeded", Created: 200}}},
		"dispute":  {Disputes: []payments.Dispute{{ID: "dp_1", Charge: "ch_1", Amount: money.New(700, "USD"), Stamp: payments.DisputeStamp("lost", 300, "evt_d"), State: payments.DisputeState{Status: "lost"}}}},
		"booking":  {BalanceTransactions: []payments.BalanceTransaction{{ID: "txn_1", Source: "dp_1", Amount: money.New(-700, "USD"), Fee: 1500, Net: -2200}}},
		"customer": {Customers: []payments.Customer{{ID: "cus_1", Stamp: payments.Stamp{At: 60, Event: "evt_u"}, Person: payments.Person{Email: "reader@example.org"}}}},
	}
	const want = "pi_1 independence 500 lost 700 1500 reader@example.org"
	db := pgtest.New(t)
	// Mostly one by one, where the locks of each object count.
	ways := [][2]merging{{payments.Merge, payments.Merge}, {payments.Merge, payments.Merge}, {payments.Merge, payments.MergeMany}, {payments.MergeMany, payments.Merge}}
	round := 0
	for _, a := range slices.Sorted(maps.Keys(facts)) {
		for _, b := range slices.Sorted(maps.Keys(facts)) {
			if a == b {
				continue
			}
			for other, f := range facts {
				if other != a && other != b {
					mergeInto(t, db, f, payments.Merge)
				}
			}
			overlap(t, db, facts[a], facts[b], ways[round%len(ways)])
			round++
			var got string
			if err := db.QueryRow(t.Context(), `select payment || ' ' || campaign || ' ' || refunded || ' ' || dispute_status || ' ' || disputed || ' '
				|| dispute_fee || ' ' || donor_email from donations`).Scan(&got); err != nil || got != want {
				t.Errorf("%s, then %s: %s, %v, want %s", a, b, got, err, want)
			}
			empty(t, db)
		}
	}
}

// overlap merges first, begins to merge second before first commits, and ends
// when both have.
func overlap(t *testing.T, db *pgxpool.Pool, first, second payments.Facts, way [2]merging) {
	t.Helper()
	ctx := t.Context()
	a, err := db.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := way[0](ctx, a, first); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- pgx.BeginFunc(ctx, db, func(b pgx.Tx) error { return way[1](ctx, b, second) })
	}()
	ended := untilItWaits(t, db, done)
	if err := a.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if !ended {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

// untilItWaits returns once the other merge waits for a lock (false) or has
// ended.
func untilItWaits(t *testing.T, db *pgxpool.Pool, done <-chan error) (ended bool) {
	t.Helper()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(fmt.Errorf("the second: %w", err))
			}
			return true
		case <-time.After(time.Millisecond):
		}
		var waiting bool
		if err := db.QueryRow(t.Context(), `
			select exists (select from pg_locks l join pg_stat_activity a using (pid)
				where not l.granted and a.datname = current_database())`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		if waiting {
			return false
		}
	}
}

// A customer with more payments than Postgres has locks for is told of like any
// other, and by several at once.
func TestACustomerOfThousandsOfPayments(t *testing.T) {
	db := pgtest.New(t)
	paid := payments.PaymentState{Status: "succeeded", Amount: money.New(100, "USD")}
	var all payments.Facts
	for i := range 15_000 {
		all.Payments = append(all.Payments, payments.Payment{ID: fmt.Sprint("pi_", i), Customer: "cus_1", CheckoutID: fmt.Sprint("checkout", i),
			Created: 100, Promised: true, Stamp: paid.Stamp(100, "evt_p"), State: paid})
	}
	mergeInto(t, db, all, payments.MergeMany)
	done := make(chan error)
	for i := range 4 {
		go func() {
			f := payments.Facts{Customers: []payments.Customer{{ID: "cus_1", Stamp: payments.Stamp{At: int64(i)}, Person: payments.Person{Email: fmt.Sprint("reader", i, "@example.org")}}}}
			done <- pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error { return payments.Merge(t.Context(), tx, f) })
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	var n int
	if err := db.QueryRow(t.Context(), "select count(*) from donations where donor_email = 'reader3@example.org'").Scan(&n); err != nil || n != 15_000 {
		t.Errorf("%d, %v", n, err)
	}
}

package payments_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// gift is what every story of a refund or a dispute begins with: $25, paid.
func gift() []payments.Facts {
	paid := payments.PaymentState{Status: "succeeded", Amount: money.New(2500, "USD")}
	return []payments.Facts{
		{Attributions: []payments.Attribution{{CheckoutID: "checkout", Kind: payments.OneTime, Campaign: "independence"}},
			Payments: []payments.Payment{{ID: "pi_1", CheckoutID: "checkout", Created: 100, Promised: true, Stamp: paid.Stamp(100, "evt_1"), State: paid}}},
		told(100, 0),
	}
}

// told is the charge as an event at a time shows it.
func told(at, refunded int64) payments.Facts {
	return payments.Facts{Charges: []payments.Charge{{
		ID: "ch_1", Payment: "pi_1", Amount: money.New(2500, "USD"), Refunded: payments.Refunded{At: at, Minor: refunded}, Created: 100,
		Stamp: payments.ChargeStamp("succeeded", at, fmt.Sprint("evt_c", at)), State: payments.ChargeState{Status: "succeeded"},
	}}}
}

func refund(id string, created, amount int64, status string, undone int64) payments.Facts {
	return payments.Facts{Refunds: []payments.Refund{{
		ID: id, Charge: "ch_1", Payment: "pi_1", Amount: money.New(amount, "USD"), Status: status, Created: created, Undone: undone,
	}}}
}

// What a gift has given back, whichever of Stripe's remarks are told: the charge
// alone (as before 2024-10-28.acacia), refunds one by one, or both.
func TestRefunded(t *testing.T) {
	tests := []struct {
		name  string
		facts []payments.Facts
		want  int64
	}{
		{"nothing", nil, 0},
		{"$20 of $25, by the charge", []payments.Facts{told(200, 2000)}, 2000},
		{"$20 of $25, by the refund", []payments.Facts{refund("re_1", 200, 2000, "succeeded", 0)}, 2000},
		{"$20 of $25, by both", []payments.Facts{told(200, 2000), refund("re_1", 200, 2000, "succeeded", 0)}, 2000},
		{"a refund that waits counts", []payments.Facts{told(200, 2000), refund("re_1", 200, 2000, "pending", 0)}, 2000},
		{"it fails: given back", []payments.Facts{told(200, 2000), refund("re_1", 200, 2000, "failed", 300)}, 0},
		{"it fails, never told of the charge", []payments.Facts{refund("re_1", 200, 2000, "failed", 300)}, 0},
		{"it fails and the charge is told again", []payments.Facts{told(200, 2000), refund("re_1", 200, 2000, "failed", 300), told(310, 0)}, 0},
		{"it fails in the second it was made", []payments.Facts{told(200, 2000), refund("re_1", 200, 2000, "failed", 200)}, 0},
		{"it fails in the second in which the charge is told again", []payments.Facts{told(200, 2000), refund("re_1", 200, 2000, "failed", 300), told(300, 0)}, 0},
		{"it is canceled", []payments.Facts{told(200, 2000), refund("re_1", 200, 2000, "canceled", 250)}, 0},
		{"two", []payments.Facts{told(200, 500), told(300, 1200), refund("re_1", 200, 500, "succeeded", 0), refund("re_2", 300, 700, "succeeded", 0)}, 1200},
		{"two by the charge, only the first by itself", []payments.Facts{told(300, 1200), refund("re_1", 200, 500, "succeeded", 0)}, 1200},
		{"two, only the second by itself, the charge not told since", []payments.Facts{told(200, 500), refund("re_2", 300, 700, "succeeded", 0)}, 1200},
		{"the first fails, then another", []payments.Facts{told(200, 500), refund("re_1", 200, 500, "failed", 250), told(300, 700), refund("re_2", 300, 700, "succeeded", 0)}, 700},
		{"the first fails after another", []payments.Facts{told(200, 500), told(300, 1200), refund("re_1", 200, 500, "failed", 350), refund("re_2", 300, 700, "succeeded", 0)}, 700},
		{"the first fails after another, of which only the charge tells", []payments.Facts{told(200, 500), told(300, 1200), refund("re_1", 200, 500, "failed", 350)}, 700},
		{"both fail", []payments.Facts{told(300, 1200), refund("re_1", 200, 500, "failed", 350), refund("re_2", 300, 700, "failed", 360)}, 0},
		{"two in the second of the charge", []payments.Facts{told(100, 500), refund("re_1", 100, 500, "succeeded", 0), refund("re_2", 100, 700, "succeeded", 0)}, 1200},
		{"all of it", []payments.Facts{told(200, 2500), refund("re_1", 200, 2500, "succeeded", 0)}, 2500},
		{"one that failed long ago, listed late, beside a real one", []payments.Facts{told(300, 500), refund("re_2", 300, 500, "succeeded", 0), refund("re_1", 110, 2000, "failed", 900)}, 500},
		{"in another currency, which no refund of Stripe's is", []payments.Facts{{Refunds: []payments.Refund{{ID: "re_1", Charge: "ch_1", Amount: money.New(2000, "JPY"), Status: "succeeded", Created: 200}}}}, 0},
		{"never more than was given", []payments.Facts{told(200, 2500), refund("re_1", 300, 2500, "succeeded", 0)}, 2500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inAnyOrder(t, append(gift(), tt.facts...), func(t *testing.T, db *pgxpool.Pool) string {
				var refunded int64
				if err := db.QueryRow(t.Context(), "select refunded from donations").Scan(&refunded); err != nil {
					t.Fatal(err)
				}
				if refunded != tt.want {
					t.Errorf("refunded %d, want %d", refunded, tt.want)
				}
				return fmt.Sprint(refunded)
			})
		})
	}
}

// inAnyOrder merges facts as they stand, backwards, shuffled and all together,
// each into books of their own, and looks at each.
func inAnyOrder(t *testing.T, facts []payments.Facts, look func(*testing.T, *pgxpool.Pool) string) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, uint64(len(facts))))
	db := pgtest.New(t)
	first := ""
	for round := range 6 {
		order := make([]int, len(facts))
		for i := range order {
			order[i] = i
			if round == 1 {
				order[i] = len(facts) - 1 - i
			}
		}
		if round > 1 {
			random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		var all payments.Facts
		for _, i := range order {
			all.Add(facts[i])
			if round < 5 {
				mergeInto(t, db, facts[i], payments.Merge)
			}
		}
		if round == 5 {
			mergeInto(t, db, all, payments.MergeMany)
		}
		saw := look(t, db)
		if first == "" {
			first = saw
		}
		if saw != first || t.Failed() {
			t.Fatalf("in order %v: %s, in the order of the story %s", order, saw, first)
		}
		empty(t, db)
	}
}

func mergeInto(t *testing.T, db *pgxpool.Pool, f payments.Facts, merge func(ctx context.Context, tx pgx.Tx, f payments.Facts) error) {
	t.Helper()
	if err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error { return merge(t.Context(), tx, f) }); err != nil {
		t.Fatal(err)
	}
}

// empty is far quicker for a few rows than truncate is.
func empty(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	for _, table := range []string{
		"attributions", "customers", "subscriptions", "invoices", "checkout_sessions", "charges", "payments", "refunds", "disputes",
		"balance_transactions", "invoice_payments", "donations", "recurring_donations", "foreign_payments",
	} {
		if _, err := db.Exec(t.Context(), "delete from "+table); err != nil {
			t.Fatal(err)
		}
	}
	// Only a test has a ledger forget. From now on this database lets it: to switch the
	// rule off and on each time would have every plan made anew.
	if _, err := db.Exec(t.Context(), `do $$ begin
		if exists (select from pg_trigger where tgname = 'postings_stay' and tgenabled <> 'D') then
			alter table postings disable trigger postings_stay;
		end if;
		delete from postings;
	end $$`); err != nil {
		t.Fatal(err)
	}
}

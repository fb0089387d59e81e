package payments_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// A debit that came back days after it had succeeded, told bit by bit.
func debitThatCameBack(intent string) []payments.Facts {
	payment := intent
	if payment == "" {
		payment = "py_1" // a charge of its own
	}
	charge := func(status string, at int64, movement string) payments.Facts {
		return payments.Facts{Charges: []payments.Charge{{ID: "py_1", Payment: payment, CheckoutID: "checkout1", Amount: money.New(2500, "USD"), Created: 900,
			BalanceTransaction: movement, Stamp: payments.ChargeStamp(status, at, fmt.Sprint("evt_", at)), State: payments.ChargeState{Status: status}}}}
	}
	facts := []payments.Facts{
		{Attributions: []payments.Attribution{{CheckoutID: "checkout1", Kind: payments.OneTime, Campaign: "independence"}}},
		charge("pending", 900, ""), charge("succeeded", 950, "txn_1"), charge("failed", 990, "txn_1"),
		{BalanceTransactions: []payments.BalanceTransaction{movement("txn_1", "py_1", "charge", 2500, 35, "USD")}},
		{BalanceTransactions: []payments.BalanceTransaction{movement("txn_2", "py_1", "charge_failure", -2500, 400, "USD")}},
	}
	if intent != "" {
		for at, status := range map[int64]string{900: "processing", 950: "succeeded"} {
			state := payments.PaymentState{Status: status, Amount: money.New(2500, "USD")}
			facts = append(facts, payments.Facts{Payments: []payments.Payment{{ID: intent, CheckoutID: "checkout1", Created: 900, Promised: true,
				Stamp: state.Stamp(at, fmt.Sprint("evt_i", at)), State: state}}})
		}
	}
	return facts
}

// In whatever order it is told, a debit that came back is a gift that failed, and
// nothing of it counts as given. Each of its two signs is enough: the charge that
// failed though it had been booked, and the movement that took the money back.
func TestADebitThatCameBackFailed(t *testing.T) {
	db := pgtest.New(t)
	without := func(facts []payments.Facts, n int) []payments.Facts {
		return append(append([]payments.Facts{}, facts[:n]...), facts[n+1:]...)
	}
	for name, facts := range map[string][]payments.Facts{
		"intent": debitThatCameBack("pi_1"), "charge alone": debitThatCameBack(""),
		"its movement is not told yet": without(debitThatCameBack("pi_1"), 5), "its last event was lost": without(debitThatCameBack("pi_1"), 3),
		"a charge alone, whose last event was lost": without(debitThatCameBack(""), 3),
	} {
		random, want := rand.New(rand.NewPCG(7, 7)), ""
		for range 12 {
			order := random.Perm(len(facts))
			for _, i := range order {
				mergeInto(t, db, facts[i], payments.Merge)
			}
			var status string
			var gifts, given int64
			err := db.QueryRow(t.Context(), `select (select status from donations), coalesce(sum(gifts), 0), coalesce(sum(amount), 0) from giving`).Scan(&status, &gifts, &given)
			if err != nil || status != "failed" || gifts != 0 || given != 0 {
				t.Errorf("%s, in order %v: %s, %d gifts of %d, %v", name, order, status, gifts, given, err)
			}
			got := rows(t, db)
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s, in order %v:\n%s\nbefore:\n%s", name, order, got, want)
			}
			empty(t, db)
		}
	}
}

// An attempt that failed before another one succeeded takes nothing back, be it
// declined at once or, being a debit, after it was booked.
func TestAnotherAttemptAfterOneThatFailed(t *testing.T) {
	db := pgtest.New(t)
	for _, booked := range []bool{false, true} {
		f := gave(1, 2500, "USD")
		first := f.Charges[0]
		first.ID, first.Created = "ch_0", 800
		first.State.Status = "failed"
		first.Stamp = payments.ChargeStamp("failed", 990, "evt_0")
		state := payments.PaymentState{Status: "succeeded", Amount: money.New(2500, "USD")}
		f.Payments = []payments.Payment{{ID: "pi_1", CheckoutID: "checkout1", Created: 800, Promised: true, Stamp: state.Stamp(995, "evt_i"), State: state}}
		if booked {
			first.BalanceTransaction = "txn_0"
			f.BalanceTransactions = []payments.BalanceTransaction{
				movement("txn_0", "ch_0", "charge", 2500, 35, "USD"), movement("txn_f", "ch_0", "charge_failure", -2500, 400, "USD"),
			}
		}
		f.Charges = append(f.Charges, first)
		mergeInto(t, db, f, payments.Merge)
		if got := donationState(t, db); got != "succeeded ch_1" {
			t.Errorf("booked %v: %s", booked, got)
		}
		empty(t, db)
	}
	// The charge that succeeded is not told of yet: the intent's word counts.
	f := gave(1, 2500, "USD")
	f.Charges[0].State.Status, f.Charges[0].Stamp = "failed", payments.ChargeStamp("failed", 900, "evt_0")
	state := payments.PaymentState{Status: "succeeded", Amount: money.New(2500, "USD")}
	f.Payments = []payments.Payment{{ID: "pi_1", CheckoutID: "checkout1", Created: 800, Promised: true, Stamp: state.Stamp(995, "evt_i"), State: state}}
	mergeInto(t, db, f, payments.Merge)
	if got := donationState(t, db); got != "succeeded ch_1" {
		t.Errorf("by the intent's word: %s", got)
	}
}

func donationState(t *testing.T, db *pgxpool.Pool) (state string) {
	t.Helper()
	if err := db.QueryRow(t.Context(), `select status || ' ' || charge from donations`).Scan(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

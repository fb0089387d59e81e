package payments_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// attempt is a try to collect the gift of gave(1), with what was booked of it.
func attempt(id, status string, created int64, amount money.Amount, booked string) payments.Facts {
	return payments.Facts{Charges: []payments.Charge{{ID: id, Payment: "pi_1", CheckoutID: "checkout1", Amount: amount, Created: created,
		BalanceTransaction: booked, Stamp: payments.ChargeStamp(status, created+90, "evt_"+id), State: payments.ChargeState{Status: status}}}}
}

// attempts are a debit that was booked and came back, and a later try of the same
// payment. Whether the payment was ever heard to be under way is said by promised.
func attempts(promised bool, later payments.Facts) []payments.Facts {
	usd := money.New(2500, "USD")
	state := payments.PaymentState{Status: "requires_payment_method", Amount: usd, FailureCode: "card_declined"}
	return []payments.Facts{
		{Attributions: []payments.Attribution{{CheckoutID: "checkout1", Kind: payments.Monthly, Campaign: "independence"}}},
		{Payments: []payments.Payment{{ID: "pi_1", CheckoutID: "checkout1", Created: 800, Promised: promised, Stamp: state.Stamp(995, "evt_i"), State: state}}},
		attempt("py_1", "failed", 900, usd, "txn_1"),
		{BalanceTransactions: []payments.BalanceTransaction{movement("txn_1", "py_1", "charge", 2500, 35, "USD")}},
		{BalanceTransactions: []payments.BalanceTransaction{movement("txn_2", "py_1", "charge_failure", -2500, 400, "USD")}},
		later,
	}
}

// A debit that was booked and came back stays what the gift is about when a later try
// is declined: the gift is there, whether or not anybody told that the payment was
// under way, and the ledger says of both movements whose they are. A try that is under
// way makes it pending, and keeps it as well.
func TestALaterTryAfterADebitThatCameBack(t *testing.T) {
	const booked = `
		txn_1 donations:independence:monthly USD -2500 G
		txn_1 fees USD 35 G
		txn_1 stripe_clearing USD 2465
		txn_2 donations:independence:monthly USD 2500 G
		txn_2 fees USD 400 G
		txn_2 stripe_clearing USD -2900`
	usd := money.New(2500, "USD")
	underWay := attempt("ch_2", "pending", 1500, usd, "")
	state := payments.PaymentState{Status: "processing", Amount: usd}
	underWay.Payments = []payments.Payment{{ID: "pi_1", Created: 800, Stamp: state.Stamp(1500, "evt_p"), State: state}}
	for name, c := range map[string]struct {
		later payments.Facts
		want  string
	}{
		"declined":  {attempt("ch_2", "failed", 1500, usd, ""), "failed py_1"},
		"under way": {underWay, "pending ch_2"},
	} {
		db := pgtest.New(t)
		random, want := rand.New(rand.NewPCG(3, 3)), ""
		for i := range 12 {
			facts := attempts(i%2 == 0, c.later)
			order := random.Perm(len(facts))
			for _, n := range order {
				mergeInto(t, db, facts[n], payments.Merge)
			}
			if got := donationState(t, db); got != c.want {
				t.Errorf("%s, in order %v: %s, want %s", name, order, got, c.want)
			}
			posted(t, db, booked)
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

// The tries after it take nothing from the books in between: nothing is corrected.
func TestADeclinedTryCorrectsNothing(t *testing.T) {
	db := pgtest.New(t)
	for _, f := range attempts(false, attempt("ch_2", "failed", 1500, money.New(2500, "USD"), "")) {
		mergeInto(t, db, f, payments.Merge)
	}
	var corrections int
	if err := db.QueryRow(t.Context(), `select count(*) from postings where number > 1`).Scan(&corrections); err != nil || corrections != 0 {
		t.Errorf("%d lines of corrections, %v", corrections, err)
	}
}

// What the rate has changed between a debit and its coming back stays exchange
// difference when a later try succeeds: its income is reckoned from its own gross.
func TestTheRateOfADebitThatCameBack(t *testing.T) {
	gbp := money.New(3000, "GBP")
	facts := []payments.Facts{
		{Attributions: gave(1, 3000, "GBP").Attributions},
		attempt("py_1", "failed", 900, gbp, "txn_1"),
		{BalanceTransactions: []payments.BalanceTransaction{movement("txn_1", "py_1", "charge", 3819, 35, "USD")}},
		{BalanceTransactions: []payments.BalanceTransaction{movement("txn_2", "py_1", "charge_failure", -3900, 400, "USD")}},
	}
	const back = `
		txn_1 donations:independence:one_time USD -3819 G
		txn_1 fees USD 35 G
		txn_1 stripe_clearing USD 3784
		txn_2 donations:independence:one_time USD 3819 G
		txn_2 exchange_difference USD 81 G
		txn_2 fees USD 400 G
		txn_2 stripe_clearing USD -4300`
	db := pgtest.New(t)
	for _, f := range facts {
		mergeInto(t, db, f, payments.Merge)
	}
	posted(t, db, back)
	later := attempt("ch_2", "succeeded", 1500, gbp, "txn_3")
	later.BalanceTransactions = []payments.BalanceTransaction{movement("txn_3", "ch_2", "charge", 3850, 30, "USD")}
	mergeInto(t, db, later, payments.Merge)
	posted(t, db, back+`
		txn_3 donations:independence:one_time USD -3850 G
		txn_3 fees USD 30 G
		txn_3 stripe_clearing USD 3820`)
	var corrections int
	if err := db.QueryRow(t.Context(), `select count(*) from postings where number > 1`).Scan(&corrections); err != nil || corrections != 0 {
		t.Errorf("%d lines of corrections, %v", corrections, err)
	}
	// Another debit of the same payment that comes back has its own gross.
	for _, f := range []payments.Facts{
		attempt("ch_2", "failed", 1500, gbp, "txn_3"),
		{BalanceTransactions: []payments.BalanceTransaction{movement("txn_4", "ch_2", "charge_failure", -3800, 400, "USD")}},
	} {
		mergeInto(t, db, f, payments.Merge)
	}
	posted(t, db, fmt.Sprint(back, `
		txn_3 donations:independence:one_time USD -3850 G
		txn_3 fees USD 30 G
		txn_3 stripe_clearing USD 3820
		txn_4 donations:independence:one_time USD 3850 G
		txn_4 exchange_difference USD -50 G
		txn_4 fees USD 400 G
		txn_4 stripe_clearing USD -4200`))
}

package report_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// A debit that came back keeps its figures when the payment is tried again, be the try
// declined, under way, or booked: what the report has of the gift is what the journal has.
func TestFiguresOfADebitThatCameBackAndWasTriedAgain(t *testing.T) {
	usd := money.New(2500, "USD")
	base := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC).Unix()
	charge := func(id string, at int64, status, booked string) payments.Facts {
		return payments.Facts{Charges: []payments.Charge{{ID: id, Payment: "pi_1", CheckoutID: "checkout1", Amount: usd, Created: at, BalanceTransaction: booked,
			Stamp: payments.ChargeStamp(status, at+90, fmt.Sprint("evt_", id, status)), State: payments.ChargeState{Status: status}}}}
	}
	intent := func(status, failure string, at int64) []payments.Payment {
		state := payments.PaymentState{Status: status, Amount: usd, FailureCode: failure}
		return []payments.Payment{{ID: "pi_1", CheckoutID: "checkout1", Created: base, Stamp: state.Stamp(at, "evt_i"+status), State: state}}
	}
	booked := func(id, source, category string, amount, fee, at int64) payments.BalanceTransaction {
		return payments.BalanceTransaction{ID: id, Source: source, Category: category, Amount: money.New(amount, "USD"), Fee: fee, Net: amount - fee,
			Created: at, AvailableOn: at}
	}
	first := charge("py_1", base, "failed", "txn_1")
	first.Attributions = []payments.Attribution{{CheckoutID: "checkout1", Kind: payments.Monthly, Campaign: "independence"}}
	first.Payments = intent("requires_payment_method", "charge_declined", base+995)
	first.BalanceTransactions = []payments.BalanceTransaction{booked("txn_1", "py_1", "charge", 2500, 35, base),
		booked("txn_2", "py_1", "charge_failure", -2500, 400, base+86400)}
	underWay := charge("ch_3", base+6*86400, "pending", "")
	underWay.Payments = intent("processing", "", base+6*86400)
	came := charge("ch_3", base+6*86400, "succeeded", "txn_3")
	came.BalanceTransactions = []payments.BalanceTransaction{booked("txn_3", "ch_3", "charge", 2500, 30, base+7*86400)}
	db := pgtest.New(t)
	for _, step := range []struct {
		what string
		told payments.Facts
		want string
	}{
		{"it came back", first, "failed | py_1 | USD | 0.00 | 4.35 | -4.35\n"},
		{"a card was declined", charge("ch_2", base+5*86400, "failed", ""), "failed | py_1 | USD | 0.00 | 4.35 | -4.35\n"},
		{"a third try is under way", underWay, "pending | ch_3 | USD | 0.00 | 4.35 | -4.35\n"},
		{"it came", came, "succeeded | ch_3 | USD | 25.00 | 4.65 | 20.35\n"},
	} {
		if err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error { return payments.Merge(t.Context(), tx, step.told) }); err != nil {
			t.Fatal(err)
		}
		_, gifts := table(t, db, "donations", december(time.UTC))
		if got := cells(gifts, "status stripe_charge settlement_currency settlement_gross fee net"); got != step.want {
			t.Errorf("%s: got %q, want %q", step.what, got, step.want)
		}
		var other int
		if err := db.QueryRow(t.Context(), `select count(*) from postings where account = 'other' or number > 1`).Scan(&other); err != nil || other != 0 {
			t.Errorf("%s: %d lines of what nobody knows, or of corrections, %v", step.what, other, err)
		}
	}
}

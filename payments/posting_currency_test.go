package payments_test

import (
	"slices"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// Stripe may book in a currency that our table does not know, and whose code has
// more than three letters: it is money on the account, and is posted.
func TestAnUnknownCurrencyIsPosted(t *testing.T) {
	db := pgtest.New(t)
	f := payments.Facts{BalanceTransactions: []payments.BalanceTransaction{
		movement("a", "ch_9", "charge", 500, 33, "USDC"), movement("b", "po_1", "payout", -467, 0, "USDC"), movement("c", "", "fee", -7, 0, "XYZ"),
	}}
	mergeInto(t, db, f, payments.Merge)
	want := []string{
		"a other USDC -467", "a stripe_clearing USDC 467", "b bank USDC 467", "b stripe_clearing USDC -467", "c fees XYZ 7", "c stripe_clearing XYZ -7",
	}
	if got := ledger(t, db); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	clearing, err := payments.ClearingBalance(t.Context(), db)
	if err != nil || clearing["USDC"] != 0 || clearing["XYZ"] != -7 {
		t.Errorf("clearing: %v, %v", clearing, err)
	}
	if _, err := db.Exec(t.Context(), `alter table postings disable trigger user; delete from postings where balance_transaction = 'a'`); err != nil {
		t.Fatal(err)
	}
	if s, err := payments.StandLedger(t.Context(), db); err != nil || s.Unposted != 1 {
		t.Errorf("a movement without an entry is not named: %+v, %v", s, err)
	}
}

package ledger_test

import (
	"testing"
	"time"
)

// A fee that was stored less than Stripe has it is named, and healed from Stripe's
// list.
func TestAFeeThatWasStoredLessHeals(t *testing.T) {
	a := week(t)
	b := a.newBooks(nil)
	b.settle()
	if r := b.reconcile(); !r.Holds() {
		t.Fatalf("does not hold before: %+v", r)
	}
	id := a.history().Truth.Payments[0].BalanceTransaction
	b.exec("update balance_transactions set fee = fee - 1, net = net + 1 where id = $1", id)
	a.Advance(time.Minute) // Stripe is asked later than it was
	if r := b.reconcile(); r.Found != 1 || r.Healed != 1 || !r.Holds() {
		t.Errorf("found %d, healed %d, remaining %v\n%s", r.Found, r.Healed, r.Remaining, lines(b.found))
	}
}

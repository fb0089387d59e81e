package ledger_test

import (
	"testing"
	"time"
)

// Whatever of a balance transaction a report or the ledger takes is compared, and put
// right as Stripe has it.
func TestEachFieldOfABalanceTransactionIsCompared(t *testing.T) {
	t.Parallel()
	a := week(t)
	id := a.history().Truth.Payments[0].BalanceTransaction
	b := a.settled()
	stands := func() (all string) {
		t.Helper()
		err := b.db.QueryRow(t.Context(), `select concat_ws(' ', type, exchange_rate, created, available_on) from balance_transactions where id = $1`, id).Scan(&all)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	right := stands()
	for _, tt := range []struct{ set, want string }{
		{"available_on = available_on + 40 * 86400", "available on is 2025-02-26T00:00:00Z here, 2025-01-17T00:00:00Z in Stripe"},
		{"created = created - 3 * 86400", "created is 2025-01-12T09:30:00Z here, 2025-01-15T09:30:00Z in Stripe"},
		{"exchange_rate = '9.99'", "exchange rate is 9.99 here, nothing in Stripe"},
		{"type = 'wrong'", "type is wrong here, charge in Stripe"},
	} {
		b.exec("update balance_transactions set "+tt.set+" where id = $1", id)
		a.Advance(time.Second) // of two tellings the later counts
		r := b.reconcile()
		if got, want := lines(b.found), "differs: balance transaction "+id+" of 2025-01-15T09:30:00Z: "+tt.want; got != want || r.Healed != 1 {
			t.Errorf("%s: found %q, want %q, %d healed", tt.set, got, want, r.Healed)
		}
		if got := stands(); got != right {
			t.Errorf("%s: stands as %q, want %q", tt.set, got, right)
		}
		b.sound(r)
	}
}

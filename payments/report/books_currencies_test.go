package report_test

import (
	"slices"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// The currencies of the ledger are those in which it is kept, each once.
func TestCurrenciesOfTheLedger(t *testing.T) {
	db := pgtest.New(t)
	holds := func(want ...money.Currency) {
		t.Helper()
		if got, err := report.LedgerCurrencies(t.Context(), db); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	}
	holds()
	settled(t, db)
	holds("USD")
	if _, err := db.Exec(t.Context(), `insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		select 'e_' || c || n, 'original', 1, a.account, a.side, 'txn_' || c || n, '', 1, c
		from unnest(array['JPY', 'EUR']) c, generate_series(1, 3) n, (values ('fees', 5), ('stripe_clearing', -5)) a (account, side)`); err != nil {
		t.Fatal(err)
	}
	holds("EUR", "JPY", "USD")
}

package payments_test

import (
	"slices"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// What Stripe tells last of a balance transaction counts, in whichever order it is
// heard, and the ledger follows: no lesser fee that was once stored stays.
func TestTheLaterTellingOfABalanceTransactionCounts(t *testing.T) {
	tell := func(fee, told int64) payments.Facts {
		m := movement("a", "ch_1", "charge", 2500, fee, "USD")
		m.Told = told
		return payments.Facts{BalanceTransactions: []payments.BalanceTransaction{m}}
	}
	db := pgtest.New(t)
	mergeInto(t, db, gave(1, 2500, "USD"), payments.Merge)
	digests := map[string]bool{}
	for _, order := range [][]payments.Facts{
		{tell(1, 2000), tell(103, 3000), tell(1, 2000)}, {tell(103, 3000), tell(1, 2000)}, {tell(500, 1000), tell(1, 2000), tell(103, 3000), tell(103, 2500)},
	} {
		if _, err := db.Exec(t.Context(), `alter table postings disable trigger user; delete from postings; alter table postings enable trigger user;
			delete from balance_transactions`); err != nil {
			t.Fatal(err)
		}
		for _, told := range order {
			mergeInto(t, db, told, payments.Merge)
		}
		if got := ledger(t, db); len(got) != 3 || !slices.ContainsFunc(got, func(line string) bool { return line == "a stripe_clearing USD 2397" }) {
			t.Errorf("%+v: %v", order, got)
		}
		digest, err := payments.Digest(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		digests[digest] = true
		var entries int
		if err := db.QueryRow(t.Context(), `select count(distinct entry_id) from postings`).Scan(&entries); err != nil || entries > 3 {
			t.Errorf("%d entries, %v", entries, err)
		}
	}
	if len(digests) != 1 {
		t.Errorf("%d digests of the same facts", len(digests))
	}
}

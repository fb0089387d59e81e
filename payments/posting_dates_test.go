package payments_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// entries are the lines of each entry in the order in which they were written.
func entries(t *testing.T, db *pgxpool.Pool) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `select concat_ws(' ', entry_id, kind, posted_at, account, amount) from postings order by seq`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// A balance transaction that Stripe dates otherwise than before leaves the day on
// which it was posted, and stands on its own. In whichever order the two are told,
// the books are the same in the end.
func TestAMovementThatIsDatedAnew(t *testing.T) {
	wrong, right := movement("a", "po_1", "payout", -500, 0, "USD"), movement("a", "po_1", "payout", -500, 0, "USD")
	wrong.Told, wrong.Created = 2000, 700
	right.Told, right.Created = 2001, 1000
	tell := func(db *pgxpool.Pool, all ...payments.BalanceTransaction) string {
		t.Helper()
		empty(t, db)
		for _, m := range all {
			mergeInto(t, db, payments.Facts{BalanceTransactions: []payments.BalanceTransaction{m}}, payments.Merge)
		}
		digest, err := payments.Digest(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		return digest
	}
	db := pgtest.New(t)
	first := tell(db, right, wrong)
	if got, want := entries(t, db), []string{"a.1 original 1000 bank 500", "a.1 original 1000 stripe_clearing -500"}; !slices.Equal(got, want) {
		t.Errorf("the right one first: got %q, want %q", got, want)
	}
	if then := tell(db, wrong, right, right); then != first {
		t.Errorf("digest %s, and in the other order %s", first, then)
	}
	want := []string{
		"a.1 original 700 bank 500", "a.1 original 700 stripe_clearing -500",
		"a.2 correction 700 stripe_clearing 500", "a.2 correction 700 bank -500",
		"a.3 correction 1000 bank 500", "a.3 correction 1000 stripe_clearing -500",
	}
	if got := entries(t, db); !slices.Equal(got, want) {
		t.Errorf("the wrong one first: got %q, want %q", got, want)
	}
}

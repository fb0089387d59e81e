package payments_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ledger is what stands on each account for each balance transaction. It fails where
// an entry does not balance.
func ledger(t *testing.T, db *pgxpool.Pool) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
		select concat_ws(' ', balance_transaction, account, currency, nullif(donation_id, ''), sum(amount)) from postings
		group by balance_transaction, account, currency, donation_id having sum(amount) <> 0
		union all
		select concat_ws(' ', 'UNBALANCED', entry_id, currency, sum(amount)) from postings group by entry_id, currency having sum(amount) <> 0
		order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

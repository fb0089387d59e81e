package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/ledger"
)

// A payout whose rows make its amount, and one of which the books do not have, is not
// explained: the report says so as reconcile and doctor do.
func TestAPayoutWithARowThatNobodyKnowsDiffers(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	if _, err := db.Exec(t.Context(), `insert into payout_rows (id, payout) values ('txn_unknown', 'po_1')`); err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{": differs, its 3 rows make it, and 1 of them are not in the books", ": open"} { // asked for to the end, and while they are still being asked for
		_, rows := table(t, db, "payouts", december(time.UTC))
		all, err := ledger.PayoutsOf(t.Context(), db, []string{"po_1"})
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		state := string(all[0].State)
		if all[0].Missing != 1 || !strings.HasSuffix(all[0].String(), says) {
			t.Errorf("the ledger says %s", all[0])
		}
		wantCells(t, cells(rows[:3], "payout_id balance_transaction_id net difference payout_state"), `
			po_1 | txn_1 | 10.38 | 0.00 | `+state+`
			po_1 | txn_2 | -4.80 | 0.00 | `+state+`
			po_1 | txn_unknown |  | 0.00 | `+state+`
			`)
		if _, err := db.Exec(t.Context(), `update payout_questions set read_at = null`); err != nil {
			t.Fatal(err)
		}
	}
}

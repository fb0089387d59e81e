package payments_test

import (
	"math/rand/v2"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// A refund whose money Stripe has put back on the account has failed, though the event
// that says so was lost: the gift and the ledger say the same of it, in whatever order
// they are told. The charge's sum may be told with it, as of before, or not at all.
func TestARefundWhoseMoneyCameBackFailed(t *testing.T) {
	db := pgtest.New(t)
	summed := func(at, minor int64) []payments.Facts {
		f := gave(1, 4000, "USD")
		f.Charges[0].Refunded = payments.Refunded{At: at, Minor: minor}
		return []payments.Facts{f}
	}
	for name, c := range map[string]struct {
		charge   []payments.Facts
		category string
		kind     string // Stripe's type
	}{
		"sum not told":               {[]payments.Facts{gave(1, 4000, "USD")}, "refund_failure", "refund_failure"},
		"sum of when it was made":    {summed(950, 1500), "refund_failure", "refund_failure"},
		"sum after it failed":        {summed(2100, 0), "refund_failure", "refund_failure"},
		"its type alone is told":     {summed(950, 1500), "", "refund_failure"},
		"no balance transaction yet": {summed(950, 1500), "", ""},
	} {
		refund := refundOf("re_1", "ch_1", 1500, "USD")
		back := movement("txn_3", "re_1", c.category, 1500, 0, "USD")
		back.Type, back.Created = c.kind, 2000
		facts := append([]payments.Facts{
			{BalanceTransactions: []payments.BalanceTransaction{movement("txn_1", "ch_1", "charge", 4000, 0, "USD")}},
			{BalanceTransactions: []payments.BalanceTransaction{movement("txn_2", "re_1", "refund", -1500, 0, "USD")}},
			{Refunds: []payments.Refund{refund}},
		}, c.charge...)
		want := int64(1500)
		if c.kind != "" {
			facts, want = append(facts, payments.Facts{BalanceTransactions: []payments.BalanceTransaction{back}}), 0
		}
		random := rand.New(rand.NewPCG(9, 9))
		for range 8 {
			order := random.Perm(len(facts))
			for _, n := range order {
				mergeInto(t, db, facts[n], payments.Merge)
			}
			var refunded, journal int64
			err := db.QueryRow(t.Context(), `select (select refunded from donations),
				(select coalesce(sum(amount), 0) from postings where account like 'refunds:%')`).Scan(&refunded, &journal)
			if err != nil || refunded != want || journal != want {
				t.Errorf("%s, in order %v: refunded %d, the journal has %d, want %d, %v", name, order, refunded, journal, want, err)
			}
			empty(t, db)
		}
	}
}

// Another refund of the same gift stays, and the failure's own event, told late, finds
// nothing left to change.
func TestOneOfTwoRefundsCameBack(t *testing.T) {
	db := pgtest.New(t)
	f := gave(1, 4000, "USD")
	f.Charges[0].Refunded = payments.Refunded{At: 1200, Minor: 2500}
	second := refundOf("re_2", "ch_1", 1000, "USD")
	second.Created = 1200
	f.Refunds = []payments.Refund{refundOf("re_1", "ch_1", 1500, "USD"), second}
	back := movement("txn_3", "re_1", "refund_failure", 1500, 0, "USD")
	back.Created = 2000
	f.BalanceTransactions = []payments.BalanceTransaction{movement("txn_1", "ch_1", "charge", 4000, 0, "USD"),
		movement("txn_2", "re_1", "refund", -1500, 0, "USD"), movement("txn_4", "re_2", "refund", -1000, 0, "USD"), back}
	mergeInto(t, db, f, payments.Merge)
	before := rows(t, db)
	var refunded int64
	if err := db.QueryRow(t.Context(), `select refunded from donations`).Scan(&refunded); err != nil || refunded != 1000 {
		t.Errorf("refunded %d, %v", refunded, err)
	}
	failed := payments.Refund{ID: "re_1", Status: "failed", Amount: money.New(1500, "USD"), FailureReason: "lost_or_stolen_card",
		FailureTransaction: "txn_3", Undone: 2001}
	mergeInto(t, db, payments.Facts{Refunds: []payments.Refund{failed}}, payments.Merge)
	if after := rows(t, db); after != before {
		t.Errorf("the event changed\n%s\ninto\n%s", before, after)
	}
}

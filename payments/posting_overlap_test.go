package payments_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Two transactions that tell any two facts which an entry follows from at the same
// moment leave the ledger of one after the other. Every fact knows one end of its
// links alone, and what is taken off a converted gift depends on all that came
// before it.
func TestAnyTwoFactsOfTheLedgerAtTheSameMoment(t *testing.T) {
	gift, paid := converted(), payments.PaymentState{Status: "succeeded", Amount: money.New(10000, "GBP")}
	charge := gift.Charges[0]
	charge.CheckoutID = ""
	facts := map[string]payments.Facts{
		"attribution":   {Attributions: gift.Attributions},
		"payment":       {Payments: []payments.Payment{{ID: "pi_1", CheckoutID: "checkout1", Created: 100, Promised: true, Stamp: paid.Stamp(100, "evt_p"), State: paid}}},
		"charge":        {Charges: []payments.Charge{charge}},
		"its booking":   {BalanceTransactions: gift.BalanceTransactions},
		"refund":        {Refunds: []payments.Refund{refundOf("re_1", "ch_1", 3333, "GBP")}},
		"its own":       {BalanceTransactions: []payments.BalanceTransaction{movement("b", "re_1", "refund", -4300, 0, "USD")}},
		"another":       {Refunds: []payments.Refund{{ID: "re_2", Payment: "pi_1", Status: "succeeded", Amount: money.New(3333, "GBP"), Created: 960}}},
		"another's":     {BalanceTransactions: []payments.BalanceTransaction{movement("c", "re_2", "refund", -4250, 0, "USD")}},
		"dispute":       {Disputes: []payments.Dispute{disputeOf("dp_1", "ch_1", 3334, "GBP")}},
		"the dispute's": {BalanceTransactions: []payments.BalanceTransaction{movement("d", "dp_1", "dispute", -4200, 1500, "USD")}},
	}
	db := pgtest.New(t)
	var all payments.Facts
	for _, f := range facts {
		all.Add(f)
	}
	mergeInto(t, db, all, payments.MergeMany)
	want := strings.Join(ledger(t, db), "\n")
	for _, line := range []string{"a donations:independence:one_time USD -12731", "b refunds:independence:one_time USD 4243",
		"c refunds:independence:one_time USD 4243", "d disputes:independence:one_time USD 4245"} {
		if !strings.Contains(want, line) {
			t.Fatalf("no %s in\n%s", line, want)
		}
	}
	empty(t, db)
	ways := [][2]merging{{payments.Merge, payments.Merge}, {payments.Merge, payments.Merge}, {payments.Merge, payments.MergeMany}, {payments.MergeMany, payments.Merge}}
	round := 0
	for _, a := range slices.Sorted(maps.Keys(facts)) {
		for _, b := range slices.Sorted(maps.Keys(facts)) {
			if a == b {
				continue
			}
			for other, f := range facts {
				if other != a && other != b {
					mergeInto(t, db, f, payments.Merge)
				}
			}
			overlap(t, db, facts[a], facts[b], ways[round%len(ways)])
			round++
			if got := strings.Join(ledger(t, db), "\n"); got != want {
				t.Errorf("%s, then %s:\n%s\nwant\n%s", a, b, got, want)
			}
			empty(t, db)
		}
	}
}

package desk

import (
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// The sums of a closed month add up before the reader's eyes, and what Stripe settled
// stands apart from what readers gave.
func TestFrozenSums(t *testing.T) {
	x := closing.Closing{Manifests: []report.Manifest{{Report: "donations", Totals: map[money.Currency]map[string]string{
		"EUR": {"settlement_gross": "92.00", "fee": "3.00", "net": "89.00", "dispute_fee": "20.00"},
		"USD": {"amount": "1100.00", "refunded": "0.00", "disputed": "60.00", "net_of_refunds": "1040.00"},
	}}}}
	var got []string
	for _, table := range frozenSums(x) {
		var heads []string
		for _, c := range table.Columns {
			heads = append(heads, c.Label)
		}
		got = append(got, strings.Join(heads, "|"))
		for _, r := range table.Rows {
			var cells []string
			for _, c := range r.Cells {
				cells = append(cells, c.Text)
			}
			got = append(got, strings.Join(cells, "|"))
		}
	}
	want := "Currency|Amount|Refunded|Disputed|Net of refunds\nUSD|1,100.00|0.00|60.00|1,040.00\n" +
		"Currency|Settlement gross|Fee|Net|Dispute fee\nEUR|92.00|3.00|89.00|20.00"
	if all := strings.Join(got, "\n"); all != want {
		t.Errorf("%s\nwant\n%s", all, want)
	}
}

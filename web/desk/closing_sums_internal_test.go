package desk

import (
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// What Stripe settled stands apart from what readers gave on an export's page as well, and
// a currency that has no sum of a group has no column in its table.
func TestSettledSumsOfAnExport(t *testing.T) {
	all := manifestChapters(`{"totals": {"EUR": {"settlement_gross": "92.00", "net": "89.00", "fee": "3.00"}, "USD": {"net_of_refunds": "40.00", "amount": "100.00", "disputed": "60.00"}},
		"totals_by_status": {"succeeded": {"rows": 1, "totals": {"EUR": {"net": "89.00"}, "USD": {"amount": "100.00"}}}},
		"amount_columns": {"amount": {"currency": "currency"}, "settlement_gross": {"currency": "settlement_currency"}, "fee": {"currency": "settlement_currency"}, "net": {"currency": "settlement_currency"}},
		"notes": ["totals are of as_of (totals_by_status.succeeded)"]}`)
	var got []string
	for _, c := range all {
		heads := []string{c.Heading}
		for _, h := range c.Table.Columns {
			heads = append(heads, h.Label)
		}
		got = append(got, strings.Join(heads, "|"))
		for _, r := range c.Table.Rows {
			var cells []string
			for _, x := range r.Cells {
				cells = append(cells, x.Text)
			}
			got = append(got, strings.Join(cells, "|"))
		}
	}
	want := "What the file adds up to|Sum of|USD, all rows|USD, succeeded\nAmount|100.00|100.00\nDisputed|60.00|–\nNet of refunds|40.00|–\n" +
		"As Stripe settled it, in the account’s currency|Sum of|EUR, all rows|EUR, succeeded\nSettlement gross|92.00|–\nFee|3.00|–\nNet|89.00|89.00"
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	if all[0].Lead != "Totals are of the snapshot." {
		t.Errorf("%q", all[0].Lead)
	}
}

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

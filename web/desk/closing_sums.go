package desk

import (
	"slices"

	"github.com/readerfund/readerfund/payments/closing"
)

// sumsGroup is a group of sums of a report that are in the same currency, and so may be
// set against each other.
type sumsGroup struct {
	report, id, caption string
	columns             []string
}

// sumsGroups are the sums by which people know a report. What readers gave and what
// Stripe booked on the account are apart: the second holds gifts of other currencies too.
func sumsGroups() []sumsGroup {
	return []sumsGroup{
		{"donations", "given", "Donations, as readers gave, whatever became of them", []string{"amount", "refunded", "disputed", "net_of_refunds"}},
		{"donations", "settled", "Donations, as Stripe settled them, in the account’s currency", []string{"settlement_gross", "fee", "net", "dispute_fee"}},
		{"payouts", "payouts", "Payouts, in the account’s currency", []string{"payout_amount", "net", "difference"}},
		{"journal", "journal", "Journal", []string{"debit", "credit"}},
	}
}

// frozenSums are the sums of what was closed: a table for each group, a row for each
// currency.
func frozenSums(x closing.Closing) []table {
	var all []table
	for _, g := range sumsGroups() {
		totals := x.Manifest(g.report).Totals
		t := table{Cards: true, ID: "frozen-" + g.id, Caption: g.caption, Columns: []column{{Label: "Currency"}}}
		for _, name := range g.columns {
			t.Columns = append(t.Columns, column{Label: columnWords(name), Number: true})
		}
		for _, c := range sortedCurrencies(totals) {
			line := row{Cells: []cell{text(string(c))}}
			for _, name := range g.columns {
				sum := totals[c][name]
				if sum != "" {
					sum = figureText(sum)
				}
				line.Cells = append(line.Cells, number(orDash(sum)))
			}
			if slices.ContainsFunc(line.Cells[1:], func(c cell) bool { return c.Text != "–" }) {
				t.Rows = append(t.Rows, line)
			}
		}
		if len(t.Rows) > 0 {
			all = append(all, t)
		}
	}
	return all
}

package desk

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// manifestChapters show what a manifest says: its notes, and the sums, per currency, of
// all rows and of those of each status. Sums that are in the account's currency stand
// apart from those in the currencies in which readers gave.
func manifestChapters(manifest string) []chapter {
	var m report.Manifest
	if err := json.Unmarshal([]byte(manifest), &m); err != nil {
		return nil // it can be downloaded, whatever it is
	}
	if len(m.Totals) == 0 {
		return append(closedChapter(m), notesAlone(m)...)
	}
	all := closedChapter(m)
	for _, g := range []struct {
		id, heading, lead, caption string
		of                         func(currency string) bool // the column that has the currency
	}{
		{"sums", "What the file adds up to", notesOf(m), "Sums per currency", func(c string) bool { return !settledIn(c) && !seenIn(c) }},
		{"settled", "As Stripe settled it, in the account\u2019s currency", "Gifts of other currencies are in these sums as they were converted. Do not set them against the sums above.",
			"Sums per currency of the account", settledIn},
		{"seen", "What readers saw, in their currencies", "Do not set these sums against the ones above, which are in the account\u2019s currency.", "Sums per currency of the readers", seenIn},
	} {
		t := sumsTable(m, func(name string) bool { return g.of(m.AmountColumns[name].Currency) })
		t.ID, t.Caption = g.id+"-totals", g.caption
		if len(t.Rows) > 0 || g.id == "sums" {
			all = append(all, chapter{ID: g.id, Heading: g.heading, Lead: g.lead, Table: t})
		}
	}
	return all
}

// settledIn tells whether a column of currencies has those of the account, in a report
// whose other amounts are in the readers'.
func settledIn(column string) bool {
	return column == "settlement_currency" || column == "dispute_fee_currency"
}

// seenIn tells whether it has those of the readers, in a report of the account's movements.
func seenIn(column string) bool {
	return column == "customer_facing_currency" || column == "presentment_currency"
}

// sumsTable has a row for each of some amount columns, and a column for each currency and
// status of which one of them has a sum.
func sumsTable(m report.Manifest, of func(name string) bool) *table {
	names := slices.DeleteFunc(amountNames(m.Totals), func(name string) bool { return !of(name) })
	t := &table{Columns: []column{{Label: "Sum of"}}}
	var sums []map[string]string // one for each column of the table but the first
	add := func(label string, all map[string]string) {
		if slices.ContainsFunc(names, func(name string) bool { return all[name] != "" }) {
			t.Columns, sums = append(t.Columns, column{Label: label, Number: true}), append(sums, all)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(m.Totals)) {
		add(string(c)+", all rows", m.Totals[c])
		for _, status := range slices.Sorted(maps.Keys(m.TotalsByStatus)) {
			add(string(c)+", "+plainWords(status), m.TotalsByStatus[status].Totals[c])
		}
	}
	for _, name := range names {
		line := row{Cells: []cell{text(columnWords(name))}}
		for _, all := range sums {
			sum, has := all[name]
			if has {
				sum = figureText(sum)
			}
			line.Cells = append(line.Cells, number(orDash(sum)))
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// columnWords are what a column of a report is called on a page: net_of_refunds is
// "Net of refunds".
func columnWords(name string) string { return strings.ToUpper(name[:1]) + plainWords(name[1:]) }

// notesAlone is for a report without amounts, or without rows.
func notesAlone(m report.Manifest) []chapter {
	if len(m.Notes) == 0 {
		return nil
	}
	return []chapter{{ID: "sums", Heading: "What the file holds", Lead: notesOf(m)}}
}

// notesOf are a manifest's notes as sentences, in the words of the page.
func notesOf(m report.Manifest) string {
	inWords := strings.NewReplacer(" (totals_by_status.succeeded)", "", " (totals_by_status)", "", "as of as_of", "of the snapshot", "as_of", "the snapshot", "_", " ")
	all := ""
	for _, note := range m.Notes {
		if all != "" {
			all += " "
		}
		all += asSentence(inWords.Replace(note))
	}
	return all
}

// amountNames are the columns that have sums, each group in the order in which it adds
// up, and what is not known here at the end.
func amountNames(totals map[money.Currency]map[string]string) []string {
	known := []string{"amount", "payout_amount", "difference", "debit", "credit", "total_given", "total_ever", "gross", "refunded", "disputed", "net_of_refunds", "fee_cover",
		"settlement_gross", "fee", "fees", "net", "dispute_fee"}
	place := func(name string) int {
		if i := slices.Index(known, name); i >= 0 {
			return i
		}
		return len(known)
	}
	named := map[string]bool{}
	for _, sums := range totals {
		for name := range sums {
			named[name] = true
		}
	}
	return slices.SortedFunc(maps.Keys(named), func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
	})
}

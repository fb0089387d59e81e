package desk

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// manifestChapters show what a manifest says: the sums, per currency, of all rows and of
// those of each status; and its notes.
func manifestChapters(manifest string) []chapter {
	var m report.Manifest
	if err := json.Unmarshal([]byte(manifest), &m); err != nil {
		return nil // it can be downloaded, whatever it is
	}
	if len(m.Totals) == 0 {
		return notesAlone(m)
	}
	totals := &table{ID: "totals", Caption: "Sums per currency", Columns: []column{{Label: "Column"}}}
	var sums []map[string]string // one for each column of the table but the first
	for _, c := range slices.Sorted(maps.Keys(m.Totals)) {
		totals.Columns = append(totals.Columns, column{Label: string(c) + ", all rows", Number: true})
		sums = append(sums, m.Totals[c])
		for _, status := range slices.Sorted(maps.Keys(m.TotalsByStatus)) {
			if of, has := m.TotalsByStatus[status].Totals[c]; has {
				totals.Columns = append(totals.Columns, column{Label: string(c) + ", " + plainWords(status), Number: true})
				sums = append(sums, of)
			}
		}
	}
	for _, name := range amountNames(m.Totals) {
		line := row{Cells: []cell{text(name)}}
		for _, of := range sums {
			sum, has := of[name]
			if has {
				sum = figureText(sum)
			}
			line.Cells = append(line.Cells, number(orDash(sum)))
		}
		totals.Rows = append(totals.Rows, line)
	}
	return []chapter{{ID: "sums", Heading: "What the file adds up to", Lead: notesOf(m), Table: totals}}
}

// notesAlone is for a report without amounts, or without rows.
func notesAlone(m report.Manifest) []chapter {
	if len(m.Notes) == 0 {
		return nil
	}
	return []chapter{{ID: "sums", Heading: "What the file holds", Lead: notesOf(m)}}
}

// notesOf are a manifest's notes as sentences.
func notesOf(m report.Manifest) string {
	all := ""
	for _, note := range m.Notes {
		if all != "" {
			all += " "
		}
		all += asSentence(note)
	}
	return all
}

// amountNames are the columns that have sums, in the order of the alphabet.
func amountNames(totals map[money.Currency]map[string]string) []string {
	named := map[string]bool{}
	for _, sums := range totals {
		for name := range sums {
			named[name] = true
		}
	}
	return slices.Sorted(maps.Keys(named))
}

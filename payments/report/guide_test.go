package report_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
)

// The guide for finance says of each column of each report what it is and where its
// figure comes from, and names no column that is not there.
func TestTheGuideHasEveryColumn(t *testing.T) {
	text, err := os.ReadFile("../../docs/finance.md")
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	for _, name := range report.Names() {
		_, section, found := strings.Cut(string(text), "\n### "+name+"\n")
		if !found {
			t.Errorf("%s has no section", name)
			continue
		}
		section, _, _ = strings.Cut(section, "\n## ")
		section, _, _ = strings.Cut(section, "\n### ")
		described := map[string]bool{}
		for line := range strings.Lines(section) {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
			if !strings.HasPrefix(line, "| `") {
				continue
			}
			if len(cells) != 3 || strings.TrimSpace(cells[1]) == "" || strings.TrimSpace(cells[2]) == "" {
				t.Errorf("%s: a row does not say what and where from: %s", name, line)
			}
			for i, column := range strings.Split(cells[0], "`") {
				if i%2 == 1 {
					described[column] = true
				}
			}
		}
		var file bytes.Buffer
		if _, err := report.Write(t.Context(), db, name, report.Query{From: time.Unix(0, 0), To: time.Unix(1, 0), Zone: time.UTC}, "csv", &file); err != nil {
			t.Fatal(err)
		}
		columns, err := csv.NewReader(&file).Read()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			if !described[c] {
				t.Errorf("%s: %s is not described", name, c)
			}
			delete(described, c)
		}
		for c := range described {
			t.Errorf("%s has no column %s", name, c)
		}
	}
}

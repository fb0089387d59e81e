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

// Whoever reads a column, a key of the manifest or a basis finds it described.
func TestColumnsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/reports-donations.md")
	if err != nil {
		t.Fatal(err)
	}
	donations, payouts, _ := strings.Cut(string(text), "\n## payouts\n")
	db := pgtest.New(t)
	for name, described := range map[string]string{"donations": donations, "payouts": payouts} {
		var file, manifest bytes.Buffer
		m, err := report.Write(t.Context(), db, name, report.Query{From: time.Unix(0, 0), To: time.Unix(1, 0), Zone: time.UTC}, "csv", &file)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := csv.NewReader(&file).Read()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			if !strings.Contains(described, "`"+c+"`") {
				t.Errorf("%s: %s is not described", name, c)
			}
		}
		if _, err := m.WriteTo(&manifest); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(manifest.String()) {
			key, isKey := strings.CutPrefix(line, `  "`)
			if key, _, _ = strings.Cut(key, `"`); isKey && !strings.Contains(string(text), "`"+key+"`") {
				t.Errorf("the manifest's %s is not described", key)
			}
		}
	}
	for _, b := range []report.Basis{report.Received, report.Available, report.PaidOut} {
		if !strings.Contains(donations, "| `"+string(b)+"`") {
			t.Errorf("basis %s is not described", b)
		}
	}
}

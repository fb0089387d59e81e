package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
)

// Each report says the same in each format, and its workbook has the manifest's totals.
func TestFormatsSayTheSame(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	regular(t, db)
	for _, name := range report.Names() {
		q := december(zone(t, "America/New_York"))
		m, rows := table(t, db, name, q)
		if len(rows) == 0 {
			t.Fatalf("%s has no rows, so that nothing is tested", name)
		}
		for _, row := range rows {
			for column, text := range row {
				row[column] = strings.TrimPrefix(text, "'") // which CSV alone puts before a formula
			}
		}
		files := map[string][]byte{}
		for _, format := range report.Formats() {
			var out bytes.Buffer
			of, err := report.Write(t.Context(), db, name, q, format, &out)
			if err != nil {
				t.Fatal(err)
			}
			if of.Rows != m.Rows || fmt.Sprint(of.Totals) != fmt.Sprint(m.Totals) || of.Format != format || of.SHA256 == "" {
				t.Errorf("%s as %s: %+v", name, format, of)
			}
			files[format] = out.Bytes()
		}
		sameAsJSON(t, name, rows, files["jsonl"])
		book, err := excelize.OpenReader(bytes.NewReader(files["xlsx"]))
		if err != nil {
			t.Fatal(err)
		}
		sameAsBook(t, name, rows, book)
		totalsInBook(t, name, m, book)
		if err := book.Close(); err != nil {
			t.Error(err)
		}
		if !bytes.HasPrefix(files["parquet"], []byte("PAR1")) || !bytes.HasSuffix(files["parquet"], []byte("PAR1")) {
			t.Errorf("%s: no Parquet", name)
		}
	}
}

// sameAsJSON compares a CSV's rows with JSON Lines.
func sameAsJSON(t *testing.T, name string, rows []map[string]string, raw []byte) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if len(lines) != len(rows) {
		t.Fatalf("%s: %d lines for %d rows", name, len(lines), len(rows))
	}
	for i, line := range lines {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if len(row) != len(rows[i]) {
			t.Errorf("%s, row %d: %d members for %d columns", name, i, len(row), len(rows[i]))
		}
		for column, want := range rows[i] {
			got := ""
			if row[column] != nil {
				got = fmt.Sprint(row[column])
			}
			if got != want {
				t.Errorf("%s, row %d, %s: %q, in CSV %q", name, i, column, got, want)
			}
		}
	}
}

// sameAsBook compares a CSV's rows with what a workbook shows.
func sameAsBook(t *testing.T, name string, rows []map[string]string, book *excelize.File) {
	t.Helper()
	shown, err := book.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(shown) != len(rows)+1 {
		t.Fatalf("%s: %d rows in the workbook, %d in CSV", name, len(shown)-1, len(rows))
	}
	for i, row := range shown[1:] {
		for j, column := range shown[0] {
			got := ""
			if j < len(row) {
				got = row[j]
			}
			want := rows[i][column]
			if at, err := time.Parse(time.RFC3339, want); err == nil {
				want = at.Format(time.DateTime) // the same clock
			}
			if strings.EqualFold(want, "true") || strings.EqualFold(want, "false") {
				want = strings.ToUpper(want)
			}
			if strings.ReplaceAll(got, ",", "") != want {
				t.Errorf("%s, row %d, %s: %q in the workbook, %q in CSV", name, i, column, got, want)
			}
		}
	}
}

// totalsInBook compares a workbook's totals with the manifest's.
func totalsInBook(t *testing.T, name string, m report.Manifest, book *excelize.File) {
	t.Helper()
	rows, err := book.GetRows("Totals")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for c, columns := range m.Totals {
		for column, sum := range columns {
			want["all "+string(c)+" "+column] = sum
		}
	}
	for status, of := range m.TotalsByStatus {
		for c, columns := range of.Totals {
			for column, sum := range columns {
				want[map[string]string{"payouts": "payout_status"}[name]+" "+status+" "+string(c)+" "+column] = sum
			}
		}
	}
	got := map[string]string{}
	for _, r := range rows[1:] {
		got[strings.TrimPrefix(strings.Join(r[:3], " "), "status")] = strings.ReplaceAll(r[3], ",", "")
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: the workbook has the totals\n%v, the manifest\n%v", name, got, want)
	}
	about, err := book.GetRows("About")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, r := range about[1:] {
		said[r[0]] = r[1]
	}
	if said["report"] != name || said["timezone"] != m.Timezone || said["from"] != m.From || said["to"] != m.To || said["rows"] != fmt.Sprint(m.Rows) || said["as_of"] == "" {
		t.Errorf("%s: About says %v, the manifest is %+v", name, said, m)
	}
}

package sheet_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

func columns() []sheet.Column {
	return []sheet.Column{
		{Name: "id"}, {Name: "name"}, {Name: "at", Kind: sheet.Time}, {Name: "day", Kind: sheet.Date},
		{Name: "currency"}, {Name: "amount", Kind: sheet.Amount}, {Name: "fee", Kind: sheet.Amount},
		{Name: "gifts", Kind: sheet.Count}, {Name: "anonymous", Kind: sheet.Flag}, {Name: "rate", Kind: sheet.Rate},
	}
}

// gift is a row of columns, as a test means it.
type gift struct {
	id, name string
	at       time.Time
	day      int64
	amount   money.Amount
	fee      money.Amount // no currency where it is not known
	gifts    int64
	flag     bool
	rate     string
}

var winter = time.Date(2026, 1, 15, 11, 30, 5, 999, time.UTC)

func gifts() []gift {
	return []gift{
		{"don_1", "Ada", winter, winter.Unix(), money.New(2510, "EUR"), money.New(103, "EUR"), 3, true, "1.08354"},
		{"don_2", "=1+1", winter.AddDate(0, 6, 0), 0, money.New(-5, "USD"), money.Amount{}, 0, false, ""},
		{"don_3", "“Grüße”, \"quoted\"\nand <b>&amp; a second line", time.Time{}, -1, money.New(500, "JPY"), money.New(1, "ISK"), -7, false, "odd"},
		{"don_4", "  \u00a0+49", time.Unix(-1, 0), 86400 * 20000, money.New(1500, "KWD"), money.New(50000, "ISK"), 1 << 40, true, "0.00001"},
		{"don_5", "", winter, 0, money.New(99_999_999_999_99, "EUR"), money.Amount{}, 0, false, ""},
	}
}

// write gives all gifts to a writer and says what it wrote.
func write(t *testing.T, f sheet.Format, most ...sheet.Option) []byte {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := sheet.New(f, &out, sheet.Options{Title: "gifts", Zone: berlin, Columns: columns()}, most...)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abandon()
	var r sheet.Row
	for _, g := range gifts() {
		fill(&r, g)
		if err := w.Write(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(sheet.Summary{
		Notes:  []sheet.Note{{Name: "report", Value: "gifts"}, {Name: "timezone", Value: "=Europe/Berlin"}},
		Totals: []sheet.Total{{Column: "amount", Amount: money.New(1500, "KWD")}, {Of: "status failed", Column: "amount", Amount: money.New(-5, "USD")}},
	}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func fill(r *sheet.Row, g gift) {
	r.Reset()
	r.Bytes([]byte(g.id))
	r.Text(g.name)
	r.Time(g.at)
	r.Day(g.day)
	r.Text(string(g.amount.Currency))
	r.Amount(g.amount)
	if g.fee.Currency == "" {
		r.Empty()
	} else {
		r.Shown(g.fee)
	}
	r.Count(g.gifts)
	r.Flag(g.flag)
	r.Rate(g.rate)
}

// cells are the rows as CSV and JSON Lines have them, without the apostrophe that CSV
// puts before a formula.
func cells() [][]string {
	return [][]string{
		{"don_1", "Ada", "2026-01-15T12:30:05+01:00", "2026-01-15", "EUR", "25.10", "1.03", "3", "true", "1.08354"},
		{"don_2", "=1+1", "2026-07-15T13:30:05+02:00", "1970-01-01", "USD", "-0.05", "", "0", "false", ""},
		{"don_3", "“Grüße”, \"quoted\"\nand <b>&amp; a second line", "", "1969-12-31", "JPY", "500", "0.01", "-7", "false", "odd"},
		{"don_4", "  \u00a0+49", "1970-01-01T00:59:59+01:00", "2024-10-04", "KWD", "1.500", "500", "1099511627776", "true", "0.00001"},
		{"don_5", "", "2026-01-15T12:30:05+01:00", "1970-01-01", "EUR", "99999999999.99", "", "0", "false", ""},
	}
}

func TestCSV(t *testing.T) {
	lines, err := csv.NewReader(bytes.NewReader(write(t, sheet.CSV))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(lines[0], " "), "id name at day currency amount fee gifts anonymous rate"; got != want {
		t.Errorf("header %q", got)
	}
	for i, want := range cells() {
		if strings.ContainsAny(want[1], "=+") {
			want[1] = "'" + want[1]
		}
		if got := lines[i+1]; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
	}
}

func TestJSONLines(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(string(write(t, sheet.JSONL)), "\n"), "\n")
	for i, want := range cells() {
		var row map[string]any
		d := json.NewDecoder(strings.NewReader(lines[i]))
		d.UseNumber()
		if err := d.Decode(&row); err != nil {
			t.Fatalf("%s: %v", lines[i], err)
		}
		for j, c := range columns() {
			var cell any = want[j]
			switch {
			case want[j] == "":
				cell = nil
			case c.Kind == sheet.Flag:
				cell = want[j] == "true"
			case c.Kind == sheet.Count:
				cell = json.Number(want[j])
			}
			if row[c.Name] != cell {
				t.Errorf("row %d, %s: %#v, want %#v", i, c.Name, row[c.Name], cell)
			}
		}
	}
	if len(lines) != len(cells()) {
		t.Errorf("%d lines", len(lines))
	}
	if !strings.HasPrefix(lines[0], `{"id":"don_1","name":"Ada","at":`) {
		t.Errorf("the members are not in the columns' order: %s", lines[0])
	}
}

// A row that does not fit its columns is an error in every format, and no row of
// another report.
func TestARowThatDoesNotFit(t *testing.T) {
	for _, f := range sheet.Formats() {
		w, err := sheet.New(f, &bytes.Buffer{}, sheet.Options{Title: "gifts", Zone: time.UTC, Columns: columns()[:2]})
		if err != nil {
			t.Fatal(err)
		}
		var r sheet.Row
		r.Text("don_1")
		if w.Write(&r) == nil {
			t.Errorf("%s: a row with too few cells was written", f)
		}
		r.Count(3)
		if w.Write(&r) == nil {
			t.Errorf("%s: a number was written as a text", f)
		}
		w.Abandon()
	}
	if _, err := sheet.New("docx", &bytes.Buffer{}, sheet.Options{}); err == nil || !strings.Contains(err.Error(), "csv, xlsx, jsonl, parquet") {
		t.Errorf("%v", err)
	}
}

// failing is a disk that is full.
type failing struct{}

var errFull = errors.New("no space left")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestAFullDiskIsNoticed(t *testing.T) {
	for _, f := range sheet.Formats() {
		w, err := sheet.New(f, failing{}, sheet.Options{Title: "gifts", Zone: time.UTC, Columns: columns()})
		if err != nil {
			t.Fatal(err)
		}
		var r sheet.Row
		fill(&r, gifts()[0])
		err = w.Write(&r)
		if err == nil {
			err = w.Close(sheet.Summary{})
		}
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f, err)
		}
		w.Abandon()
	}
}

func TestTotalsCountWhatCounts(t *testing.T) {
	var r sheet.Row
	got := map[string]money.Amount{}
	for _, g := range gifts()[:2] {
		fill(&r, g)
		for i, c := range columns() {
			if a, counted := r.Counted(i); counted {
				got[c.Name+" "+string(a.Currency)] = a
			}
		}
	}
	if len(got) != 2 || got["amount EUR"].Minor != 2510 || got["amount USD"].Minor != -5 {
		t.Errorf("%v", got)
	}
}

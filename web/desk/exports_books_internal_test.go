package desk

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// What is chosen for a bookkeeping program becomes the order's format, or a sentence at
// the question that is to be answered otherwise.
func TestWhatIsOrderedForAProgram(t *testing.T) {
	e := &exporter{lister: lister{Options: Options{Zone: time.UTC}}}
	for _, c := range []struct{ asked, format, field, says string }{
		{"report=journal&format=xero&summary=day&lines=200&currency=EUR", "xero; lines=200; summary=day", "", ""},
		{"report=journal&format=beancount&opens=first", "beancount; opens=first", "", ""},
		{"report=journal&format=quickbooks&currency=USD", "quickbooks", "", ""},
		{"report=journal&format=csv", "csv", "", ""},
		{"report=donations&format=xero&currency=EUR", "", "format", "Xero imports the journal alone"},
		{"report=journal&format=sage", "", "format", "is not known"},
		{"report=journal&format=xero%3B+summary%3Dday", "", "format", "Choose one of the formats"},
		{"report=journal&format=csv&summary=day", "", "summary", "for QuickBooks, Xero and Beancount alone"},
		{"report=journal&format=xlsx&lines=5", "", "lines", "for QuickBooks, Xero and Beancount alone"},
		{"report=journal&format=xero&lines=many&currency=EUR", "", "lines", "is no number of lines"},
		{"report=journal&format=xero&lines=1&currency=EUR", "", "lines", "too few"},
		{"report=journal&format=xero&summary=year&currency=EUR", "", "summary", "by day or by month"},
		{"report=journal&format=beancount&lines=5", "", "lines", "any number of lines"},
		{"report=journal&format=quickbooks&opens=apart&currency=EUR", "", "opens", "Only Beancount"},
		{"report=journal&format=xero", "", "currency", "your books are kept in EUR and USD"},
	} {
		asked, err := url.ParseQuery(c.asked)
		if err != nil {
			t.Fatal(err)
		}
		f, o, wrong := e.read(asked, time.Now(), []money.Currency{"EUR", "USD"})
		if c.field == "" {
			if wrong != "" || o.Format != c.format {
				t.Errorf("%s: %q, %s", c.asked, o.Format, wrong)
			}
			continue
		}
		marked := ""
		for _, q := range append(append(f.Fields, f.Rare...), f.Books...) {
			if q.Problem != "" {
				marked += q.Name
			}
		}
		if !strings.Contains(wrong, c.says) || marked != c.field {
			t.Errorf("%s: %q at %q", c.asked, wrong, marked)
		}
	}
}

// An order for a program comes back in the form as it was, here and where it is saved.
func TestAnOrderForAProgramInTheForm(t *testing.T) {
	e, s := &exporter{lister: lister{Options: Options{Zone: time.UTC}}}, &saver{lister: lister{Options: Options{Zone: time.UTC}}}
	for _, b := range []exports.Books{
		{Program: accounts.Xero, Summary: report.ByMonth, Lines: 120},
		{Program: accounts.Beancount, Opens: exports.Apart},
		{Program: accounts.Beancount, Opens: exports.First},
	} {
		o := exports.Order{Report: "journal", Format: b.Format(), Query: report.Query{Zone: time.UTC, From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}}
		if _, again, wrong := e.read(orderQuery(o), time.Now(), nil); wrong != "" || again.Format != o.Format {
			t.Errorf("%q, want %q; %s", again.Format, o.Format, wrong)
		}
		asked, err := url.Parse(saveAddress(o))
		if err != nil {
			t.Fatal(err)
		}
		values := asked.Query()
		values.Set("name", "Books")
		q, kept := s.read(values, nil)
		if b.Opens == exports.First { // the next ones are not the first
			b.Opens = exports.Apart
		}
		if q.problem != "" || kept.Format != b.Format() || !q.booksOpen {
			t.Errorf("saved: %q, want %q; %s", kept.Format, o.Format, q.problem)
		}
		if got := formOf(kept); got.Get("format") != string(b.Program) || got.Get("summary") != string(b.Summary) || got.Get("opens") != string(b.Opens) {
			t.Errorf("changed: %v", got)
		}
	}
}

// A format is told in words, and an archive's files in a table.
func TestBooksInWords(t *testing.T) {
	for format, want := range map[string]string{
		"quickbooks; summary=day":         "QuickBooks Online, for its import of journal entries, one journal for each day",
		"xero; lines=1200; summary=month": "Xero, for its import of manual journals, one journal for each month, at most 1,200 lines in a file",
		"beancount; opens=apart":          "Beancount, for its ledgers, accounts in a file of their own",
		"csv":                             "CSV, for spreadsheets and imports",
	} {
		if got := formatWords(format); got != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
	all := filesChapters(`{"files": [{"name": "a.csv", "rows": 300, "sha256": "ab"}, {"name": "a-2.csv", "rows": 4, "sha256": "cd"}]}`)
	if len(all) != 1 || len(all[0].Table.Rows) != 2 || all[0].Table.Rows[1].Cells[0].Text != "a-2.csv" {
		t.Errorf("%+v", all)
	}
	of := func(files int) string {
		return `{"files": [` + strings.Repeat(`{"name": "a.csv"}, `, files-1) + `{"name": "z.csv"}]}`
	}
	if many := filesChapters(of(500)); len(many[0].Table.Rows) != 50 || !strings.Contains(many[0].Lead, "500 files; here are the first 50.") {
		t.Errorf("%+v", many)
	}
	if few := filesChapters(of(50)); len(few[0].Table.Rows) != 50 || strings.Contains(few[0].Lead, "the first 50") {
		t.Errorf("%+v", few)
	}
	if one := filesChapters(`{"files": [{"name": "a.csv", "rows": 300, "sha256": "ab"}]}`); len(one) != 0 {
		t.Errorf("%+v", one)
	}
}

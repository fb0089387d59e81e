package exports_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// What is chosen for a bookkeeping program is one text, and that is read as it was
// written; another text that means the same is none.
func TestFormatsOfBooks(t *testing.T) {
	for _, c := range []struct {
		books exports.Books
		want  string
	}{
		{exports.Books{Program: accounts.QuickBooks}, "quickbooks"},
		{exports.Books{Program: accounts.Xero, Summary: report.ByDay, Lines: 200}, "xero; lines=200; summary=day"},
		{exports.Books{Program: accounts.Beancount, Summary: report.ByMonth, Opens: exports.First}, "beancount; opens=first; summary=month"},
	} {
		if got := c.books.Format(); got != c.want {
			t.Errorf("%+v is %q, want %q", c.books, got, c.want)
		}
		if got, ok := exports.ReadFormat(c.want); !ok || got != c.books {
			t.Errorf("%q: %+v, %v", c.want, got, ok)
		}
		if err := exports.CheckFormat("journal", c.want); err != nil {
			t.Errorf("%q: %v", c.want, err)
		}
	}
	for _, none := range []string{"", "csv", "xero;summary=day", "Xero", "xero; summary=day; lines=200", "xero; lines=+5", "xero; lines=05", "xero; color=red", "sage", "xero; ", "xero; lines=x"} {
		if b, ok := exports.ReadFormat(none); ok {
			t.Errorf("%q was read as %+v", none, b)
		}
	}
}

// What does not fit together is refused at the choice that is to be another.
func TestFormatsThatDoNotFit(t *testing.T) {
	for _, c := range []struct{ report, format, field, says string }{
		{"donations", "docx", "format", "not known"},
		{"journal", "sage", "format", "not known"},
		{"donations", "xero", "format", "Xero imports the journal alone"},
		{"journal", "xero; summary=year", "summary", "by day or by month"},
		{"journal", "quickbooks; lines=1", "lines", "too few"},
		{"journal", "quickbooks; lines=-3", "lines", "too few"},
		{"journal", "quickbooks; lines=2000000", "lines", "at most 1000000"},
		{"journal", "beancount; lines=100", "lines", "any number of lines"},
		{"journal", "beancount; opens=else", "opens", "no such place"},
		{"journal", "xero; opens=apart", "opens", "Only Beancount"},
	} {
		wrong, ok := errors.AsType[*exports.FormatError](exports.CheckFormat(c.report, c.format))
		if !ok || wrong.Field != c.field || !strings.Contains(wrong.Sentence, c.says) {
			t.Errorf("%s as %s: %+v", c.report, c.format, wrong)
		}
	}
	for _, format := range report.Formats() {
		for _, name := range report.Names() {
			if err := exports.CheckFormat(name, format); err != nil {
				t.Errorf("%s as %s: %v", name, format, err)
			}
		}
	}
	if all := strings.Join(exports.Formats(), " "); all != "csv xlsx jsonl parquet quickbooks xero beancount" {
		t.Error(all)
	}
}

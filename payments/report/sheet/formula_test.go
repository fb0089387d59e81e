package sheet_test

import (
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/report/sheet"
)

// A spreadsheet with other settings than ours cuts a line at semicolons or tabs, and
// takes quotes within for letters: no part of a text is to begin as a formula.
func TestNoPartOfATextIsAFormula(t *testing.T) {
	for text, want := range map[string]string{
		`x;=HYPERLINK("http://example.org","look")`: `x;'=HYPERLINK("http://example.org","look")`,
		"a\t@b":                "a\t'@b",
		"a; =1":                "a;' =1",
		`a;"=1"`:               `a;'"=1"`,
		"a;;＝1":                "a;;'＝1",
		"a;\u200b+1":           "a;'\u200b+1",
		"two\n=1":              "two\n'=1",
		"two\r\n-1":            "two\r\n'-1",
		"x; \n=1":              "x; \n'=1",
		"=1;=2":                "'=1;'=2",
		"\t=1":                 "'\t'=1",
		"Dear all; it is good": "Dear all; it is good",
		"a-b;c=d;":             "a-b;c=d;",
		"a,=1":                 "a,=1", // the file's own separator: it is within quotes
		"":                     "",
	} {
		if got := sheet.Harmless(text); got != want {
			t.Errorf("%q became %q and not %q", text, got, want)
		}
		if strings.ReplaceAll(want, "'", "") != text {
			t.Errorf("%q: only apostrophes are to be added", want)
		}
	}
}

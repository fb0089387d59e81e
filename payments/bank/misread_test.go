package bank_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/bank"
)

// Banks write in many ways what came and what went. Whichever it is, a statement that
// has both is read as it was meant, or refused; and read as it was meant once that is
// said.
func TestDirectionsAreNeverMisread(t *testing.T) {
	type way struct{ credit, debit, back, told string } // a row's amounts behind its text; back is of a debit that came back
	ways := map[string]struct {
		head string
		way
	}{
		"a minus":                             {"Amount", way{"%s", "-%s", "%s", "sign=-"}},
		"DR":                                  {"Amount", way{"%s", "%s DR", "%s", "sign=-"}},
		"CR":                                  {"Amount", way{"%s CR", "%s", "%s CR", "sign=Amount"}},
		"CR, a minus is back":                 {"Amount", way{"%s CR", "%s", "-%s", ""}},
		"a plus":                              {"Amount", way{"+%s", "%s", "+%s", "sign=Amount"}},
		"a type":                              {"Amount,Type", way{"%s,Credit", "%s,Debit", "%s,Credit", "sign=Type"}},
		"a type, a minus is back":             {"Amount,Type", way{"%s,Credit", "%s,Debit", "-%s,Debit", ""}},
		"a type and a plus":                   {"Amount,Type", way{"+%s,Credit", "%s,Debit", "+%s,Credit", "sign=Type"}},
		"a type that says nothing of it":      {"Amount,Card", way{"%s,Debit", "-%s,Debit", "%s,Debit", "sign=-"}},
		"two columns":                         {"Credit,Debit", way{"%s,", ",%s", "%s,", ""}},
		"two columns, debits with a minus":    {"Credit,Debit", way{"%s,", ",-%s", ",%s", "sign=-"}},
		"two columns, a minus is back":        {"Credit,Debit", way{"%s,", ",%s", ",-%s", "sign=Debit"}},
		"two columns and DR":                  {"Credit,Debit", way{"%s CR,", ",%s DR", ",%s CR", "sign=-"}},
		"deposits, and a type that tells all": {"Deposit,Type", way{"%s,Credit", "%s,Debit", "%s,Credit", "amount=Deposit"}},
	}
	rapid.Check(t, func(t *rapid.T) {
		w := ways[rapid.SampledFrom(slices.Sorted(maps.Keys(ways))).Draw(t, "way")]
		// Without one of each nobody could tell some of the ways apart.
		kinds := append([]string{w.credit, w.debit}, rapid.SliceOfN(rapid.SampledFrom([]string{w.credit, w.debit, w.back}), 0, 4).Draw(t, "kinds")...)
		kinds = rapid.Permutation(kinds).Draw(t, "order")
		var file, want strings.Builder
		fmt.Fprintf(&file, "Date,Text,%s\n", w.head)
		for _, kind := range kinds {
			sign := ""
			if kind == w.debit {
				sign = "-"
			}
			fmt.Fprintf(&file, "2026-05-06,x,"+kind+"\n", "30.00")
			fmt.Fprintf(&want, "2026-05-06 %s30.00 EUR x\n", sign)
		}
		if lines, err := read(file.String(), bank.Options{Currency: "EUR"}); err == nil && said(lines) != want.String() {
			t.Fatalf("%s\nis read as\n%s", &file, said(lines))
		}
		if what, heading, ok := strings.Cut(w.told, "="); ok {
			lines, err := read(file.String(), bank.Options{Currency: "EUR", Columns: map[string]string{what: heading}})
			if err != nil || said(lines) != want.String() {
				t.Fatalf("%s\nwith --column %s is read as\n%s%v", &file, w.told, said(lines), err)
			}
		}
	})
}

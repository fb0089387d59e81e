package ledger_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

const (
	payoutFile   = "/_control/report/payout_reconciliation.csv"
	activityFile = "/_control/report/balance_change_from_activity.csv"
)

// download is one of Stripe's reports of the account.
func (a *account) download(path string) string {
	a.t.Helper()
	answer := httptest.NewRecorder()
	a.Server().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	if answer.Code != http.StatusOK {
		a.t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// against compares and gives what was found, a line each.
func (b *books) against(file string, kind ledger.ReportKind) (ledger.Against, []string) {
	b.t.Helper()
	var found []string
	out, err := ledger.CompareReport(b.t.Context(), b.db, strings.NewReader(file), kind, time.UTC, func(d ledger.FileDifference) {
		found = append(found, d.String())
	})
	if err != nil {
		b.t.Fatal(err)
	}
	if out.Differences != len(found) {
		b.t.Errorf("%d differences are counted, %d told", out.Differences, len(found))
	}
	return out, found
}

// edit changes a file as a table.
func edit(t *testing.T, file string, change func([][]string) [][]string) string {
	t.Helper()
	table, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	if err := w.WriteAll(change(table)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A download of either report equals the books, row by row, whatever its columns'
// order and its time zone.
func TestStripesOwnReportsAreEqual(t *testing.T) {
	a := week(t)
	b := a.newBooks(nil)
	b.reconcile()
	for path, want := range map[string]ledger.ReportKind{payoutFile: ledger.PayoutReport, activityFile: ledger.ActivityReport} {
		file := a.download(path)
		out, found := b.against(file, "")
		if out.Report != want || out.Rows < 5 || len(found) > 0 {
			t.Errorf("%s: %+v\n%s", path, out, strings.Join(found, "\n"))
		}
		turned := "\ufeff" + edit(t, file, func(table [][]string) [][]string {
			for _, row := range table {
				slices.Reverse(row)
			}
			return table
		})
		if out, found := b.against(turned, want); out.Report != want || len(found) > 0 {
			t.Errorf("%s turned about: %+v\n%s", path, out, strings.Join(found, "\n"))
		}
		moved := a.download(path + "?timezone=America/New_York")
		if _, found := b.against(moved, ""); len(found) > 0 {
			t.Errorf("%s in another zone:\n%s", path, strings.Join(found, "\n"))
		}
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	local := a.download(activityFile + "?timezone=America/New_York&columns=balance_transaction_id,created,available_on,currency,gross,fee,net")
	out, err := ledger.CompareReport(t.Context(), b.db, strings.NewReader(local), "", zone, func(d ledger.FileDifference) { t.Error(d) })
	if err != nil || out.Rows < 5 {
		t.Errorf("%+v %v", out, err)
	}
}

// Of a fee that Stripe takes for a charge the payer saw nothing, in the file as here.
func TestAFeeOfAChargeEqualsStripesReport(t *testing.T) {
	a := week(t)
	b := a.newBooks(nil)
	b.reconcile()
	made := a.history().Truth.Payments[0]
	b.exec(`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
		values ('txn_cost', $1, 'stripe_fee', 'network_cost', 'USD', -7, 0, -7, '', 1735689600, 1735689600)`, made.Charge)
	head := "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,customer_facing_amount,customer_facing_currency\n"
	if out, found := b.against(head+"txn_cost,2025-01-01 00:00:00,usd,-0.07,0.00,-0.07,network_cost,"+made.Charge+",,\n", ""); out.Rows != 1 || len(found) > 0 {
		t.Errorf("%+v %v", out, found)
	}
}

// Each way in which a file and the books can differ is named, once, by its row.
func TestEveryDifferenceFromAReportIsNamed(t *testing.T) {
	a := week(t)
	b := a.newBooks(nil)
	b.reconcile()
	file := a.download(payoutFile)
	column := map[string]int{}
	var first, second []string
	edit(t, file, func(table [][]string) [][]string {
		for i, name := range table[0] {
			column[name] = i
		}
		first, second = table[1], table[2]
		return table
	})
	cell := func(row []string, name string) string { return row[column[name]] }
	for _, tt := range []struct {
		name   string
		change func([][]string) [][]string
		want   string
	}{
		{"a row less", func(table [][]string) [][]string { return slices.Delete(table, 1, 2) },
			fmt.Sprintf("here and not in the file: balance transaction %s of ", cell(first, "balance_transaction_id"))},
		{"a row more", func(table [][]string) [][]string {
			more := slices.Clone(table[1])
			more[column["balance_transaction_id"]] = "txn_unknown"
			return append(table, more)
		}, fmt.Sprintf("in Stripe and not here: balance transaction txn_unknown of %sT00:00:00Z: gross %s, fee %s, net %s",
			cell(first, "automatic_payout_effective_at_utc")[:10], cell(first, "gross"), cell(first, "fee"), cell(first, "net"))},
		{"another fee", func(table [][]string) [][]string { table[1][column["fee"]] = "0.01"; return table },
			"line 2: differs: balance transaction " + cell(first, "balance_transaction_id")},
		{"a row twice", func(table [][]string) [][]string { return append(table, table[1]) }, "is once here, there twice, first on line 2 in Stripe"},
		{"another payout", func(table [][]string) [][]string {
			table[2][column["automatic_payout_id"]] = "po_other"
			return table
		}, "automatic_payout_id is " + cell(second, "automatic_payout_id") + " here, po_other in Stripe"},
		{"another category", func(table [][]string) [][]string {
			table[1][column["reporting_category"]] = "tax"
			return table
		}, "reporting_category is " + cell(first, "reporting_category") + " here, tax in Stripe"},
		{"another currency", func(table [][]string) [][]string { table[1][column["currency"]] = "jpy"; return table }, "in Stripe"},
		{"no number", func(table [][]string) [][]string { table[1][column["net"]] = "1,5"; return table }, "net is " + cell(first, "net") + " here, 1,5 in Stripe"},
		{"another day", func(table [][]string) [][]string {
			table[1][column["available_on_utc"]] = "2031-01-01 00:00:00"
			return table
		}, "here, 2031-01-01T00:00:00Z in Stripe"},
	} {
		if _, found := b.against(edit(t, file, tt.change), ""); len(found) != 1 || !strings.Contains(found[0], tt.want) {
			t.Errorf("%s: want %s, told\n%s", tt.name, tt.want, strings.Join(found, "\n"))
		}
	}

	// What is missing here is named by the file, what is too much by the books.
	b.exec(`delete from payout_rows where id = $1`, cell(first, "balance_transaction_id"))
	if _, found := b.against(file, ""); len(found) != 1 || !strings.Contains(found[0], "automatic_payout_id is nothing here, "+cell(first, "automatic_payout_id")) {
		t.Errorf("a row of a payout is missing here: %v", found)
	}
	b.exec(`delete from balance_transactions where id = $1`, cell(second, "balance_transaction_id"))
	if _, found := b.against(a.download(activityFile), ""); !slices.ContainsFunc(found, func(s string) bool {
		return strings.Contains(s, "in Stripe and not here: balance transaction "+cell(second, "balance_transaction_id"))
	}) {
		t.Errorf("a balance transaction is missing here: %v", found)
	}
}

func TestAFileThatIsNoReportSaysWhy(t *testing.T) {
	a := newAccount(t, histories.Options{Seed: 2})
	b := a.newBooks(nil)
	for text, want := range map[string]string{
		"":                       "the file is empty",
		"date,amount\n1,2\n":     "the file has no column balance_transaction_id; download Stripe's report",
		"id;Created (UTC);Net\n": `itemised, as CSV (its columns are "id;Created (UTC);Net")`,
		"a,b,c,d,e,f,g,h,i,j\n":  `its columns are "a", "b", "c", "d", "e", "f", "g", "h" and 2 more`,
		"automatic_payout_id,balance_transaction_id,created,currency,gross,fee,net\n": "compared as payout_reconciliation.itemized, the file has neither a column automatic_payout_effective_at",
		"balance_transaction_id\n":                                                        "no column currency",
		"balance_transaction_id,currency,gross,fee,net\n":                                 "neither a column created nor created_utc",
		"balance_transaction_id,currency,gross,fee,net,created\n,usd,1,1,1,1\n":           "line 2 has no balance_transaction_id",
		"balance_transaction_id,currency,gross,fee,net,created\nx,usd,1,1,1,31.12.2026\n": "line 2: the time \"31.12.2026\" in created is not written as Stripe writes it",
		"balance_transaction_id,currency,gross,fee,net,created\nx,usd,1,1,1,\n":           "line 2 does not say when it was",
		"balance_transaction_id,currency,gross,fee,net,created\nx,usd\n":                  "no CSV as Stripe writes it",
		"balance_transaction_id,currency,fee,gross,net,net,created\n":                     "the column net is there twice",
	} {
		_, err := ledger.CompareReport(t.Context(), b.db, strings.NewReader(text), "", time.UTC, func(ledger.FileDifference) {})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	head := "balance_transaction_id,currency,gross,fee,net,created\n"
	if out, found := b.against(head, ""); out.Rows != 0 || len(found) > 0 {
		t.Errorf("a report of nothing: %+v %v", out, found)
	}
}

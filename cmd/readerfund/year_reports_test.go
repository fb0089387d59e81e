package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// minor are sums in minor units.
type minor map[string]int64

func (m minor) add(t *testing.T, key, currency, amount string) {
	t.Helper()
	if amount == "" {
		return
	}
	text, negative := strings.CutPrefix(amount, "-")
	a, err := money.Parse(text, money.Currency(currency))
	if err != nil {
		t.Fatal(err)
	}
	if negative {
		a.Minor = -a.Minor
	}
	m[key] += a.Minor
}

func wantSums(t *testing.T, what string, got, want minor) {
	t.Helper()
	drop := func(_ string, n int64) bool { return n == 0 }
	maps.DeleteFunc(got, drop)
	maps.DeleteFunc(want, drop)
	if !maps.Equal(got, want) || len(got) == 0 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// export writes a report and hands on each row by column.
func (y *year) export(row func(map[string]string), args ...string) {
	y.t.Helper()
	file := filepath.Join(y.dir, "report.csv")
	y.command(append([]string{"export", "--from", "2025-01-01", "--to", "2026-03-01", "--out", file}, args...)...)
	y.csv(file, row)
}

func (y *year) csv(file string, each func(map[string]string)) {
	y.t.Helper()
	in, err := os.Open(file)
	if err != nil {
		y.t.Fatal(err)
	}
	defer func() {
		if err := in.Close(); err != nil {
			y.t.Error(err)
		}
	}()
	r := csv.NewReader(in)
	head, err := r.Read()
	if err != nil {
		y.t.Fatal(err)
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			y.t.Fatal(err)
		}
		row := make(map[string]string, len(head))
		for i, name := range head {
			row[name] = cells[i]
		}
		each(row)
	}
}

// reports holds every report of the year against the others.
func (y *year) reports() {
	bank, income, fees := y.journal()
	y.payouts(bank)
	y.donations(income, fees)
	y.screen()
	y.bookkeeping(bank)
	y.stripesOwn()
	y.command("rebuild", "--check") // ends with 1 where a posting or any other row differs
}

// journal gives what stands on the bank, the income by campaign and kind, and the
// fees of payments.
func (y *year) journal() (bank, income, fees minor) {
	t := y.t
	bank, income, fees = minor{}, minor{}, minor{}
	debit, credit, entry := minor{}, minor{}, minor{}
	last := ""
	balanced := func() {
		for _, off := range entry {
			if off != 0 {
				t.Errorf("entry %s is off by %d", last, off)
			}
		}
		clear(entry)
	}
	y.export(func(r map[string]string) {
		if r["entry_id"] != last {
			balanced()
			last = r["entry_id"]
		}
		c := r["currency"]
		debit.add(t, c, c, r["debit"])
		credit.add(t, c, c, r["credit"])
		signed := minor{}
		signed.add(t, "", c, r["debit"])
		if r["credit"] != "" {
			signed.add(t, "", c, "-"+r["credit"])
		}
		entry[c] += signed[""]
		switch {
		case r["account"] == "bank":
			bank[c] += signed[""]
		case strings.HasPrefix(r["account"], "donations:"):
			income[r["account"]+" "+c] -= signed[""]
		case r["account"] == "fees" && r["reporting_category"] == "charge":
			fees[c] += signed[""]
		}
	}, "journal")
	balanced()
	wantSums(t, "the journal's debits and credits", debit, credit)
	return bank, income, fees
}

// payouts is exact: each payout's rows add up to it, and those that arrived to the
// bank.
func (y *year) payouts(bank minor) {
	t := y.t
	arrived, rows := minor{}, minor{}
	amount := map[string]minor{}
	failed := map[string]bool{}
	y.export(func(r map[string]string) {
		if r["difference"] != "0.00" || r["payout_state"] != "closed" {
			t.Errorf("payout %s: difference %s, %s", r["payout_id"], r["difference"], r["payout_state"])
		}
		rows.add(t, r["payout_id"], r["currency"], r["net"])
		if amount[r["payout_id"]] == nil {
			amount[r["payout_id"]] = minor{}
			amount[r["payout_id"]].add(t, "", r["currency"], r["payout_amount"])
			if r["payout_status"] == "failed" {
				failed[r["payout_id"]] = true
			} else {
				arrived[r["currency"]] += amount[r["payout_id"]][""]
			}
		}
	}, "payouts")
	for id, a := range amount {
		if rows[id] != a[""] {
			t.Errorf("payout %s is of %d, its rows of %d", id, a[""], rows[id])
		}
	}
	if len(failed) != 2 || len(amount) < 100 {
		t.Errorf("%d of %d payouts failed", len(failed), len(amount))
	}
	wantSums(t, "what payouts brought to the bank", arrived, bank)
}

// donations says of the settled gifts what the journal says.
func (y *year) donations(income, fees minor) {
	t := y.t
	gross, fee, presented := minor{}, minor{}, minor{}
	gifts := 0
	y.export(func(r map[string]string) {
		if r["status"] != "succeeded" {
			return
		}
		gifts++
		presented[r["currency"]]++
		c := r["settlement_currency"]
		gross.add(t, fmt.Sprintf("donations:%s:%s %s", r["campaign"], r["kind"], c), c, r["settlement_gross"])
		fee.add(t, c, c, r["fee"])
	}, "donations")
	if gifts < y.gifts || len(presented) != 3 {
		t.Errorf("%d gifts in %v", gifts, presented)
	}
	wantSums(t, "income", gross, income)
	wantSums(t, "fees", fee, fees)
}

// bookkeeping writes the journal as programs take it.
func (y *year) bookkeeping(bank minor) {
	t := y.t
	for currency, want := range bank {
		got := minor{}
		y.export(func(r map[string]string) {
			if r["*AccountCode"] == "PAYOUTS" {
				got.add(t, currency, currency, r["*Amount"])
			}
		}, "journal", "--for", "xero", "--summary", "month", "--currency", currency)
		wantSums(t, "the bank for Xero", got, minor{currency: want})
	}
	file := filepath.Join(y.dir, "year.beancount")
	y.command("export", "journal", "--from", "2025-01-01", "--to", "2026-03-01", "--for", "beancount", "--out", file)
	program := os.Getenv("BEAN_CHECK")
	if program == "" {
		path, err := exec.CommandContext(t.Context(), filepath.Join("..", "..", ".ci", "need"), "beancount").Output()
		if err != nil {
			t.Fatalf(".ci/need beancount: %v", err)
		}
		program = strings.TrimSpace(string(path))
	}
	began := time.Now()
	if out, err := exec.CommandContext(t.Context(), program, "--no-cache", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("Beancount refuses the year: %v\n%.2000s", err, out)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("Beancount's check of %d MB: %.0f s", info.Size()/1e6, time.Since(began).Seconds())
}

// stripesOwn holds the books and the export of payouts against the reports that the
// stand-in writes as Stripe does.
func (y *year) stripesOwn() {
	t := y.t
	columns := map[string]string{
		"automatic_payout_id": "payout_id", "gross": "gross", "fee": "fee", "net": "net", "reporting_category": "reporting_category",
		"source_id": "stripe_source", "customer_facing_amount": "customer_facing_amount",
	}
	theirs := map[string]string{}
	key := func(r map[string]string, name func(string) string) string {
		var all []string
		for _, column := range []string{"automatic_payout_id", "gross", "fee", "net", "reporting_category", "source_id", "customer_facing_amount"} {
			all = append(all, r[name(column)])
		}
		return strings.Join(all, " ") + " " + strings.ToLower(r["currency"]+" "+r["customer_facing_currency"])
	}
	for _, name := range []string{"payout_reconciliation", "balance_change_from_activity"} {
		file := filepath.Join(y.dir, name+".csv")
		y.download("/_control/report/"+name+".csv", file)
		if out := y.command("reconcile", "--against", file); !strings.Contains(out, "every row equals the books") {
			t.Errorf("against %s:\n%s", name, out)
		}
		if name == "payout_reconciliation" {
			y.csv(file, func(r map[string]string) {
				theirs[r["balance_transaction_id"]] = key(r, func(column string) string { return column })
			})
		}
	}
	rows := 0
	y.export(func(r map[string]string) {
		rows++
		if got := key(r, func(column string) string { return columns[column] }); got != theirs[r["balance_transaction_id"]] {
			t.Errorf("%s is %s in the export of payouts, %s in Stripe's", r["balance_transaction_id"], got, theirs[r["balance_transaction_id"]])
		}
	}, "payouts")
	if rows != len(theirs) {
		t.Errorf("%d rows in the export of payouts, %d in Stripe's", rows, len(theirs))
	}
	var manifest struct{ Rows int }
	text, err := os.ReadFile(filepath.Join(y.dir, "report.csv.manifest.json"))
	if err := errors.Join(err, json.Unmarshal(text, &manifest)); err != nil || manifest.Rows != rows {
		t.Errorf("the manifest has %d rows, %v", manifest.Rows, err)
	}
}

func (y *year) download(path, file string) {
	y.t.Helper()
	req, err := http.NewRequestWithContext(y.t.Context(), http.MethodGet, y.web+path, nil)
	if err != nil {
		y.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		y.t.Fatal(err)
	}
	out, err := os.Create(file)
	if err != nil {
		y.t.Fatal(err)
	}
	_, err = io.Copy(out, resp.Body)
	if err := errors.Join(err, out.Close(), resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK {
		y.t.Fatalf("%s: %s %v", path, resp.Status, err)
	}
}

package report_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// addUp sums a file's columns as its manifest says that it does: each amount under the
// currency that stands in the column named for it, and what belongs to another thing
// than the row once for that thing.
func addUp(t *testing.T, m report.Manifest, rows []map[string]string) map[money.Currency]map[string]string {
	t.Helper()
	sums := map[money.Currency]map[string]int64{}
	seen := map[string]bool{}
	for _, r := range rows {
		for column, of := range m.AmountColumns {
			currency := money.Currency(r[of.Currency])
			once := column + " " + r[of.OncePer]
			if r[column] == "" || of.OncePer != "" && seen[once] {
				continue
			}
			seen[once] = true
			text, negative := strings.CutPrefix(r[column], "-")
			a, err := money.Parse(text, currency)
			if err != nil {
				t.Fatalf("%s %q of %q: %v", column, r[column], currency, err)
			}
			if negative {
				a.Minor = -a.Minor
			}
			if sums[currency] == nil {
				sums[currency] = map[string]int64{}
			}
			sums[currency][column] += a.Minor
		}
	}
	out := map[money.Currency]map[string]string{}
	for currency, columns := range sums {
		out[currency] = map[string]string{}
		for column, minor := range columns {
			out[currency][column] = money.New(minor, currency).Major()
		}
	}
	return out
}

// Whatever a report's manifest says of its totals, whoever adds up the file finds it.
func TestTotalsAreThoseOfTheFile(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	for i, status := range []string{"succeeded", "failed", "pending", "canceled", "failed"} {
		record(t, db, 10+i, time.Date(2026, 12, 2, i, 0, 0, 0, time.UTC), []string{"EUR", "JPY"}[i%2], int64(1000*(i+1)), 0, "")
		run(t, db, `update donations set status = '`+status+`' where donation_id = 'don_1`+fmt.Sprint(i)+`'`)
	}
	run(t, db, `update donations set dispute_status = 'won', dispute_fee = 1500, dispute_fee_currency = 'USD' where donation_id = 'don_10'`)
	run(t, db, `update payouts set status = 'failed' where id = 'po_1'`)
	run(t, db, `insert into donors (donor_id, email_key) values ('dnr_1', 'ada@example.org')`)
	run(t, db, `update donations set subscription = 'sub_1', donor_id = 'dnr_1' where donation_id = 'don_10'`)
	run(t, db, `insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, cancel_at_period_end, cancel_reason,
		checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country)
		values ('rec_1', 'sub_1', 'monthly', 'active', 'EUR', 1000, false, '', 'c', '', '', '', '', '', 'dnr_1', '', '', ''),
			('rec_2', 'sub_2', 'annual', 'paused', 'JPY', 5000, false, '', 'c', '', '', '', '', '', 'dnr_1', '', '', '')`)
	for _, name := range report.Names() {
		m, rows := table(t, db, name, december(time.UTC))
		if got := addUp(t, m, rows); len(rows) == 0 || !reflect.DeepEqual(got, m.Totals) {
			t.Errorf("%s: the manifest has\n%v, its file\n%v", name, m.Totals, got)
		}
		status := map[string]string{"donations": "status", "recurring": "status", "payouts": "payout_status"}[name]
		if status == "" {
			continue
		}
		byStatus := map[string][]map[string]string{}
		for _, r := range rows {
			byStatus[r[status]] = append(byStatus[r[status]], r)
		}
		if len(byStatus) != len(m.TotalsByStatus) || len(byStatus) < 2 {
			t.Errorf("%s: by %d statuses, %v", name, len(byStatus), m.TotalsByStatus)
		}
		for s, rows := range byStatus {
			if got := m.TotalsByStatus[s]; got.Rows != int64(len(rows)) || !reflect.DeepEqual(got.Totals, addUp(t, m, rows)) {
				t.Errorf("%s, %s: the manifest has\n%+v, its file %d rows\n%v", name, s, got, len(rows), addUp(t, m, rows))
			}
		}
	}
}

// What came in is told apart from what was only promised: a director who adds it up
// finds the sum of the gifts that succeeded.
func TestTotalsByStatus(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	record(t, db, 2, time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC), "EUR", 7000, 0, "")
	run(t, db, `update donations set status = 'failed' where donation_id = 'don_2'`)
	m, _ := table(t, db, "donations", december(time.UTC))
	if got := fmt.Sprintln(m.Totals["EUR"]["amount"], m.TotalsByStatus["succeeded"].Totals["EUR"]["amount"], m.TotalsByStatus["failed"].Totals["EUR"]["amount"]); got != "80.00 10.00 70.00\n" {
		t.Errorf("in all, of those that succeeded, of those that failed: %s", got)
	}
	// A sum in the gift's currency is never under the account's, nor the other way.
	if eur, usd := m.Totals["EUR"], m.Totals["USD"]; eur["settlement_gross"] != "" || usd["settlement_gross"] != "11.00" || usd["amount"] != "" {
		t.Errorf("totals %v", m.Totals)
	}
	var text bytes.Buffer
	if _, err := m.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"totals_by_status"`, `"settlement_gross": {`, `"currency": "settlement_currency"`, "totals_by_status.succeeded", "the day on which it was given"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the manifest does not say %s:\n%s", want, text.String())
		}
	}
	m, rows := table(t, db, "payouts", december(time.UTC))
	if len(rows) != 5 || m.AmountColumns["payout_amount"].OncePer != "payout_id" || m.TotalsByStatus["paid"].Totals["USD"]["payout_amount"] != "20.08" {
		t.Errorf("%+v of %d rows", m, len(rows))
	}
}

// Each basis has its sentence, and the sentences differ.
func TestAManifestSaysWhatItsBasisSelects(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	var sentences []string
	for _, basis := range []report.Basis{report.Received, report.Available, report.PaidOut} {
		q := december(time.UTC)
		q.Basis = basis
		m, _ := table(t, db, "donations", q)
		if len(m.Notes) == 0 || slices.Contains(sentences, m.Notes[0]) {
			t.Errorf("by %s: %q", basis, m.Notes)
		}
		sentences = append(sentences, m.Notes...)
	}
	own, _ := table(t, db, "donations", december(time.UTC))
	if own.Notes[0] != sentences[0] {
		t.Errorf("without a basis: %q", own.Notes)
	}
}

func run(t *testing.T, db *pgxpool.Pool, statement string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// Payouts in December 2026, by themselves and one by hand, of gifts so small that
// each figure can be reckoned in the head.
func settled(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	day := func(d, hour int) int64 { return time.Date(2026, 12, d, hour, 0, 0, 0, time.UTC).Unix() }
	batch := &pgx.Batch{}
	run := func(statement string, args ...any) { batch.Queue(statement, args...) }
	record(t, db, 1, time.Unix(day(1, 10), 0), "EUR", 1000, 400, "Ada")
	run(`update donations set charge = 'ch_1', balance_transaction = 'txn_1'`)
	run(`insert into charges (id, payment, checkout_id, customer, currency, amount, amount_refunded, balance_transaction, method, email,
		name, country, created, told_class, told_at, told_rank, told_event, status, failure_code)
		values ('ch_1', 'pi_1', '', '', 'EUR', 1000, 400, 'txn_1', 'card', '', '', '', 1, 0, 0, 0, '', 'succeeded', '')`)
	run(`insert into refunds (id, charge, payment, status, currency, amount, reason, failure_reason, balance_transaction,
		failure_transaction, created, undone_at) values ('re_1', 'ch_1', '', 'succeeded', 'EUR', 400, '', '', 'txn_2', '', 1, 0)`)
	for _, m := range []struct {
		id, source, category, currency, rate string
		amount, fee                          int64
		at                                   int64
		payout                               string
	}{
		{"txn_1", "ch_1", "charge", "USD", "1.1", 1100, 62, day(1, 10), "po_1"},
		{"txn_2", "re_1", "refund", "USD", "1.2", -480, 0, day(2, 10), "po_1"},
		{"txn_3", "po_1", "payout", "USD", "", -558, 0, day(3, 0), "po_1"},
		{"txn_4", "", "fee", "USD", "", -100, 0, day(3, 1), "po_2"},
		{"txn_5", "po_3", "payout", "USD", "", -300, 0, day(4, 1), ""},
	} {
		run(`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
			values ($1, $2, $3, $3, $4, $5, $6, $5::bigint - $6::bigint, $7, $8, $8)`, m.id, m.source, m.category, m.currency, m.amount, m.fee, m.rate, m.at)
		if m.payout != "" {
			run(`insert into payout_rows (id, payout) values ($1, $2)`, m.id, m.payout)
		}
	}
	for _, p := range []struct {
		id, movement string
		amount       int64
		arrival      int64
		automatic    bool
	}{
		{"po_1", "txn_3", 558, day(5, 0), true}, {"po_2", "txn_6", 250, day(6, 0), true},
		{"po_3", "txn_5", 300, day(7, 0), false}, {"po_4", "txn_7", 900, day(8, 0), true},
	} {
		run(`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code,
			created, arrival) values ($1, 'paid', 'USD', $2, $3, 'standard', $4, '', '', 1, $5)`, p.id, p.amount, p.automatic, p.movement, p.arrival)
	}
	run(`update payouts set reconciled = true where id in ('po_1', 'po_2')`)
	run(`insert into payout_questions (payout, asked_at, checks, attempts, read_at) select id, now(), 0, 1, now() from payouts where reconciled`)
	// An entry is written by one statement.
	run(`insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		select v.*, b.created, 'USD' from (values
			('e1', 'original', 1, 'stripe_clearing', 1038, 'txn_1', ''),
			('e1', 'original', 1, 'fees', 62, 'txn_1', 'don_1'),
			('e1', 'original', 1, 'donations:independence:one_time', -1100, 'txn_1', 'don_1'),
			('e2', 'original', 1, 'stripe_clearing', -480, 'txn_2', ''),
			('e2', 'original', 1, 'refunds:independence:one_time', 440, 'txn_2', 'don_1'),
			('e2', 'original', 1, 'exchange_difference', 40, 'txn_2', 'don_1'),
			('e3', 'original', 1, 'bank', 558, 'txn_3', ''),
			('e3', 'original', 1, 'stripe_clearing', -558, 'txn_3', ''),
			('e4', 'original', 1, 'other', 100, 'txn_4', ''),
			('e4', 'original', 1, 'stripe_clearing', -100, 'txn_4', ''),
			('e5', 'correction', 2, 'fees', 100, 'txn_4', ''),
			('e5', 'correction', 2, 'other', -100, 'txn_4', '')
		) v (entry, kind, number, account, amount, movement, donation) join balance_transactions b on b.id = v.movement`)
	if err := db.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
}

func december(zone *time.Location) report.Query {
	return report.Query{
		From: time.Date(2026, 12, 1, 0, 0, 0, 0, zone), To: time.Date(2027, 1, 1, 0, 0, 0, 0, zone), Zone: zone,
	}
}

// table writes a report and gives its rows by column.
func table(t *testing.T, db *pgxpool.Pool, name string, q report.Query) (report.Manifest, []map[string]string) {
	t.Helper()
	var out bytes.Buffer
	m, err := report.Write(t.Context(), db, name, q, "csv", &out)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, l := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = l[i]
		}
		rows = append(rows, row)
	}
	return m, rows
}

// cells are some columns of each row, a row a line.
func cells(rows []map[string]string, columns string) string {
	var all strings.Builder
	for _, r := range rows {
		var row []string
		for _, c := range strings.Fields(columns) {
			row = append(row, r[c])
		}
		all.WriteString(strings.Join(row, " | ") + "\n")
	}
	return all.String()
}

func wantCells(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimPrefix(strings.ReplaceAll(want, "\t", ""), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPayoutsExplainEachCent(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	m, rows := table(t, db, "payouts", december(zone(t, "America/New_York")))
	// The fifth is the fifth in New York too, though Stripe's midnight is the fourth there.
	wantCells(t, cells(rows, "payout_id payout_date payout_amount balance_transaction_id reporting_category gross fee net difference payout_kind payout_state"), `
		po_1 | 2026-12-05 | 5.58 | txn_1 | charge | 11.00 | 0.62 | 10.38 | 0.00 | automatic | closed
		po_1 | 2026-12-05 | 5.58 | txn_2 | refund | -4.80 | 0.00 | -4.80 | 0.00 | automatic | closed
		po_2 | 2026-12-06 | 2.50 | txn_4 | fee | -1.00 | 0.00 | -1.00 | 3.50 | automatic | differs
		po_3 | 2026-12-07 | 3.00 |  |  |  |  |  |  | manual | manual
		po_4 | 2026-12-08 | 9.00 |  |  |  |  |  | 9.00 | automatic | open
		`)
	wantCells(t, cells(rows[:2], "created_at customer_facing_currency customer_facing_amount exchange_rate donation_id stripe_source stripe_payment stripe_charge"), `
		2026-12-01T05:00:00-05:00 | EUR | 10.00 | 1.1 | don_1 | ch_1 | pi_1 | ch_1
		2026-12-02T05:00:00-05:00 | EUR | -4.00 | 1.2 | don_1 | re_1 | pi_1 | ch_1
		`)
	want := map[money.Currency]map[string]string{"USD": {
		"payout_amount": "20.08", "difference": "12.50", "gross": "5.20", "fee": "0.62", "net": "4.58",
	}, "EUR": {"customer_facing_amount": "6.00"}}
	if fmt.Sprint(m.Totals) != fmt.Sprint(want) {
		t.Errorf("totals %v, want %v", m.Totals, want)
	}
	q := december(time.UTC)
	q.From = time.Date(2026, 12, 6, 0, 0, 0, 0, time.UTC)
	if _, rows := table(t, db, "payouts", q); len(rows) != 3 {
		t.Errorf("from the sixth: %v", rows)
	}
	q.Currency = "EUR"
	if _, rows := table(t, db, "payouts", q); len(rows) != 0 {
		t.Errorf("euros: %v", rows)
	}
	q.Campaign = "independence"
	if _, err := report.Write(t.Context(), db, "payouts", q, "csv", &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "carries the money of all campaigns") {
		t.Errorf("narrowed to a campaign: %v", err)
	}
}

// What a payout's list names and the books do not have is shown by its id.
func TestAPayoutNamesTheMovementThatIsMissing(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	if _, err := db.Exec(t.Context(), `delete from balance_transactions where id = 'txn_2'`); err != nil {
		t.Fatal(err)
	}
	_, rows := table(t, db, "payouts", december(time.UTC))
	wantCells(t, cells(rows[:2], "payout_id balance_transaction_id created_at net difference payout_state"), `
		po_1 | txn_1 | 2026-12-01T10:00:00Z | 10.38 | -4.80 | differs
		po_1 | txn_2 |  |  | -4.80 | differs
		`)
	// While its rows are still being asked for, that something is missing is no news.
	if _, err := db.Exec(t.Context(), `update payout_questions set read_at = null`); err != nil {
		t.Fatal(err)
	}
	_, rows = table(t, db, "payouts", december(time.UTC))
	wantCells(t, cells(rows[:1], "payout_id net difference payout_state"), "po_1 | 10.38 | -4.80 | open\n")
}

func TestTheJournalBalances(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	m, rows := table(t, db, "journal", december(zone(t, "Europe/Berlin")))
	wantCells(t, cells(rows, "entry_id posted_at account currency debit credit balance_transaction_id donation_id payout_id memo entry_kind"), `
		e1 | 2026-12-01T11:00:00+01:00 | fees | USD | 0.62 |  | txn_1 | don_1 | po_1 | Gift ch_1 | original
		e1 | 2026-12-01T11:00:00+01:00 | stripe_clearing | USD | 10.38 |  | txn_1 |  | po_1 | Gift ch_1 | original
		e1 | 2026-12-01T11:00:00+01:00 | donations:independence:one_time | USD |  | 11.00 | txn_1 | don_1 | po_1 | Gift ch_1 | original
		e2 | 2026-12-02T11:00:00+01:00 | exchange_difference | USD | 0.40 |  | txn_2 | don_1 | po_1 | Refund re_1 | original
		e2 | 2026-12-02T11:00:00+01:00 | refunds:independence:one_time | USD | 4.40 |  | txn_2 | don_1 | po_1 | Refund re_1 | original
		e2 | 2026-12-02T11:00:00+01:00 | stripe_clearing | USD |  | 4.80 | txn_2 |  | po_1 | Refund re_1 | original
		e3 | 2026-12-03T01:00:00+01:00 | bank | USD | 5.58 |  | txn_3 |  | po_1 | Payout to the bank po_1 | original
		e3 | 2026-12-03T01:00:00+01:00 | stripe_clearing | USD |  | 5.58 | txn_3 |  | po_1 | Payout to the bank po_1 | original
		e4 | 2026-12-03T02:00:00+01:00 | other | USD | 1.00 |  | txn_4 |  | po_2 | Fee of Stripe | original
		e4 | 2026-12-03T02:00:00+01:00 | stripe_clearing | USD |  | 1.00 | txn_4 |  | po_2 | Fee of Stripe | original
		e5 | 2026-12-03T02:00:00+01:00 | fees | USD | 1.00 |  | txn_4 |  | po_2 | Correction: fee of Stripe | correction
		e5 | 2026-12-03T02:00:00+01:00 | other | USD |  | 1.00 | txn_4 |  | po_2 | Correction: fee of Stripe | correction
		`)
	if got := m.Totals["USD"]; got["debit"] != got["credit"] || got["debit"] != "23.38" {
		t.Errorf("totals %v", got)
	}
	wantCells(t, cells(rows[3:4], "presentment_currency presentment_amount exchange_rate stripe_source reporting_category"), "EUR | -4.00 | 1.2 | re_1 | refund\n")

	// A campaign's entries come whole.
	q := december(time.UTC)
	q.Campaign = "independence"
	m, rows = table(t, db, "journal", q)
	if got := m.Totals["USD"]; len(rows) != 6 || got["debit"] != got["credit"] {
		t.Errorf("of the campaign: %d rows, %v", len(rows), got)
	}
	q.Campaign = "other"
	if _, rows = table(t, db, "journal", q); len(rows) != 0 {
		t.Errorf("of another campaign: %v", rows)
	}
	q = december(time.UTC)
	q.To = time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	if _, rows = table(t, db, "journal", q); len(rows) != 3 {
		t.Errorf("of the first: %v", rows)
	}
}

// A gift can be counted when it came, when its money can be paid out, or when it
// arrives at the bank.
func TestDonationsByAnotherTime(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	if _, err := db.Exec(t.Context(), `update balance_transactions set available_on = available_on + 86400 where id = 'txn_1'`); err != nil {
		t.Fatal(err)
	}
	newYork := zone(t, "America/New_York")
	for _, tt := range []struct {
		basis report.Basis
		day   int // on which alone it counts, in New York
	}{{report.Own, 1}, {report.Received, 1}, {report.Available, 2}, {report.PaidOut, 5}} {
		for day := 1; day < 8; day++ {
			q := report.Query{
				From: time.Date(2026, 12, day, 0, 0, 0, 0, newYork), To: time.Date(2026, 12, day+1, 0, 0, 0, 0, newYork), Zone: newYork, Basis: tt.basis,
			}
			if _, rows := table(t, db, "donations", q); (len(rows) == 1) != (day == tt.day) {
				t.Errorf("by %q it counts %d times on the %dth", tt.basis, len(rows), day)
			}
		}
	}
}

package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

type memory struct{ bytes.Buffer }

func (*memory) Close() error { return nil }

// tryBooks writes a journal and gives its files' text.
func tryBooks(t *testing.T, db *pgxpool.Pool, q report.Query, b report.Books) (report.Manifest, []string, error) {
	t.Helper()
	var made []*memory
	if b.Map == nil {
		b.Map = accounts.Default()
	}
	m, err := report.WriteBooks(t.Context(), db, q, b, func(n int) (io.WriteCloser, string, error) {
		if n != len(made)+1 {
			t.Errorf("part %d comes after %d", n, len(made))
		}
		made = append(made, &memory{})
		return made[n-1], fmt.Sprintf("part-%d", n), nil
	})
	var texts []string
	for i, part := range made {
		text := part.String()
		texts = append(texts, text)
		if sum := sha256.Sum256([]byte(text)); err == nil && m.Files[i].SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("the checksum of %s is not its own", m.Files[i].Name)
		}
	}
	return m, texts, err
}

func mustBooks(t *testing.T, db *pgxpool.Pool, q report.Query, b report.Books) (report.Manifest, []string) {
	t.Helper()
	m, texts, err := tryBooks(t, db, q, b)
	if err != nil {
		t.Fatal(err)
	}
	return m, texts
}

func wantText(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestQuickBooks(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	m, texts := mustBooks(t, db, december(time.UTC), report.Books{Program: accounts.QuickBooks, Summary: report.ByMonth})
	wantText(t, texts[0], `
Journal No.,Journal Date,Account Name,Description,Debits,Credits,Currency,Tax Code
RF-202612-USD,12/31/2026,Donations Refunded,Gifts and Stripe's movements of 2026-12 in USD,4.40,,USD,
RF-202612-USD,12/31/2026,Exchange Gain or Loss,Gifts and Stripe's movements of 2026-12 in USD,0.40,,USD,
RF-202612-USD,12/31/2026,Stripe Clearing,Gifts and Stripe's movements of 2026-12 in USD,10.38,,USD,
RF-202612-USD,12/31/2026,Stripe Fees,Gifts and Stripe's movements of 2026-12 in USD,1.62,,USD,
RF-202612-USD,12/31/2026,Stripe Payouts,Gifts and Stripe's movements of 2026-12 in USD,5.58,,USD,
RF-202612-USD,12/31/2026,Stripe Suspense,Gifts and Stripe's movements of 2026-12 in USD,1.00,,USD,
RF-202612-USD,12/31/2026,Donations,Gifts and Stripe's movements of 2026-12 in USD,,11.00,USD,
RF-202612-USD,12/31/2026,Stripe Clearing,Gifts and Stripe's movements of 2026-12 in USD,,11.38,USD,
RF-202612-USD,12/31/2026,Stripe Suspense,Gifts and Stripe's movements of 2026-12 in USD,,1.00,USD,
`)
	if got := fmt.Sprintln(m.Totals, m.Rows, m.Format, m.Filters); got != "map[USD:map[credit:23.38 debit:23.38]] 9 quickbooks map[summary:month]\n" {
		t.Error(got)
	}
	_, texts = mustBooks(t, db, december(time.UTC), report.Books{Program: accounts.QuickBooks})
	lines, err := csv.NewReader(strings.NewReader(texts[0])).ReadAll()
	if err != nil || len(lines) != 13 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, l := range lines[1:] {
		if len(l[0]) > 21 || (l[4] == "") == (l[5] == "") {
			t.Errorf("%q", l)
		}
	}
}

func TestXero(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	_, texts := mustBooks(t, db, december(zone(t, "Pacific/Auckland")), report.Books{Program: accounts.Xero, Summary: report.ByDay})
	// What Stripe booked on the first at ten in the morning was that evening in Auckland.
	wantText(t, texts[0], `
*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount
RF-20261201-USD Gifts and Stripe's movements of 2026-12-01 in USD,01/12/2026,Gifts and Stripe's movements of 2026-12-01 in USD,FEES,Tax Exempt,0.62
RF-20261201-USD Gifts and Stripe's movements of 2026-12-01 in USD,01/12/2026,Gifts and Stripe's movements of 2026-12-01 in USD,STRIPE,Tax Exempt,10.38
RF-20261201-USD Gifts and Stripe's movements of 2026-12-01 in USD,01/12/2026,Gifts and Stripe's movements of 2026-12-01 in USD,DONATIONS,Tax Exempt,-11.00
RF-20261202-USD Gifts and Stripe's movements of 2026-12-02 in USD,02/12/2026,Gifts and Stripe's movements of 2026-12-02 in USD,EXCHANGE,Tax Exempt,0.40
RF-20261202-USD Gifts and Stripe's movements of 2026-12-02 in USD,02/12/2026,Gifts and Stripe's movements of 2026-12-02 in USD,REFUNDS,Tax Exempt,4.40
RF-20261202-USD Gifts and Stripe's movements of 2026-12-02 in USD,02/12/2026,Gifts and Stripe's movements of 2026-12-02 in USD,STRIPE,Tax Exempt,-4.80
RF-20261203-USD Gifts and Stripe's movements of 2026-12-03 in USD,03/12/2026,Gifts and Stripe's movements of 2026-12-03 in USD,FEES,Tax Exempt,1.00
RF-20261203-USD Gifts and Stripe's movements of 2026-12-03 in USD,03/12/2026,Gifts and Stripe's movements of 2026-12-03 in USD,PAYOUTS,Tax Exempt,5.58
RF-20261203-USD Gifts and Stripe's movements of 2026-12-03 in USD,03/12/2026,Gifts and Stripe's movements of 2026-12-03 in USD,SUSPENSE,Tax Exempt,1.00
RF-20261203-USD Gifts and Stripe's movements of 2026-12-03 in USD,03/12/2026,Gifts and Stripe's movements of 2026-12-03 in USD,STRIPE,Tax Exempt,-6.58
RF-20261203-USD Gifts and Stripe's movements of 2026-12-03 in USD,03/12/2026,Gifts and Stripe's movements of 2026-12-03 in USD,SUSPENSE,Tax Exempt,-1.00
`)
}

// A file never ends within an entry, and every file has the header.
func TestAJournalIsSplitBetweenEntries(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	m, texts := mustBooks(t, db, december(time.UTC), report.Books{Program: accounts.Xero, Lines: 5})
	if got := fmt.Sprintf("%d %d %d, %d files, %d, %q", m.Files[0].Rows, m.Files[1].Rows, m.Files[2].Rows, len(texts), m.Rows, m.SHA256); got != `3 5 4, 3 files, 12, ""` {
		t.Error(got)
	}
	for _, text := range texts {
		if !strings.HasPrefix(text, "*Narration,*Date,") {
			t.Errorf("begins %.60s", text)
		}
	}
	if _, _, err := tryBooks(t, db, december(time.UTC), report.Books{Program: accounts.Xero, Lines: 2}); err == nil || !strings.Contains(err.Error(), "one journal has 3 lines") {
		t.Errorf("two lines a file: %v", err)
	}
	empty := december(time.UTC)
	empty.To = empty.From.Add(time.Hour)
	if m, texts := mustBooks(t, db, empty, report.Books{Program: accounts.QuickBooks}); m.Rows != 0 || !strings.HasPrefix(texts[0], "Journal No.") {
		t.Errorf("of an hour without entries: %v %q", m, texts)
	}
}

func TestBeancount(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	q := december(time.UTC)
	q.From = time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	_, texts := mustBooks(t, db, q, report.Books{Program: accounts.Beancount})
	for _, piece := range []string{
		"2026-12-02 open Income:Donations:Independence:One-Time\n",
		"2026-12-02 commodity USD\n",
		"2026-12-02 * \"Balance before the period\"\n  Assets:Stripe:Clearing  10.38 USD\n  Equity:Opening-Balances\n",
		`2026-12-02 * "Refund re_1"
  number: "RF-`,
		`  entry: "e2"
  time: "2026-12-02T10:00:00Z"
  balance_transaction: "txn_2"
  source: "re_1"
  payout: "po_1"
  exchange_rate: "1.2"
  presentment: "-4.00 EUR"
  Expenses:Exchange-Difference  0.40 USD
    account: "exchange_difference"
    donation: "don_1"
`,
		"2027-01-01 balance Assets:Bank  5.58 ~ 0 USD\n2027-01-01 balance Assets:Stripe:Clearing  -1.00 ~ 0 USD\n",
	} {
		if !strings.Contains(texts[0], piece) {
			t.Errorf("lacks\n%s\nin\n%s", piece, texts[0])
		}
	}
	acceptedByBeancount(t, texts[0])
	for _, summary := range []report.Summary{report.ByDay, report.ByMonth} {
		_, texts := mustBooks(t, db, december(time.UTC), report.Books{Program: accounts.Beancount, Summary: summary})
		acceptedByBeancount(t, texts[0])
	}
	q.Campaign = "independence" // no balance can be told of a part
	if _, texts = mustBooks(t, db, q, report.Books{Program: accounts.Beancount}); strings.Contains(texts[0], "~ 0") {
		t.Errorf("asserts the balance of a part:\n%s", texts[0])
	}
	acceptedByBeancount(t, texts[0])
}

// By when it was written, a correction is of the period in which it was made, and
// no entry is in two periods or in none.
func TestByTheTimeOfBooking(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	q := december(time.UTC)
	q.Basis = report.Booked
	q.From, q.To = q.From.AddDate(-1, 0, 0), q.To.AddDate(-1, 0, 0)
	if _, rows := table(t, db, "journal", q); len(rows) != 0 {
		t.Errorf("written in the December before: %v", rows)
	}
	var now time.Time
	if err := db.QueryRow(t.Context(), `select max(booked_at) from postings`).Scan(&now); err != nil {
		t.Fatal(err)
	}
	q.From, q.To = now.Add(-time.Minute), now.Truncate(time.Second).Add(time.Second)
	for over := false; !over; { // only a period that is over is told
		if err := db.QueryRow(t.Context(), `select clock_timestamp() > $1`, q.To).Scan(&over); err != nil {
			t.Fatal(err)
		}
	}
	if m, rows := table(t, db, "journal", q); len(rows) != 12 || m.Filters["basis"] != "booked" {
		t.Errorf("%d rows, %v", len(rows), m.Filters)
	}
	_, texts := mustBooks(t, db, q, report.Books{Program: accounts.Beancount, Summary: report.ByDay})
	acceptedByBeancount(t, texts[0])
	if !strings.Contains(texts[0], now.UTC().Format(time.DateOnly)+" * ") {
		t.Errorf("is not dated today:\n%s", texts[0])
	}
	if _, err := report.Write(t.Context(), db, "donations", q, "csv", io.Discard); err == nil || !strings.Contains(err.Error(), "the journal by booked") {
		t.Error("donations were cut by when they were booked")
	}
}

func TestOneCurrencyAndEveryAccount(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	if _, err := db.Exec(t.Context(), `insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		values ('e9', 'original', 1, 'fees', 5, 'txn_9', '', $1, 'JPY'), ('e9', 'original', 1, 'stripe_clearing', -5, 'txn_9', '', $1, 'JPY')`,
		time.Date(2026, 12, 9, 0, 0, 0, 0, time.UTC).Unix()); err != nil {
		t.Fatal(err)
	}
	q := december(time.UTC)
	_, _, err := tryBooks(t, db, q, report.Books{Program: accounts.Xero})
	if err == nil || !strings.Contains(err.Error(), "this period holds JPY, USD: export each by itself, with --currency") {
		t.Errorf("two currencies: %v", err)
	}
	q.Currency = "JPY"
	if _, texts := mustBooks(t, db, q, report.Books{Program: accounts.Xero}); !strings.Contains(texts[0], ",FEES,Tax Exempt,5\n") {
		t.Errorf("yen:\n%s", texts[0])
	}
	q.Currency = ""
	_, texts := mustBooks(t, db, q, report.Books{Program: accounts.Beancount})
	acceptedByBeancount(t, texts[0])

	own, err := accounts.Read("accounts.yaml", []byte("xero:\n  accounts:\n    - account: fees\n      currency: JPY\n      name: '404'\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = tryBooks(t, db, q, report.Books{Program: accounts.Xero, Map: own})
	missing, ok := errors.AsType[*accounts.MissingError](err)
	if !ok || !strings.Contains(err.Error(), "donations:independence:one_time in USD") || !strings.Contains(err.Error(), "fees in USD") ||
		!strings.Contains(err.Error(), "stripe_clearing in JPY") || strings.Contains(err.Error(), "fees in JPY") {
		t.Errorf("accounts that the file does not name: %v %v", missing, err)
	}
}

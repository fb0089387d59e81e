package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func record(t *testing.T, db *pgxpool.Pool, n int, received time.Time, currency string, amount, refunded int64, name string) {
	t.Helper()
	_, err := db.Exec(t.Context(), `
		insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method,
			balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_name, donor_email,
			country, payment_intent, charge, invoice, subscription, checkout_session)
		values ($1, $2, $3, 'one_time', 'succeeded', $4, $5, $6, 'card', '', 'c', 'independence', 'autumn', 'base', 'end',
			'geneva', $7, 'reader@example.org', 'DE', $2, '', '', '', '')`,
		fmt.Sprintf("don_%d", n), fmt.Sprintf("pi_%d", n), received, currency, amount, refunded, name)
	if err != nil {
		t.Fatal(err)
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func write(t *testing.T, db *pgxpool.Pool, q report.Query) (report.Manifest, [][]string) {
	t.Helper()
	var out bytes.Buffer
	m, err := report.Write(t.Context(), db, "donations", q, "csv", &out)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(out.Bytes())
	if m.SHA256 != hex.EncodeToString(sum[:]) {
		t.Error("the manifest's checksum is not the file's")
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows != int64(len(lines)-1) {
		t.Errorf("manifest %d rows, file %d", m.Rows, len(lines)-1)
	}
	return m, lines[1:]
}

// The days of a report are those of its zone, the two odd ones of the year too.
func TestDaysAreTheZones(t *testing.T) {
	db := pgtest.New(t)
	berlin := zone(t, "Europe/Berlin")
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for i, text := range []string{
		"2026-03-28T22:59:59Z", // 28 March 23:59:59 in Berlin
		"2026-03-28T23:00:00Z", // 29 March, the day of 23 hours, begins
		"2026-03-29T21:59:59Z", // and ends
		"2026-03-29T22:00:00Z", // 30 March
		"2026-10-24T22:00:00Z", // 25 October, the day of 25 hours, begins
		"2026-10-25T22:59:59Z", // and ends
		"2026-10-25T23:00:00Z", // 26 October
	} {
		record(t, db, i, at(text), "EUR", 1000, 0, "Ada")
	}
	for _, tt := range []struct {
		month    time.Month
		day      int
		ids      string
		received string
	}{
		{3, 28, "don_0", "2026-03-28T23:59:59+01:00"},
		{3, 29, "don_1 don_2", "2026-03-29T00:00:00+01:00"},
		{3, 30, "don_3", "2026-03-30T00:00:00+02:00"},
		{10, 25, "don_4 don_5", "2026-10-25T00:00:00+02:00"},
		{10, 26, "don_6", "2026-10-26T00:00:00+01:00"},
		{12, 31, "", ""},
	} {
		_, rows := write(t, db, report.Query{
			From: time.Date(2026, tt.month, tt.day, 0, 0, 0, 0, berlin), To: time.Date(2026, tt.month, tt.day+1, 0, 0, 0, 0, berlin), Zone: berlin,
		})
		var ids []string
		for _, r := range rows {
			ids = append(ids, r[0])
		}
		if strings.Join(ids, " ") != tt.ids || len(rows) > 0 && rows[0][1] != tt.received {
			t.Errorf("%d %s: %v", tt.day, tt.month, rows)
		}
	}
}

func TestTotalsPerCurrencyAndFormulasDisarmed(t *testing.T) {
	db := pgtest.New(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	names := []string{"=1+1", "+49", "-1", "@me", "\tx", "\n=1", "  =1+1", "\u00a0+1", "＝1", "Ada, \"the\" Reader\nof two lines", "Ada = Reader"}
	for i, name := range names {
		record(t, db, i, now.Add(time.Duration(i)*time.Minute), "USD", 2500, 700, name)
	}
	record(t, db, 100, now, "JPY", 500, 0, "")
	record(t, db, 101, now, "KWD", 1500, 500, "")
	m, rows := write(t, db, report.Query{From: now, To: now.Add(time.Hour), Zone: time.UTC})
	want := map[money.Currency]map[string]string{
		"USD": {"amount": "275.00", "refunded": "77.00", "net_of_refunds": "198.00", "disputed": "0.00", "fee_cover": "0.00"},
		"JPY": {"amount": "500", "refunded": "0", "net_of_refunds": "500", "disputed": "0", "fee_cover": "0"},
		"KWD": {"amount": "1.500", "refunded": "0.500", "net_of_refunds": "1.000", "disputed": "0.000", "fee_cover": "0.000"},
	}
	if fmt.Sprint(m.Totals) != fmt.Sprint(want) {
		t.Errorf("totals %v, want %v", m.Totals, want)
	}
	for i, r := range rows {
		for j, cell := range r {
			if cell != "" && strings.ContainsRune("=+-@\t", rune(cell[0])) {
				t.Errorf("row %d, column %d: %q would be a formula", i, j, cell)
			}
		}
	}
	if got := rows[len(rows)-2][21]; got != names[9] {
		t.Errorf("a name came out as %q", got)
	}
	_, euros := write(t, db, report.Query{From: now, To: now.Add(time.Hour), Zone: time.UTC, Currency: "JPY", Campaign: "independence"})
	if len(euros) != 1 || euros[0][5] != "500" {
		t.Errorf("filtered: %v", euros)
	}
}

// What a dispute took is no longer there, and what it cost is told apart: the fee
// is in the account's currency.
func TestADisputeIsNoIncome(t *testing.T) {
	db := pgtest.New(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	record(t, db, 1, now, "EUR", 2500, 500, "Ada")
	if _, err := db.Exec(t.Context(), `update donations set dispute_status = 'lost', disputed = 2000, dispute_fee = 1500, dispute_fee_currency = 'USD'`); err != nil {
		t.Fatal(err)
	}
	m, rows := write(t, db, report.Query{From: now, To: now.Add(time.Hour), Zone: time.UTC})
	r := rows[0]
	if got := strings.Join([]string{r[5], r[6], r[7], r[8], r[30], r[31], r[32]}, " "); got != "25.00 5.00 lost 0.00 20.00 15.00 USD" {
		t.Error(got)
	}
	if got := m.Totals["EUR"]["net_of_refunds"]; got != "0.00" {
		t.Error(got)
	}
}

// failing is a disk that is full.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAReportThatCannotBeWrittenIsAnError(t *testing.T) {
	db := pgtest.New(t)
	q := report.Query{From: time.Unix(0, 0), To: time.Now(), Zone: time.UTC}
	if _, err := report.Write(t.Context(), db, "donations", q, "csv", failing{}); err == nil {
		t.Error("a full disk went unnoticed")
	}
	for _, args := range [][2]string{{"nothing", "csv"}, {"donations", "docx"}} {
		if _, err := report.Write(t.Context(), db, args[0], q, args[1], &bytes.Buffer{}); err == nil {
			t.Errorf("%v was written", args)
		}
	}
}

// What a reader covered stands with every gift of that amount, what was written with
// the first one only, and never as a formula.
func TestWordsStandWithTheFirstGift(t *testing.T) {
	db := pgtest.New(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i, amount := range []int64{1061, 1061, 2000} {
		record(t, db, i, now.Add(time.Duration(i)*time.Minute), "USD", amount, 0, "Ada")
	}
	for _, statement := range []string{
		`insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant, placement, article, language,
			cover_fees, statement_suffix, fee_cover, anonymous, dedication, comment, stripe_session, session_url, session_expires_at)
			values ('checkout-0123456789012345', now(), 'monthly', 'USD', 1061, 'independence', 'Independence', '', '', '', '', 'en', true, '', 61,
			true, '=cmd()', '@sum', 'cs_1', 'https://x', now())`,
		`update donations set checkout_id = 'checkout-0123456789012345', anonymous = true`,
		`update donations set checkout_session = 'cs_1' where donation_id = 'don_0'`,
	} {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	m, rows := write(t, db, report.Query{From: now, To: now.Add(time.Hour), Zone: time.UTC})
	for i, want := range []string{"true|0.61|'=cmd()|'@sum", "true|0.61||", "true|0.00||"} {
		if got := strings.Join([]string{rows[i][23], rows[i][33], rows[i][34], rows[i][35]}, "|"); got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
	if got := m.Totals["USD"]["fee_cover"]; got != "1.22" {
		t.Error(got)
	}
}

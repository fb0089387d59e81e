package report_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// post books a gift of so many minor units at a moment, under an id.
func post(ctx context.Context, t *testing.T, db *pgxpool.Pool, id, at string, minor int64) {
	t.Helper()
	_, err := db.Exec(ctx, `insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency)
		select $1, 'original', 1, l.account, l.amount, $1, '', extract(epoch from $3::timestamptz)::bigint, 'USD'
		from (values ('donations:x:one_time', -$2::bigint), ('stripe_clearing', $2::bigint)) as l (account, amount)`, id, minor, at)
	if err != nil {
		t.Fatal(err)
	}
}

// between is a period of whole days of a zone, without the last.
func between(t *testing.T, zone *time.Location, from, to string) report.Query {
	t.Helper()
	q := report.Query{Zone: zone}
	for text, at := range map[string]*time.Time{from: &q.From, to: &q.To} {
		d, err := calendar.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		*at = d.In(zone)
	}
	return q
}

// sums are a journal's sums: the number, the date, and what came into clearing.
func sums(t *testing.T, db *pgxpool.Pool, q report.Query, by report.Summary) string {
	t.Helper()
	_, texts := mustBooks(t, db, q, report.Books{Program: accounts.QuickBooks, Summary: by})
	lines, err := csv.NewReader(strings.NewReader(texts[0])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	debits := -1
	for i, name := range lines[0] {
		if strings.EqualFold(name, "Debits") {
			debits = i
		}
	}
	if debits < 0 {
		t.Fatalf("no column of debits in %v", lines[0])
	}
	for _, l := range lines[1:] {
		if l[debits] != "" {
			all = append(all, fmt.Sprint(l[0], " ", l[1], " ", l[debits]))
		}
	}
	return strings.Join(all, ", ")
}

// In Santiago 6 September 2026 begins at one o'clock, and in Cairo 24 April: each day
// has a journal of its own that has its own date, however the period lies.
func TestADayThatBeginsAtOneHasItsOwnJournal(t *testing.T) {
	db := pgtest.New(t)
	for i, at := range []string{
		"2026-09-05T12:00:00-04:00", "2026-09-05T23:59:59-04:00", "2026-09-06T01:00:00-03:00", "2026-09-06T23:30:00-03:00", "2026-09-07T00:00:00-03:00",
	} {
		post(t.Context(), t, db, fmt.Sprint("santiago", i), at, 100<<i)
	}
	for i, at := range []string{"2026-04-23T23:59:59+02:00", "2026-04-24T01:00:00+03:00", "2026-04-24T12:00:00+03:00", "2026-04-25T00:00:00+03:00"} {
		post(t.Context(), t, db, fmt.Sprint("cairo", i), at, 100<<i)
	}
	santiago, cairo := zone(t, "America/Santiago"), zone(t, "Africa/Cairo")
	const fifth, sixth = "RF-20260905-USD 09/05/2026 3.00", "RF-20260906-USD 09/06/2026 12.00"
	for _, tt := range []struct {
		zone     *time.Location
		from, to string
		by       report.Summary
		want     string
	}{
		{santiago, "2026-09-01", "2026-10-01", report.ByDay, fifth + ", " + sixth + ", RF-20260907-USD 09/07/2026 16.00"},
		{santiago, "2026-09-05", "2026-09-06", report.ByDay, fifth},
		{santiago, "2026-09-06", "2026-09-07", report.ByDay, sixth},
		{santiago, "2026-09-06", "2026-10-01", report.ByMonth, "RF-260906-260930-USD 09/30/2026 28.00"},
		{santiago, "2026-09-01", "2026-09-06", report.ByMonth, "RF-260901-260905-USD 09/05/2026 3.00"},
		{cairo, "2026-04-01", "2026-05-01", report.ByDay, "RF-20260423-USD 04/23/2026 1.00, RF-20260424-USD 04/24/2026 6.00, RF-20260425-USD 04/25/2026 8.00"},
		{cairo, "2026-04-24", "2026-04-25", report.ByDay, "RF-20260424-USD 04/24/2026 6.00"},
	} {
		if got := sums(t, db, between(t, tt.zone, tt.from, tt.to), tt.by); got != tt.want {
			t.Errorf("%s from %s to %s by %s: %s, want %s", tt.zone, tt.from, tt.to, tt.by, got, tt.want)
		}
	}
}

// A month may begin at one o'clock as well: in Paraguay October 2023 did. Beancount's
// assertion is of the beginning of the day that the period ends before.
func TestBalancesAreOfTheDayThatIsMeant(t *testing.T) {
	db := pgtest.New(t)
	asuncion := zone(t, "America/Asuncion")
	for i, at := range []string{"2023-09-30T23:00:00-04:00", "2023-10-01T01:00:00-03:00", "2023-11-01T00:00:00-03:00"} {
		post(t.Context(), t, db, fmt.Sprint("asuncion", i), at, 100<<i)
	}
	if got, want := sums(t, db, between(t, asuncion, "2023-09-01", "2023-12-01"), report.ByMonth),
		"RF-202309-USD 09/30/2023 1.00, RF-202310-USD 10/31/2023 2.00, RF-202311-USD 11/30/2023 4.00"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	balances := func(q report.Query) (all []string) {
		_, texts := mustBooks(t, db, q, report.Books{Program: accounts.Beancount})
		for l := range strings.Lines(texts[0]) {
			if f := strings.Fields(l); len(f) > 3 && f[1] == "balance" && strings.Contains(f[2], "Stripe") {
				all = append(all, f[0]+" "+f[3])
			}
		}
		return all
	}
	for _, tt := range []struct{ from, to, want string }{
		{"2023-09-01", "2023-12-01", "[2023-10-01 1.00 2023-11-01 3.00 2023-12-01 7.00]"},
		{"2023-09-01", "2023-10-01", "[2023-10-01 1.00]"},
		{"2023-10-01", "2023-11-01", "[2023-11-01 3.00]"},
	} {
		if got := fmt.Sprint(balances(between(t, asuncion, tt.from, tt.to))); got != tt.want {
			t.Errorf("from %s to %s: balances %s, want %s", tt.from, tt.to, got, tt.want)
		}
	}
	q := between(t, asuncion, "2023-09-01", "2023-10-01")
	q.To = q.To.Add(-time.Second) // within 30 September: what it left is told at the beginning of the next day
	if got := fmt.Sprint(balances(q)); got != "[2023-10-01 1.00]" {
		t.Errorf("before its last second: %s", got)
	}
}

// Stripe tells of a payout's day without a zone: it is of the period that holds that
// day of the zone's calendar, whatever time it begins at there.
func TestAPayoutIsOfItsDayWhereverThatBegins(t *testing.T) {
	db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival)
		select 'po_' || d::date, 'paid', 'EUR', 3000, true, 'standard', '', '', '', 1, extract(epoch from d)::bigint
		from unnest('{2026-04-23 00:00Z, 2026-04-24 00:00Z, 2026-04-25 00:00Z}'::timestamptz[]) as d`); err != nil {
		t.Fatal(err)
	}
	cairo := zone(t, "Africa/Cairo")
	for _, tt := range []struct{ from, to, want string }{
		{"2026-04-23", "2026-04-24", "2026-04-23"},
		{"2026-04-24", "2026-04-25", "2026-04-24"},
		{"2026-04-25", "2026-04-26", "2026-04-25"},
	} {
		_, rows := table(t, db, "payouts", between(t, cairo, tt.from, tt.to))
		if got := strings.TrimSpace(cells(rows, "payout_date")); got != tt.want {
			t.Errorf("from %s to %s: payouts of %q, want %s", tt.from, tt.to, got, tt.want)
		}
	}
}

// By payout, a gift is of the day on which the payout that brings it arrives.
func TestAGiftIsOfTheDayOfItsPayout(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	if _, err := db.Exec(t.Context(), `update payouts set arrival = extract(epoch from timestamptz '2026-04-24 00:00Z')::bigint where id = 'po_1'`); err != nil {
		t.Fatal(err)
	}
	cairo := zone(t, "Africa/Cairo")
	for from, want := range map[string]string{"2026-04-23": "", "2026-04-24": "2026-04-24", "2026-04-25": ""} {
		d, err := calendar.Parse(from)
		if err != nil {
			t.Fatal(err)
		}
		q := between(t, cairo, from, d.Add(1).String())
		q.Basis = report.PaidOut
		_, rows := table(t, db, "donations", q)
		if got := strings.TrimSpace(cells(rows, "payout_date")); got != want {
			t.Errorf("on %s: gifts of payouts of %q, want %q", from, got, want)
		}
	}
}

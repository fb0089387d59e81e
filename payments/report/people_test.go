package report_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// regular puts two donors into December 2026: one who gives each month and gave in
// November as well, one who gave once, in two currencies. A gift is of nobody.
func regular(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	at := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 12, 0, 0, 0, time.UTC) }
	record(t, db, 20, at(11, 5), "EUR", 1500, 0, "Ada")
	record(t, db, 21, at(12, 5), "EUR", 1500, 500, "Ada B.")
	record(t, db, 22, at(12, 6), "EUR", 9900, 0, "Ada")
	record(t, db, 23, at(12, 7), "JPY", 700, 0, "Grace")
	record(t, db, 24, at(12, 8), "EUR", 800, 0, "=Grace")
	record(t, db, 25, at(12, 9), "EUR", 300, 0, "")
	batch := &pgx.Batch{}
	for _, statement := range []string{
		`insert into donors (donor_id, email_key) values ('dnr_ada', 'ada@example.org'), ('dnr_grace', 'grace@example.org')`,
		`update donations set donor_id = 'dnr_ada', donor_email = 'ada@example.org', subscription = 'sub_ada' where donation_id in ('don_20', 'don_21', 'don_22')`,
		`update donations set status = 'failed' where donation_id = 'don_22'`,
		`update donations set donor_id = 'dnr_grace', donor_email = 'grace@example.org', country = '' where donation_id in ('don_23', 'don_24')`,
		`insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, started_at, current_period_end, canceled_at,
			cancel_at_period_end, cancel_reason, checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country) values
			('rec_ada', 'sub_ada', 'monthly', 'past_due', 'EUR', 1500, '2026-11-05T12:00:00Z', '2027-01-05T12:00:00Z', null, false, '', 'c',
				'independence', 'autumn', 'base', 'end', 'geneva', 'dnr_ada', 'Ada', 'ada@example.org', 'DE'),
			('rec_gone', 'sub_gone', 'annual', 'canceled', 'USD', 6000, '2025-01-01T00:00:00Z', '2026-12-15T00:00:00Z', '2026-11-20T00:00:00Z', false,
				'too_expensive', 'c', 'independence', '', '', '', '', 'dnr_ada', 'Ada', 'ada@example.org', 'DE'),
			('rec_ends', 'sub_ends', 'annual', 'canceled', 'USD', 6000, '2025-01-02T00:00:00Z', '2026-12-15T00:00:00Z', '2026-11-20T00:00:00Z', true,
				'', 'c', 'other', '', '', '', '', 'dnr_grace', '', '', ''),
			('rec_later', 'sub_later', 'monthly', 'active', 'EUR', 100, '2027-01-01T00:00:00Z', '2027-02-01T00:00:00Z', null, false,
				'', 'c', 'other', '', '', '', '', 'dnr_grace', '', '', '')`,
		`insert into invoices (id, subscription, checkout_id, customer, status, billing_reason, currency, amount_paid, attempts, failed, email, name, country, created)
			select 'in_' || n, 'sub_ada', '', '', status, '', 'EUR', 0, attempts, failed, '', '', '', extract(epoch from at::timestamptz)::bigint from (values
			(1, 'paid', 2, true, '2026-11-05T00:00:00Z'), (2, 'paid', 3, true, '2026-12-05T00:00:00Z'),
			(3, 'open', 2, true, '2026-12-06T00:00:00Z'), (4, 'open', 1, false, '2026-12-07T00:00:00Z'), (5, 'paid', 0, false, '2026-12-08T00:00:00Z')
			) v (n, status, attempts, failed, at)`,
	} {
		batch.Queue(statement)
	}
	if err := db.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
}

// Recurring donations that ran in the period, with what they gave in it and ever, and
// how often a charge failed.
func TestRecurring(t *testing.T) {
	db := pgtest.New(t)
	regular(t, db)
	m, rows := table(t, db, "recurring", december(zone(t, "Europe/Berlin")))
	if got, want := cells(rows, "recurring_id donor_id status interval currency amount started_at canceled_at cancel_reason failed_payments total_given stripe_subscription gifts refunded gifts_ever total_ever ends_with_period"), ``+
		"rec_ends | dnr_grace | canceled | annual | USD | 60.00 | 2025-01-02T01:00:00+01:00 | 2026-11-20T01:00:00+01:00 |  | 0 | 0.00 | sub_ends | 0 | 0.00 | 0 | 0.00 | true\n"+
		"rec_ada | dnr_ada | past_due | monthly | EUR | 15.00 | 2026-11-05T13:00:00+01:00 |  |  | 4 | 10.00 | sub_ada | 1 | 5.00 | 2 | 25.00 | false\n"; got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	if got := m.Totals["EUR"]; got["total_given"] != "10.00" || got["amount"] != "15.00" {
		t.Errorf("totals %v", m.Totals)
	}
	if m.TotalsByStatus["past_due"].Rows != 1 || len(m.Notes) == 0 {
		t.Errorf("%+v", m)
	}
	q := december(time.UTC)
	q.Campaign = "other"
	if _, rows = table(t, db, "recurring", q); cells(rows, "recurring_id") != "rec_ends\n" {
		t.Errorf("of a campaign: %v", rows)
	}
	q.Campaign, q.Currency = "", "EUR"
	if _, rows = table(t, db, "recurring", q); cells(rows, "recurring_id") != "rec_ada\n" {
		t.Errorf("of a currency: %v", rows)
	}
}

// Donors with the gifts of the period, in each currency by itself; what they were called
// last. What they gave adds up to the report of donations.
func TestDonors(t *testing.T) {
	db := pgtest.New(t)
	regular(t, db)
	q := december(time.UTC)
	m, rows := table(t, db, "donors", q)
	if got, want := cells(rows, "donor_id name email country first_gift last_gift gifts currency total_given recurring_status refunded first_ever gifts_ever total_ever"), ``+
		" |  |  |  | 2026-12-09T12:00:00Z | 2026-12-09T12:00:00Z | 1 | EUR | 3.00 |  | 0.00 | 2026-12-09T12:00:00Z | 1 | 3.00\n"+
		"dnr_ada | Ada B. | ada@example.org | DE | 2026-12-05T12:00:00Z | 2026-12-05T12:00:00Z | 1 | EUR | 10.00 | past_due | 5.00 | 2026-11-05T12:00:00Z | 2 | 25.00\n"+
		"dnr_grace | '=Grace | grace@example.org |  | 2026-12-08T12:00:00Z | 2026-12-08T12:00:00Z | 1 | EUR | 8.00 | active | 0.00 | 2026-12-08T12:00:00Z | 1 | 8.00\n"+
		"dnr_grace | Grace | grace@example.org |  | 2026-12-07T12:00:00Z | 2026-12-07T12:00:00Z | 1 | JPY | 700 | active | 0 | 2026-12-07T12:00:00Z | 1 | 700\n"; got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	given, _ := table(t, db, "donations", q)
	for _, c := range []money.Currency{"EUR", "JPY"} {
		if m.Totals[c]["total_given"] != given.TotalsByStatus["succeeded"].Totals[c]["net_of_refunds"] {
			t.Errorf("%s: donors gave %s, donations are %v", c, m.Totals[c]["total_given"], given.TotalsByStatus["succeeded"].Totals[c])
		}
	}
	q.To = q.From.AddDate(0, 0, 1)
	if m, rows = table(t, db, "donors", q); len(rows) != 0 || m.Rows != 0 {
		t.Errorf("a day without gifts has %v", rows)
	}
}

// Neither report has another basis than its own.
func TestPeopleHaveNoBasis(t *testing.T) {
	for _, name := range []string{"recurring", "donors"} {
		q := december(time.UTC)
		q.Basis = report.Available
		if report.CheckFilters(name, q) == nil {
			t.Errorf("%s is cut by available", name)
		}
	}
}

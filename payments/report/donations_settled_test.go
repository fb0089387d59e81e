package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
)

// What a gift became on the account stands beside it once Stripe has told, whichever
// end names the other, and never as zero before.
func TestWhatAGiftBecame(t *testing.T) {
	db := pgtest.New(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i := range 5 {
		record(t, db, i, now.Add(time.Duration(i)*time.Minute), "GBP", 3000, 0, "")
	}
	for _, statement := range []string{
		`update donations set balance_transaction = '', charge = 'ch_' || donation_id`,
		chargesOfGifts,
		`update donations set balance_transaction = 'txn_0' where donation_id = 'don_0'`,
		`update donations set balance_transaction = 'txn_x' where donation_id = 'don_3'`,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on) values
			('txn_0', 'ch_don_0', 'charge', 'charge', 'USD', 3819, 163, 3656, '1.2731', 1, 1),
			('txn_1', 'ch_don_1', 'payment', 'charge', 'GBP', 3000, 20, 2980, '', 1, 1),
			('txn_2', 'ch_don_1', 'payment_failure_refund', 'charge_failure', 'GBP', -3000, 5, -3005, '', 1, 1),
			('txn_4', 'ch_don_4', '', '', '', 0, 0, 0, '', 0, 0)`,
		`insert into payout_rows values ('txn_0', 'po_0'), ('txn_1', 'po_unknown')`,
		`insert into payouts values ('po_0', 'paid', 'USD', 3656, true, 'standard', '', '', '', 1, 1764115200, true)`,
	} {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	m, rows := write(t, db, report.Query{From: now, To: now.Add(time.Hour), Zone: zone(t, "America/New_York")}) // a day behind midnight UTC
	for i, want := range []string{
		"USD 38.19 1.63 36.56 po_0 2025-11-26", "GBP 0.00 0.25 -0.25 po_unknown ", "     ", "     ", "     ",
	} {
		if got := strings.Join(rows[i][9:15], " "); got != want {
			t.Errorf("gift %d: %q, want %q", i, got, want)
		}
	}
	if got := m.Totals["USD"]; got["settlement_gross"] != "38.19" || got["fee"] != "1.63" || got["net"] != "36.56" {
		t.Errorf("totals %v", m.Totals)
	}
	if got := m.Totals["GBP"]; got["amount"] != "150.00" || got["settlement_gross"] != "0.00" || got["fee"] != "0.25" || got["net"] != "-0.25" {
		t.Errorf("totals %v", m.Totals)
	}
}

// chargesOfGifts tells the charge of each gift that names one.
const chargesOfGifts = `insert into charges (id, payment, checkout_id, customer, currency, amount, amount_refunded, balance_transaction, method, email,
	name, country, created, told_class, told_at, told_rank, told_event, status, failure_code)
	select charge, payment, '', '', currency, amount, 0, '', 'card', '', '', '', 1, 0, 0, 0, '', 'succeeded', '' from donations where charge <> ''`

// What a gift became is what remained of it: what came back of a debit, what of a hold
// was not taken, and earlier attempts that were booked and came back count with it.
func TestWhatRemainedOfAGift(t *testing.T) {
	db := pgtest.New(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i := range 4 {
		record(t, db, i, now.Add(time.Duration(i)*time.Minute), "USD", 3000, 0, "")
	}
	for _, statement := range []string{
		`update donations set charge = 'ch_' || donation_id, balance_transaction = 'txn_' || substr(donation_id, 5)`,
		chargesOfGifts,
		`insert into charges select (jsonb_populate_record(c, '{"id": "ch_before"}')).* from charges c where id = 'ch_don_1'`, // an earlier attempt
		`insert into refunds (id, charge, payment, status, currency, amount, reason, failure_reason, balance_transaction,
			failure_transaction, created, undone_at) values ('re_2', 'ch_don_2', '', 'succeeded', 'USD', 1000, '', '', 'txn_7', '', 1, 0),
			('re_3', 'ch_don_3', '', 'succeeded', 'USD', 1000, '', '', 'txn_8', '', 1, 0)`,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on) values
			('txn_0', 'ch_don_0', 'payment', 'charge', 'USD', 3000, 24, 2976, '', 1, 1),
			('txn_4', 'ch_don_0', 'payment_failure_refund', '', 'USD', -3000, 400, -3400, '', 1, 1),
			('txn_1', 'ch_don_1', 'payment', 'charge', 'USD', 3000, 24, 2976, '', 1, 1),
			('txn_5', 'ch_before', 'payment', 'charge', 'USD', 3000, 24, 2976, '', 1, 1),
			('txn_6', 'ch_before', 'payment_failure_refund', 'charge_failure', 'USD', -3000, 400, -3400, '', 1, 1),
			('txn_2', 'ch_don_2', 'charge', 'charge', 'USD', 3000, 117, 2883, '', 1, 1),
			('txn_7', 're_2', 'refund', 'partial_capture_reversal', 'USD', -1000, -29, -971, '', 1, 1),
			('txn_3', 'ch_don_3', 'charge', 'charge', 'USD', 3000, 117, 2883, '', 1, 1),
			('txn_8', 're_3', 'refund', 'refund', 'USD', -1000, 0, -1000, '', 1, 1),
			('txn_9', 'ch_don_3', 'stripe_fee', 'network_cost', 'USD', -7, 0, -7, '', 1, 1)`,
	} {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	m, rows := table(t, db, "donations", report.Query{From: now, To: now.Add(time.Hour), Zone: time.UTC})
	wantCells(t, cells(rows, "donation_id settlement_currency settlement_gross fee net"), `
		don_0 | USD | 0.00 | 4.24 | -4.24
		don_1 | USD | 30.00 | 4.48 | 25.52
		don_2 | USD | 20.00 | 0.88 | 19.12
		don_3 | USD | 30.00 | 1.17 | 28.83
		`)
	if got := m.Totals["USD"]; got["settlement_gross"] != "80.00" || got["fee"] != "10.77" || got["net"] != "69.23" {
		t.Errorf("totals %v", m.Totals)
	}
	// What the asks cost is the same.
	if m, _ := table(t, db, "appeals", report.Query{From: now, To: now.Add(time.Hour), Zone: time.UTC}); m.Totals["USD"]["fees"] != "10.77" {
		t.Errorf("the report of appeals has %v", m.Totals)
	}
}

// A payout that failed brought nothing: its gifts belong to the payout that carried
// their money later, and while there is none, to no payout.
func TestAPayoutThatFailedDidNotArrive(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	fifth := report.Query{From: time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 6, 0, 0, 0, 0, time.UTC), Zone: time.UTC, Basis: report.PaidOut}
	eighth := fifth
	eighth.From, eighth.To = time.Date(2026, 12, 8, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 9, 0, 0, 0, 0, time.UTC)
	later := december(time.UTC)
	later.Basis = report.PaidOut
	for _, step := range []struct {
		what                     string
		change                   string
		onTheFifth, onTheEighth  string
		inDecember, byItsOwnDate string
	}{
		{"it is paid", `select 1`, "don_1 | po_1 | 2026-12-05\n", "", "don_1 | po_1 | 2026-12-05\n", "don_1 | po_1 | 2026-12-05\n"},
		{"it fails", `update payouts set status = 'failed', failure_transaction = 'txn_back' where id = 'po_1'`, "", "", "", "don_1 |  | \n"},
		{"its money goes out again", `insert into payout_rows values ('txn_back', 'po_4')`, "", "don_1 | po_4 | 2026-12-08\n", "don_1 | po_4 | 2026-12-08\n", "don_1 | po_4 | 2026-12-08\n"},
		{"that is canceled", `update payouts set status = 'canceled', failure_transaction = 'txn_again' where id = 'po_4'`, "", "", "", "don_1 |  | \n"},
		{"and a payout that is not told of yet carries it", `insert into payout_rows values ('txn_again', 'po_9')`, "", "", "", "don_1 | po_9 | \n"},
		{"payouts that name each other", `update payout_rows set payout = 'po_1' where id = 'txn_again'`, "", "", "", "don_1 |  | \n"},
	} {
		if _, err := db.Exec(t.Context(), step.change); err != nil {
			t.Fatal(err)
		}
		for _, asked := range []struct {
			query report.Query
			want  string
		}{{fifth, step.onTheFifth}, {eighth, step.onTheEighth}, {later, step.inDecember}, {december(time.UTC), step.byItsOwnDate}} {
			if _, rows := table(t, db, "donations", asked.query); cells(rows, "donation_id payout_id payout_date") != asked.want {
				t.Errorf("%s: from %s by %q: got %q, want %q", step.what, asked.query.From.Format(time.DateOnly), asked.query.Basis,
					cells(rows, "donation_id payout_id payout_date"), asked.want)
			}
		}
	}
}

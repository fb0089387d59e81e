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
		`update donations set balance_transaction = 'txn_0' where donation_id = 'don_0'`,
		`update donations set balance_transaction = 'txn_x' where donation_id = 'don_3'`,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on) values
			('txn_0', 'ch_don_0', 'charge', 'charge', 'USD', 3819, 163, 3656, '1.2731', 1, 1),
			('txn_1', 'ch_don_1', 'payment', 'charge', 'GBP', 3000, 0, 3000, '', 1, 1),
			('txn_2', 'ch_don_1', 'payment', 'charge_failure', 'GBP', -3000, 0, -3000, '', 1, 1),
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
		"USD 38.19 1.63 36.56 po_0 2025-11-26", "GBP 30.00 0.00 30.00 po_unknown ", "     ", "     ", "     ",
	} {
		if got := strings.Join(rows[i][9:15], " "); got != want {
			t.Errorf("gift %d: %q, want %q", i, got, want)
		}
	}
	if got := m.Totals["USD"]; got["settlement_gross"] != "38.19" || got["fee"] != "1.63" || got["net"] != "36.56" {
		t.Errorf("totals %v", m.Totals)
	}
	if got := m.Totals["GBP"]; got["amount"] != "150.00" || got["settlement_gross"] != "30.00" {
		t.Errorf("totals %v", m.Totals)
	}
}

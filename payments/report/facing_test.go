package report_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// What Stripe takes for a charge has the charge as its source, and no payer saw it:
// like Stripe's own report, ours has no customer-facing amount for it.
func TestNobodySawTheFeeOfACharge(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	at := time.Date(2026, 12, 2, 12, 0, 0, 0, time.UTC).Unix()
	fee := &pgx.Batch{}
	fee.Queue(`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on) values
		('txn_cost', 'ch_1', 'stripe_fee', 'network_cost', 'USD', -7, 0, -7, '', $1, $1), ('txn_old', 'ch_1', 'stripe_fee', '', 'USD', -3, 0, -3, '', $1, $1)`, at)
	fee.Queue(`insert into payout_rows (id, payout) values ('txn_cost', 'po_1'), ('txn_old', 'po_1')`)
	fee.Queue(`insert into postings (entry_id, kind, number, account, amount, balance_transaction, donation_id, posted_at, currency) values
		('cost', 'original', 1, 'fees', 7, 'txn_cost', 'don_1', $1, 'USD'), ('cost', 'original', 1, 'stripe_clearing', -7, 'txn_cost', '', $1, 'USD')`, at)
	if err := db.SendBatch(t.Context(), fee).Close(); err != nil {
		t.Fatal(err)
	}
	_, rows := table(t, db, "payouts", december(time.UTC))
	wantCells(t, cells(rows[:4], "balance_transaction_id gross customer_facing_currency customer_facing_amount donation_id"), `
		txn_1 | 11.00 | EUR | 10.00 | don_1
		txn_2 | -4.80 | EUR | -4.00 | don_1
		txn_cost | -0.07 |  |  | don_1
		txn_old | -0.03 |  |  | don_1
		`)
	_, rows = table(t, db, "journal", december(time.UTC))
	wantCells(t, cells(rows[6:7], "account presentment_currency presentment_amount donation_id"), `
		fees |  |  | don_1
		`)
}

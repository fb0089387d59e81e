package app

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/ledger"
)

func TestExamineLedger(t *testing.T) {
	db := pgtest.New(t)
	if c := examineLedger(t.Context(), db, time.Now()); c.Wrong != "" || !strings.HasPrefix(c.Found, "0 entries") {
		t.Errorf("%+v", c)
	}
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	const movement = `insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on) values `
	exec(movement + `('txn_1', 're_1', 'refund', 'refund', 'EUR', -500, 0, -500, '', 1, 1)`)
	exec(`insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at) values
		('txn_1.1', 'txn_1', 'original', 1, 'stripe_clearing', 'EUR', -500, '', 1), ('txn_1.1', 'txn_1', 'original', 1, 'other', 'EUR', 500, '', 1)`)
	const want = `1 entries, each adds up to 0; on the account "other" stand 5.00 EUR; of 1 balance transactions the payment is not told yet`
	if c := examineLedger(t.Context(), db, time.Now()); c.Wrong != "" || c.Found != want {
		t.Errorf("%+v", c)
	}
	// It may wait as long as events take; after that something is lost.
	c := examineLedger(t.Context(), db, time.Now().Add(2*time.Hour))
	if !strings.Contains(c.Wrong, "of 1 balance transactions the payment is not told, the first was booked 2h0m ago: txn_1") || c.Found != "" ||
		!strings.Contains(c.Wrong, `on the account "other" stand 5.00 EUR`) || !strings.Contains(c.Do, "readerfund reconcile --since ") {
		t.Errorf("%+v", c)
	}
	// Books that nobody compares are wrong after some days, too.
	if c := examineReconciled(t.Context(), db, ledger.Standing{}, time.Now().Add(time.Hour)); c.Wrong != "" || !strings.Contains(c.Found, "not compared with Stripe yet") {
		t.Errorf("%+v", c)
	}
	if c := examineReconciled(t.Context(), db, ledger.Standing{}, time.Now().Add(4*24*time.Hour)); c.Wrong != "the books began 4 days ago and were never compared with Stripe" ||
		c.Found != "" || !strings.Contains(c.Do, "readerfund reconcile") {
		t.Errorf("%+v", c)
	}
	exec(movement + `('txn_2', 'ch_1', 'charge', 'charge', 'EUR', 500, 30, 470, '', 1, 1)`)
	if c := examineLedger(t.Context(), db, time.Now()); !strings.Contains(c.Wrong, "1 balance transactions have no entry: txn_2") || !strings.Contains(c.Do, "readerfund rebuild") {
		t.Errorf("%+v", c)
	}
	exec(`alter table postings disable trigger user; delete from postings where amount > 0`)
	if c := examineLedger(t.Context(), db, time.Now()); !strings.Contains(c.Wrong, "1 entries do not add up to 0") || !strings.Contains(c.Do, "postings_stay") {
		t.Errorf("%+v", c)
	}
}

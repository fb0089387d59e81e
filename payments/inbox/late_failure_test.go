package inbox_test

import (
	"math/rand/v2"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
)

// A debit that Stripe took back days after it had succeeded, as its events and lists
// tell it in any order: the gift failed, the digest is one, and so does a rebuild make it.
func TestADebitThatComesBackLate(t *testing.T) {
	const gift = `"currency":"usd","metadata":{"readerfund_checkout":"checkout-1","frequency":"one_time","campaign":"independence"}`
	events := []string{
		`{"id":"evt_1","created":1793000000,"type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","amount":5000,"amount_received":5000,"status":"succeeded","created":1793000000,"latest_charge":"py_1",` + gift + `}}}`,
		`{"id":"evt_2","created":1793000001,"type":"charge.succeeded","data":{"object":{"id":"py_1","object":"charge","amount":5000,"amount_captured":5000,"status":"succeeded","paid":true,"payment_intent":"pi_1","created":1793000000,"balance_transaction":"txn_1",` + gift + `}}}`,
		`{"id":"evt_3","created":1793000001,"type":"readerfund.told","data":{"object":{"id":"txn_1","object":"balance_transaction","amount":5000,"fee":40,"net":4960,"currency":"usd","type":"payment","reporting_category":"charge","source":"py_1","created":1793000000}}}`,
		`{"id":"evt_4","created":1793300001,"type":"charge.failed","data":{"object":{"id":"py_1","object":"charge","amount":5000,"amount_captured":5000,"status":"failed","paid":false,"payment_intent":"pi_1","created":1793000000,"balance_transaction":"txn_1","failure_balance_transaction":"txn_2","failure_code":"payment_method_customer_decline",` + gift + `}}}`,
		`{"id":"evt_5","created":1793300001,"type":"readerfund.told","data":{"object":{"id":"txn_2","object":"balance_transaction","amount":-5000,"fee":0,"net":-5000,"currency":"usd","type":"payment_failure_refund","reporting_category":"charge_failure","source":"py_1","created":1793300000}}}`,
	}
	random, sound := rand.New(rand.NewPCG(5, 5)), ""
	for range 4 {
		db := pgtest.New(t)
		in := newInbox(t, db)
		order := random.Perm(len(events))
		for _, i := range order {
			if _, err := in.Receive(t.Context(), []byte(events[i])); err != nil {
				t.Fatal(err)
			}
		}
		var status string
		if err := db.QueryRow(t.Context(), `select status from donations`).Scan(&status); err != nil || status != "failed" {
			t.Errorf("told in order %v it is %q, %v", order, status, err)
		}
		now := digest(t, db)
		if sound == "" {
			sound = now
		}
		made, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{})
		if err != nil || now != sound || made.After != sound {
			t.Errorf("told in order %v the books are %s, a rebuild's %s, before %s, %v", order, now, made.After, sound, err)
		}
	}
}

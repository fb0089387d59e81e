package ledger_test

import (
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// A refund fails days after it was made, the event is lost, and the balance is read: the
// refund is asked for, and the gift, the refund and the journal say the same. So a
// reconciliation of the days after it finds nothing, and nothing is hidden from it.
func TestARefundThatFailedUnheard(t *testing.T) {
	a := newAccount(t, histories.Options{Seed: 5, Settles: true})
	payment := a.gift("4000", "usd", "pm_card_refundFail")
	a.Advance(time.Hour)
	refund := a.post("/v1/refunds", "payment_intent", payment, "amount", "1500")
	for range 7 {
		a.Advance(24 * time.Hour)
	}
	heard := false
	b := a.newBooks(func(e histories.Event) bool {
		failed := e.About == refund || e.Type == "charge.refund.updated"
		heard = heard || failed
		return failed
	})
	if !heard {
		t.Fatal("no event tells that the refund failed")
	}
	// An account whose events tell refunds one by one has it as it was made.
	b.exec(`insert into refunds (id, charge, payment, status, currency, amount, reason, failure_reason, balance_transaction, failure_transaction, created, undone_at)
		select $1, id, payment, 'succeeded', currency, 1500, '', '', '', '', refunded_at, 0 from charges where amount = 4000`, refund)
	b.settle()
	var status, categories string
	var refunded, journal, made int64
	err := b.db.QueryRow(t.Context(), `select r.status, r.created, d.refunded,
			(select coalesce(sum(amount), 0)::bigint from postings where account like 'refunds:%'),
			(select string_agg(category, ' ' order by created) from balance_transactions where source = r.id)
		from refunds r join donations d on d.charge = r.charge where r.id = $1`, refund).Scan(&status, &made, &refunded, &journal, &categories)
	if err != nil {
		t.Fatal(err)
	}
	if categories != "refund refund_failure" || status != "failed" || refunded != 0 || journal != 0 {
		t.Errorf("booked %s: the refund is %s, refunded of the gift %d, the journal has %d", categories, status, refunded, journal)
	}
	at := b.inbox.Now().Add(time.Second)
	b.inbox.Now = func() time.Time { return at }
	r := &ledger.Reconciler{DB: b.db, Stripe: b.source, Inbox: b.intake(), Now: b.inbox.Now, Log: b.inbox.Log}
	if out, err := r.Reconcile(t.Context(), time.Unix(made+3600, 0)); err != nil || out.Found != 0 || !out.Holds() {
		t.Errorf("the days after: %d found, holds %v, %v", out.Found, out.Holds(), err)
	}
	if out := b.reconcile(); out.Found != 0 || !out.Holds() {
		t.Errorf("all days: %d found, holds %v: %s", out.Found, out.Holds(), lines(out.Remaining))
	}
}

package payments_test

import (
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// A reader who comes back from Stripe's page sees a first monthly gift before
// its invoice is linked to its payment, as since 2025-03-31.basil, and the same
// one afterwards.
func TestAFirstMonthlyGiftIsFoundBeforeItsLink(t *testing.T) {
	db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant,
		placement, article, language, cover_fees, statement_suffix, stripe_session, session_url, session_expires_at)
		values ('checkout-0123456789012345', now(), 'monthly', 'EUR', 1000, 'independence', 'Independence', '', '', '', '', 'en', false, '', 'cs_1', 'https://x', now())`); err != nil {
		t.Fatal(err)
	}
	paid := payments.PaymentState{Status: "succeeded", Amount: money.New(1000, "EUR")}
	attribution := []payments.Attribution{{CheckoutID: "checkout-0123456789012345", Kind: payments.Monthly, Campaign: "independence"}}
	gifts := &payments.Gifts{DB: db}
	for i, facts := range []payments.Facts{
		{Attributions: attribution, Sessions: []payments.Session{{ID: "cs_1", CheckoutID: "checkout-0123456789012345", Mode: "subscription", Status: "complete",
			Subscription: "sub_1", Invoice: "in_1", Customer: "cus_1", Created: 90}}},
		{Payments: []payments.Payment{{ID: "pi_1", Customer: "cus_1", Created: 100, Promised: true, Stamp: paid.Stamp(100, "evt_1"), State: paid}}},
		{InvoicePayments: []payments.InvoicePayment{{Invoice: "in_1", Payment: "pi_1"}}},
		{Payments: []payments.Payment{{ID: "pi_2", Customer: "cus_1", Created: 50, Promised: true, Stamp: paid.Stamp(200, "evt_2"), State: paid}}},
	} {
		mergeInto(t, db, facts, payments.Merge)
		gift, err := gifts.BySession(t.Context(), "cs_1")
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if gift.Status != "" {
				t.Errorf("%+v", gift)
			}
			continue
		}
		var first string
		if err := db.QueryRow(t.Context(), "select donation_id from donations where payment = 'pi_1'").Scan(&first); err != nil {
			t.Fatal(err)
		}
		if gift.Status != "succeeded" || gift.DonationID != first {
			t.Errorf("after %d: %+v, want %s", i, gift, first)
		}
	}
}

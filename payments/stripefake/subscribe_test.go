package stripefake_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestMonthlyGift(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	ss := s.session("eur", 1000, "month")
	s.paid(ss.URL, card("5555555555554444"))
	s.flush()

	want := []string{
		"customer.created", "payment_method.attached", "customer.updated", "customer.subscription.created", "invoice.created",
		"payment_intent.created", "invoice.finalized", "charge.succeeded", "payment_intent.succeeded", "invoice.paid",
		"invoice.payment_succeeded", "customer.subscription.updated", "checkout.session.completed",
	}
	if got := s.emitted(); !slices.Equal(got, want) {
		t.Errorf("events\n%v, want\n%v", got, want)
	}
	done := one[stripe.CheckoutSession](s.inbox, "checkout.session.completed")
	if done.PaymentIntent != nil || done.Subscription == nil || done.Invoice == nil || done.Customer == nil || done.PaymentStatus != "paid" {
		t.Errorf("completed session %+v", done)
	}
	sub := one[stripe.Subscription](s.inbox, "customer.subscription.updated")
	if sub.Status != "active" || sub.Metadata["checkout"] != "subscription-metadata" || sub.Items.Data[0].Price.UnitAmount != 1000 ||
		sub.Items.Data[0].Price.Recurring.Interval != "month" || time.Unix(sub.CurrentPeriodEnd, 0).Sub(time.Unix(sub.CurrentPeriodStart, 0)) < 27*24*time.Hour {
		t.Errorf("subscription %+v", sub)
	}
	if began := one[stripe.Subscription](s.inbox, "customer.subscription.created"); began.Status != "incomplete" {
		t.Errorf("subscription begins %s", began.Status)
	}
	if before := s.inbox.events("customer.subscription.updated")[0].Data.PreviousAttributes; before["status"] != "incomplete" || len(before) != 1 {
		t.Errorf("previous_attributes %v", before)
	}
	inv := one[stripe.Invoice](s.inbox, "invoice.paid")
	if !inv.Paid || inv.AmountPaid != 1000 || inv.BillingReason != "subscription_create" || inv.Subscription.ID != sub.ID ||
		inv.SubscriptionDetails.Metadata["checkout"] != "subscription-metadata" || inv.Charge == nil || len(inv.Lines.Data) != 1 ||
		inv.Lines.Data[0].Period.End != sub.CurrentPeriodEnd || inv.Number == "" {
		t.Errorf("invoice %+v", inv)
	}
	pi := one[stripe.PaymentIntent](s.inbox, "payment_intent.succeeded")
	if len(pi.Metadata) != 0 || pi.Invoice.ID != inv.ID || pi.Description != "Subscription creation" || pi.Customer.ID != done.Customer.ID {
		t.Errorf("payment intent %+v", pi)
	}
	if ch := one[stripe.Charge](s.inbox, "charge.succeeded"); ch.Invoice.ID != inv.ID || ch.Customer.ID != done.Customer.ID {
		t.Errorf("charge %+v", ch)
	}
}

func TestDeclinedMonthlyGift(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	ss := s.session("usd", 1000, "month")
	if resp, _ := s.pay(ss.URL, card("4000000000000002")); resp.StatusCode != http.StatusPaymentRequired {
		t.Fatalf("answered %d", resp.StatusCode)
	}
	if got := s.reload(ss.ID); got.Status != "open" || got.Subscription != nil || got.Invoice != nil {
		t.Errorf("session after a decline: %+v", got)
	}
	s.paid(ss.URL, card("4242424242424242"))
	s.flush()
	if truth := s.Truth(); len(truth.Subscriptions) != 1 || truth.Subscriptions[0].Status != "active" || len(truth.Payments) != 1 {
		t.Errorf("truth %+v", truth)
	}
	if inv := one[stripe.Invoice](s.inbox, "invoice.paid"); inv.AttemptCount != 2 {
		t.Errorf("%d attempts", inv.AttemptCount)
	}
	if n := len(s.inbox.events("invoice.payment_failed")); n != 1 {
		t.Errorf("%d invoice.payment_failed", n)
	}
}

func TestFirstPaymentNeverComes(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	ss := s.session("usd", 1000, "month")
	s.pay(ss.URL, card("4000000000000002"))
	s.advance(23*time.Hour + time.Minute)
	s.flush()
	if sub := one[stripe.Subscription](s.inbox, "customer.subscription.updated"); sub.Status != "incomplete_expired" {
		t.Errorf("subscription is %s", sub.Status)
	}
	if inv := one[stripe.Invoice](s.inbox, "invoice.voided"); inv.Status != "void" {
		t.Errorf("invoice is %s", inv.Status)
	}
	// The page is still open and begins anew.
	s.paid(ss.URL, card("4242424242424242"))
	if subs := s.Truth().Subscriptions; len(subs) != 2 || subs[1].Status != "active" {
		t.Errorf("subscriptions %+v", subs)
	}
}

func TestRenewals(t *testing.T) {
	base := time.Date(2027, 1, 31, 10, 0, 0, 0, time.UTC)
	s := newStand(t, stripefake.Options{Clock: func() time.Time { return base }})
	s.paid(s.session("usd", 1000, "month").URL, card("4242424242424242"))
	s.paid(s.session("usd", 12000, "year").URL, card("4242424242424242"))
	s.advance(91 * 24 * time.Hour) // to 2 May: 28 February, 31 March, 30 April
	s.flush()
	var ends []string
	for _, e := range s.inbox.events("invoice.paid") {
		inv := objectOf[stripe.Invoice](t, e)
		if inv.BillingReason == "subscription_cycle" {
			ends = append(ends, time.Unix(inv.Lines.Data[0].Period.End, 0).UTC().Format("2006-01-02"))
			if inv.SubscriptionDetails.Metadata["checkout"] != "subscription-metadata" {
				t.Errorf("renewal without metadata")
			}
			if inv.StatusTransitions.FinalizedAt-inv.Created != 3600 {
				t.Errorf("a draft for %d s", inv.StatusTransitions.FinalizedAt-inv.Created)
			}
		}
	}
	slices.Sort(ends)
	if want := []string{"2027-03-31", "2027-04-30", "2027-05-31"}; !slices.Equal(ends, want) {
		t.Errorf("periods end %v, want %v", ends, want)
	}
	for _, p := range s.Truth().Payments {
		if p.Status != "succeeded" || p.Metadata["checkout"] != "subscription-metadata" {
			t.Errorf("payment %+v", p)
		}
	}
}

func TestCancelSubscription(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	first, second := s.session("usd", 1000, "month"), s.session("usd", 2000, "month")
	s.paid(first.URL, card("4242424242424242"))
	s.paid(second.URL, card("4242424242424242"))
	now := s.reload(first.ID).Subscription.ID
	later := s.reload(second.ID).Subscription.ID
	if got, err := s.stripe.Subscriptions.Cancel(now, nil); err != nil || got.Status != "canceled" || got.EndedAt == 0 {
		t.Errorf("cancel: %+v %v", got, err)
	}
	if _, err := s.stripe.Subscriptions.Cancel(now, nil); err == nil {
		t.Error("canceled twice")
	}
	got, err := s.stripe.Subscriptions.Update(later, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(true)})
	if err != nil || !got.CancelAtPeriodEnd || got.CancelAt != got.CurrentPeriodEnd || got.Status != "active" {
		t.Errorf("update: %+v %v", got, err)
	}
	s.advance(40 * 24 * time.Hour)
	s.flush()
	if n := len(s.inbox.events("customer.subscription.deleted")); n != 2 {
		t.Errorf("%d subscriptions deleted", n)
	}
	if n := len(s.inbox.events("invoice.paid")); n != 2 {
		t.Errorf("%d invoices paid, want the first two only", n)
	}
}

package stripefake_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// trialSession offers a monthly gift that begins after some days.
func (s *stand) trialSession(days int64, change func(*stripe.CheckoutSessionParams)) *stripe.CheckoutSession {
	s.t.Helper()
	p := s.sessionParams("usd", 1000, "month")
	p.SubscriptionData.TrialPeriodDays = stripe.Int64(days)
	if change != nil {
		change(p)
	}
	made, err := s.stripe.CheckoutSessions.New(p)
	if err != nil {
		s.t.Fatal(err)
	}
	if made.AmountTotal != 0 {
		s.t.Errorf("a trial costs %d today", made.AmountTotal)
	}
	return made
}

func TestTrialFromThePaymentPage(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	ss := s.trialSession(14, nil)
	if resp, body := s.pay(ss.URL, card("4000000000000002")); resp.StatusCode != http.StatusPaymentRequired {
		t.Errorf("a declined card answered %d %s", resp.StatusCode, body)
	}
	s.paid(ss.URL, card("4000002500003155"))
	if resp, _ := s.pay(s.url+"/pay/"+ss.ID+"/authenticate", url.Values{"result": {"fail"}}); resp.StatusCode != http.StatusPaymentRequired {
		t.Errorf("a bank's refusal answered %d", resp.StatusCode)
	}
	s.paid(ss.URL, card("4242424242424242"))
	s.flush()

	done := one[stripe.CheckoutSession](s.inbox, "checkout.session.completed")
	if done.PaymentStatus != "no_payment_required" || done.Subscription == nil || done.Invoice == nil || done.PaymentIntent != nil {
		t.Errorf("session %+v", done)
	}
	if si := one[stripe.SetupIntent](s.inbox, "setup_intent.succeeded"); si.Status != "succeeded" || si.PaymentMethod == nil {
		t.Errorf("setup intent %+v", si)
	}
	if n := len(s.inbox.events("setup_intent.setup_failed")); n != 2 {
		t.Errorf("%d setup_intent.setup_failed, want 2", n)
	}
	sub := s.wantSub(done.Subscription.ID, "trialing")
	end := began().Add(14 * day).Unix()
	if sub.TrialEnd != end || sub.CurrentPeriodEnd != end || sub.BillingCycleAnchor != end {
		t.Errorf("trial ends %d, period %d, anchor %d, want %d", sub.TrialEnd, sub.CurrentPeriodEnd, sub.BillingCycleAnchor, end)
	}
	free := s.latest(sub.ID)
	if free.Status != "paid" || free.Total != 0 || free.AmountPaid != 0 || free.PaymentIntent != nil || free.AttemptCount != 0 {
		t.Errorf("the trial's invoice %+v", free)
	}
	if n := len(s.Truth().Payments); n != 0 {
		t.Errorf("%d payments during a trial", n)
	}
	s.advance(12 * day)
	s.flush()
	one[stripe.Subscription](s.inbox, "customer.subscription.trial_will_end")
	s.advance(2*day + 2*time.Hour)
	sub = s.wantSub(sub.ID, "active")
	if first := s.latest(sub.ID); first.Status != "paid" || first.AmountPaid != 1000 || first.BillingReason != "subscription_cycle" {
		t.Errorf("the first invoice that costs %+v", first)
	}
	if sub.CurrentPeriodEnd != began().AddDate(0, 1, 14).Unix() {
		t.Errorf("the first period ends %s", time.Unix(sub.CurrentPeriodEnd, 0).UTC())
	}
}

func TestTrialWithoutMethodPausesAndResumes(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	ss := s.trialSession(7, func(p *stripe.CheckoutSessionParams) {
		p.PaymentMethodCollection = stripe.String("if_required")
		p.SubscriptionData.TrialSettings = &stripe.CheckoutSessionSubscriptionDataTrialSettingsParams{
			EndBehavior: &stripe.CheckoutSessionSubscriptionDataTrialSettingsEndBehaviorParams{MissingPaymentMethod: stripe.String("pause")},
		}
	})
	s.paid(ss.URL, url.Values{"email": {"reader@example.org"}})
	id := s.reload(ss.ID).Subscription.ID
	s.advance(8 * day)
	sub := s.wantSub(id, "paused")
	s.flush()
	one[stripe.Subscription](s.inbox, "customer.subscription.paused")
	if got := s.Truth().Subscriptions[0]; got.Paused != "trial" {
		t.Errorf("truth %+v", got)
	}
	s.advance(60 * day)
	if n := len(s.invoices(id)); n != 1 {
		t.Errorf("%d invoices of a paused subscription, want the trial's", n)
	}
	if _, err := s.stripe.Subscriptions.Resume(id, nil); stripeError(t, err).HTTPStatusCode != http.StatusBadRequest {
		t.Errorf("resumed without a method: %v", err)
	}
	m := s.newMethod(sub.Customer.ID, "4242424242424242")
	if _, err := s.stripe.Subscriptions.Update(id, &stripe.SubscriptionParams{DefaultPaymentMethod: stripe.String(m.ID)}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.stripe.Subscriptions.Resume(id, nil); err != nil || got.Status != "active" || got.CurrentPeriodStart != began().Add(68*day).Unix() {
		t.Fatalf("resume: %+v %v", got, err)
	}
	s.flush()
	one[stripe.Subscription](s.inbox, "customer.subscription.resumed")
	if inv := s.latest(id); inv.Status != "paid" || inv.AmountPaid != 1000 {
		t.Errorf("invoice %+v", inv)
	}
	if _, err := s.stripe.Subscriptions.Resume(id, nil); err == nil {
		t.Error("resumed twice")
	}
}

func TestTrialWithoutMethodEnds(t *testing.T) {
	for behavior, want := range map[string]stripe.SubscriptionStatus{"cancel": "canceled", "create_invoice": "past_due"} {
		t.Run(behavior, func(t *testing.T) {
			s := recurringStand(t, stripefake.Options{})
			sub, err := s.stripe.Subscriptions.New(&stripe.SubscriptionParams{
				Customer: stripe.String(s.newCustomer("").ID), TrialPeriodDays: stripe.Int64(2),
				Items: []*stripe.SubscriptionItemsParams{{Price: stripe.String(s.price(1000, "month"))}},
				TrialSettings: &stripe.SubscriptionTrialSettingsParams{
					EndBehavior: &stripe.SubscriptionTrialSettingsEndBehaviorParams{MissingPaymentMethod: stripe.String(behavior)},
				},
			})
			if err != nil || sub.Status != "trialing" {
				t.Fatalf("%+v %v", sub, err)
			}
			s.flush()
			one[stripe.Subscription](s.inbox, "customer.subscription.trial_will_end") // at once: it is a short one
			s.advance(2*day + 2*time.Hour)
			s.wantSub(sub.ID, want)
		})
	}
}

func TestTrialEndedAtOnce(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	cu := s.newCustomer("4242424242424242")
	sub, err := s.stripe.Subscriptions.New(&stripe.SubscriptionParams{
		Customer: stripe.String(cu.ID), TrialEnd: stripe.Int64(began().Add(20 * day).Unix()),
		Items: []*stripe.SubscriptionItemsParams{{Price: stripe.String(s.price(1000, "month"))}},
	})
	if err != nil || sub.Status != "trialing" {
		t.Fatalf("%+v %v", sub, err)
	}
	s.advance(5 * day)
	sub, err = s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{TrialEndNow: stripe.Bool(true)})
	if err != nil || sub.Status != "active" || sub.TrialEnd != began().Add(5*day).Unix() || sub.CurrentPeriodStart != sub.TrialEnd {
		t.Fatalf("%+v %v", sub, err)
	}
	if inv := s.latest(sub.ID); inv.Status != "paid" || inv.AmountPaid != 1000 || inv.BillingReason != "subscription_update" {
		t.Errorf("invoice %+v", inv)
	}
}

package stripefake_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// chargesOf are the charges of a payment intent, oldest first, by status.
func (s *stand) chargesOf(intent string) []string {
	s.t.Helper()
	list := s.stripe.Charges.List(&stripe.ChargeListParams{PaymentIntent: stripe.String(intent)})
	var out []string
	for list.Next() {
		out = append(out, string(list.Charge().Status))
	}
	slices.Reverse(out)
	return out
}

// failingGift is a monthly gift whose renewal failed for the first time.
func failingGift(t *testing.T, opts stripefake.Options) (*stand, *stripe.Subscription, *stripe.Invoice) {
	s := recurringStand(t, opts)
	sub := s.giver(1000, "month", card("4000000000000341"))
	if sub.Status != "active" {
		t.Fatalf("the first payment left the subscription %s", sub.Status)
	}
	s.advance(31*day + 2*time.Hour)
	return s, sub, s.latest(sub.ID)
}

func TestRenewalFailsAndRecoversByANewCard(t *testing.T) {
	s, sub, inv := failingGift(t, stripefake.Options{})
	s.wantSub(sub.ID, "past_due")
	wait := began().Add(31*day + time.Hour + 3*day).Unix() // an hour as a draft, then three days
	if inv.Status != "open" || inv.AttemptCount != 1 || inv.NextPaymentAttempt != wait || inv.PaymentIntent == nil {
		t.Errorf("invoice %s, %d attempts, next %d, want %d", inv.Status, inv.AttemptCount, inv.NextPaymentAttempt, wait)
	}
	s.advance(3 * day)
	again := s.latest(sub.ID)
	if again.ID != inv.ID || again.AttemptCount != 2 || again.PaymentIntent.ID != inv.PaymentIntent.ID ||
		again.NextPaymentAttempt != wait+int64((5*day).Seconds()) {
		t.Errorf("after the first retry %+v", again)
	}
	m := s.newMethod(sub.Customer.ID, "4242424242424242")
	if _, err := s.stripe.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{DefaultPaymentMethod: stripe.String(m.ID)}); err != nil {
		t.Fatal(err)
	}
	s.advance(5 * day)
	s.wantSub(sub.ID, "active")
	s.wantPaid(inv, []string{"failed", "failed", "succeeded"})
	s.flush()
	for _, e := range s.inbox.events("invoice.payment_failed") {
		if got := objectOf[stripe.Invoice](t, e); got.NextPaymentAttempt == 0 || got.Paid {
			t.Errorf("invoice.payment_failed shows %+v", got)
		}
	}
	for _, e := range s.inbox.events("payment_intent.payment_failed") {
		if got := objectOf[stripe.PaymentIntent](t, e); got.ID != inv.PaymentIntent.ID || got.Status != "requires_payment_method" || got.LastPaymentError == nil {
			t.Errorf("payment_intent.payment_failed shows %+v", got)
		}
	}
	// Life goes on: the next renewal pays at once.
	s.advance(31 * day)
	if next := s.latest(sub.ID); next.ID == inv.ID || next.Status != "paid" || next.AttemptCount != 1 {
		t.Errorf("the next renewal %+v", next)
	}
}

// wantPaid holds that an invoice was paid by its one intent, by these charges.
func (s *stand) wantPaid(inv *stripe.Invoice, charges []string) {
	s.t.Helper()
	truth := s.truthOf(inv.ID)
	if truth.Status != "paid" || truth.AmountPaid != inv.Total || truth.Attempts != len(charges) || truth.PaymentIntent != inv.PaymentIntent.ID {
		s.t.Errorf("truth %+v", truth)
	}
	if got := s.chargesOf(inv.PaymentIntent.ID); !slices.Equal(got, charges) {
		s.t.Errorf("charges %v, want %v", got, charges)
	}
	_, _, list := s.call("/v1/invoice_payments?invoice="+inv.ID, testKey, nil, nil)
	found := list["data"].([]any)
	if len(found) != 1 {
		s.t.Fatalf("%d invoice payments", len(found))
	}
	got := found[0].(map[string]any)
	if got["status"] != "paid" || got["amount_paid"] != float64(inv.Total) ||
		got["payment"].(map[string]any)["payment_intent"] != inv.PaymentIntent.ID {
		s.t.Errorf("invoice payment %v", got)
	}
	if _, _, one := s.call("/v1/invoice_payments/"+got["id"].(string), testKey, nil, nil); one["invoice"] != inv.ID {
		s.t.Errorf("by its id %v", one)
	}
}

func TestRenewalRecoversWhenThePayerPays(t *testing.T) {
	s, sub, inv := failingGift(t, stripefake.Options{})
	if _, err := s.stripe.Invoices.Pay(inv.ID, nil); stripeError(t, err).Code != "card_declined" {
		t.Errorf("paying by the same card: %v", err)
	}
	if now := s.latest(sub.ID); now.NextPaymentAttempt != inv.NextPaymentAttempt || now.AttemptCount != 2 {
		t.Errorf("a try in between moved the plan: %+v", now)
	}
	m := s.newMethod(sub.Customer.ID, "5555555555554444")
	if _, err := s.stripe.Customers.Update(sub.Customer.ID, &stripe.CustomerParams{
		InvoiceSettings: &stripe.CustomerInvoiceSettingsParams{DefaultPaymentMethod: stripe.String(m.ID)},
	}); err != nil {
		t.Fatal(err)
	}
	got, err := s.stripe.Invoices.Pay(inv.ID, &stripe.InvoicePayParams{PaymentMethod: stripe.String(m.ID)})
	if err != nil || !got.Paid || got.NextPaymentAttempt != 0 {
		t.Fatalf("pay: %+v %v", got, err)
	}
	s.wantSub(sub.ID, "active")
	s.wantPaid(inv, []string{"failed", "failed", "succeeded"})
	if _, err := s.stripe.Invoices.Pay(inv.ID, nil); stripeError(t, err).Code != "invoice_already_paid" {
		t.Errorf("paying twice: %v", err)
	}
	s.advance(16 * day)
	if got := s.chargesOf(inv.PaymentIntent.ID); len(got) != 3 {
		t.Errorf("a paid invoice was tried again: %v", got)
	}
}

func TestCardThatWorksAgain(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.giver(1000, "month", card("4242424242424242"))
	s.control("/_control/customers/"+sub.Customer.ID+"/card", map[string]any{"card_number": "4000000000009995"})
	s.advance(32 * day)
	s.wantSub(sub.ID, "past_due")
	if cu, err := s.stripe.Customers.Get(sub.Customer.ID, nil); err != nil || !cu.Delinquent {
		t.Errorf("customer %+v %v", cu, err)
	}
	s.control("/_control/customers/"+sub.Customer.ID+"/card", map[string]any{"card_number": "4242 4242 4242 4242"})
	s.advance(3 * day)
	s.wantSub(sub.ID, "active")
	if cu, err := s.stripe.Customers.Get(sub.Customer.ID, nil); err != nil || cu.Delinquent {
		t.Errorf("customer %+v %v", cu, err)
	}
	s.wantPaid(s.latest(sub.ID), []string{"failed", "succeeded"})
	if got := s.Truth().Subscriptions[0]; got.FailedAttempts != 1 {
		t.Errorf("truth %+v", got)
	}
}

func TestRenewalIsGivenUp(t *testing.T) {
	s, sub, inv := failingGift(t, stripefake.Options{})
	s.advance(15 * day)
	got := s.wantSub(sub.ID, "canceled")
	if got.CancellationDetails.Reason != "payment_failed" || got.EndedAt == 0 {
		t.Errorf("canceled by %+v", got.CancellationDetails)
	}
	if left := s.latest(sub.ID); left.ID != inv.ID || left.Status != "open" || left.AttemptCount != 4 || left.NextPaymentAttempt != 0 || left.AutoAdvance {
		t.Errorf("invoice %+v", left)
	}
	s.wantTold(inv.ID,
		"invoice.created", "invoice.finalized", "invoice.payment_failed", "invoice.payment_failed", "invoice.payment_failed",
		"invoice.payment_failed", "invoice.updated",
	)
	s.flush()
	if one[stripe.Subscription](s.inbox, "customer.subscription.deleted").ID != sub.ID {
		t.Error("another subscription ended")
	}
	s.advance(60 * day)
	if len(s.invoices(sub.ID)) != 2 {
		t.Error("a canceled subscription renewed")
	}
	// What was owed can still be paid, and the subscription stays over.
	s.control("/_control/customers/"+sub.Customer.ID+"/card", map[string]any{"card_number": "4242424242424242"})
	if _, err := s.stripe.Invoices.Pay(inv.ID, nil); err != nil {
		t.Fatal(err)
	}
	s.wantSub(sub.ID, "canceled")
}

func TestRenewalStaysUnpaid(t *testing.T) {
	s, sub, inv := failingGift(t, stripefake.Options{LeaveUnpaid: true})
	s.advance(15 * day)
	s.wantSub(sub.ID, "unpaid")
	s.advance(31 * day)
	draft := s.latest(sub.ID)
	if draft.ID == inv.ID || draft.Status != "draft" || draft.AutoAdvance {
		t.Errorf("the next period's invoice %+v", draft)
	}
	s.control("/_control/customers/"+sub.Customer.ID+"/card", map[string]any{"card_number": "4242424242424242"})
	if _, err := s.stripe.Invoices.Pay(inv.ID, nil); err != nil {
		t.Fatal(err)
	}
	s.wantSub(sub.ID, "active")
}

func TestRenewalAsksForAuthentication(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	ss := s.session("usd", 1000, "month")
	s.paid(ss.URL, card("4000002760003184"))
	s.paid(s.url+"/pay/"+ss.ID+"/authenticate", map[string][]string{"result": {"complete"}})
	sub := s.sub(s.reload(ss.ID).Subscription.ID)
	s.advance(31*day + 2*time.Hour)
	s.wantSub(sub.ID, "past_due")
	inv := s.latest(sub.ID)
	s.wantTold(inv.ID,
		"invoice.created", "invoice.finalized", "invoice.payment_failed", "invoice.payment_action_required",
	)
	pi, err := s.stripe.PaymentIntents.Get(inv.PaymentIntent.ID, nil)
	if err != nil || pi.Status != "requires_action" || pi.NextAction == nil {
		t.Fatalf("intent %+v %v", pi, err)
	}
	resp, body := s.pay(s.url+"/pay/"+pi.ID+"/authenticate", map[string][]string{"result": {"complete"}})
	if resp.StatusCode >= 400 {
		t.Fatalf("authenticating answered %d %s", resp.StatusCode, body)
	}
	s.wantSub(sub.ID, "active")
	if got := s.truthOf(inv.ID); got.Status != "paid" || got.Attempts != 2 || len(s.chargesOf(pi.ID)) != 1 {
		t.Errorf("truth %+v", got)
	}
}

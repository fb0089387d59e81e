package stripefake_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// billed makes an item and a draft that takes it in.
func (s *stand) billed(cu *stripe.Customer, amount int64, advance bool) *stripe.Invoice {
	s.t.Helper()
	if _, err := s.stripe.InvoiceItems.New(&stripe.InvoiceItemParams{
		Customer: stripe.String(cu.ID), Amount: stripe.Int64(amount), Currency: stripe.String("usd"), Description: stripe.String("A book of essays"),
	}); err != nil {
		s.t.Fatal(err)
	}
	inv, err := s.stripe.Invoices.New(&stripe.InvoiceParams{
		Customer: stripe.String(cu.ID), PendingInvoiceItemsBehavior: stripe.String("include"), AutoAdvance: stripe.Bool(advance),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if inv.Status != "draft" || inv.Total != amount || inv.BillingReason != "manual" {
		s.t.Fatalf("draft %+v", inv)
	}
	return inv
}

func TestInvoiceByHand(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	inv := s.billed(s.newCustomer("4242424242424242"), 4500, false)
	s.advance(3 * day)
	open, err := s.stripe.Invoices.FinalizeInvoice(inv.ID, nil)
	if err != nil || open.Status != "open" || open.PaymentIntent == nil || open.AttemptCount != 0 {
		t.Fatalf("%+v %v", open, err)
	}
	if _, err := s.stripe.Invoices.SendInvoice(inv.ID, nil); err != nil {
		t.Fatal(err)
	}
	got, err := s.stripe.Invoices.Pay(inv.ID, nil)
	if err != nil || got.Status != "paid" || got.AmountPaid != 4500 || got.Subscription != nil {
		t.Fatalf("%+v %v", got, err)
	}
	s.wantTold(inv.ID, "invoice.created", "invoice.finalized", "invoice.sent", "invoice.paid", "invoice.payment_succeeded")
	if p := s.payment(got.PaymentIntent.ID); p.Status != "succeeded" || p.Invoice != inv.ID || p.Subscription != "" {
		t.Errorf("truth %+v", p)
	}
}

func TestInvoiceThatAdvancesAndFails(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	cu := s.newCustomer("4000000000000341")
	inv := s.billed(cu, 4500, true)
	s.advance(2 * time.Hour)
	s.control("/_control/customers/"+cu.ID+"/card", map[string]any{"card_number": "4242424242424242"})
	if got := s.truthOf(inv.ID); got.Status != "open" || got.Attempts != 1 {
		t.Errorf("truth %+v", got)
	}
	s.advance(3 * day)
	if got := s.truthOf(inv.ID); got.Status != "paid" || got.Attempts != 2 {
		t.Errorf("truth %+v", got)
	}
}

func TestInvoiceThatIsNotPaid(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	cu := s.newCustomer("4242424242424242")
	finalized := func() string {
		inv := s.billed(cu, 4500, false)
		if _, err := s.stripe.Invoices.FinalizeInvoice(inv.ID, nil); err != nil {
			t.Fatal(err)
		}
		return inv.ID
	}
	void, lost, cash := finalized(), finalized(), finalized()
	if got, err := s.stripe.Invoices.VoidInvoice(void, nil); err != nil || got.Status != "void" || got.StatusTransitions.VoidedAt == 0 {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := s.stripe.Invoices.MarkUncollectible(lost, nil); err != nil || got.Status != "uncollectible" {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := s.stripe.Invoices.Pay(cash, &stripe.InvoicePayParams{PaidOutOfBand: stripe.Bool(true)}); err != nil || !got.PaidOutOfBand || got.AmountPaid != 4500 {
		t.Errorf("%+v %v", got, err)
	}
	s.wantTold(void, "invoice.created", "invoice.finalized", "invoice.voided")
	s.wantTold(lost, "invoice.created", "invoice.finalized", "invoice.marked_uncollectible")
	s.wantTold(cash, "invoice.created", "invoice.finalized", "invoice.paid")
	for _, p := range s.Truth().Payments {
		if p.Status == "succeeded" {
			t.Errorf("money moved: %+v", p)
		}
	}
	if _, err := s.stripe.Invoices.Pay(void, nil); stripeError(t, err).HTTPStatusCode != http.StatusBadRequest {
		t.Errorf("a void invoice was paid: %v", err)
	}
	if got, err := s.stripe.Invoices.Pay(lost, nil); err != nil || got.Status != "paid" { // it still can be
		t.Errorf("%+v %v", got, err)
	}
	draft := s.billed(cu, 100, false)
	if _, err := s.stripe.Invoices.Del(draft.ID, nil); err != nil {
		t.Error(err)
	}
	if _, err := s.stripe.Invoices.Get(draft.ID, nil); stripeError(t, err).HTTPStatusCode != http.StatusNotFound {
		t.Errorf("a deleted draft is there: %v", err)
	}
}

func TestInvoiceItems(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	cu := s.newCustomer("4242424242424242")
	inv := s.billed(cu, 4500, false)
	item, err := s.stripe.InvoiceItems.New(&stripe.InvoiceItemParams{
		Customer: stripe.String(cu.ID), Invoice: stripe.String(inv.ID), UnitAmount: stripe.Int64(250), Quantity: stripe.Int64(2), Currency: stripe.String("usd"),
	})
	if err != nil || item.Amount != 500 {
		t.Fatalf("%+v %v", item, err)
	}
	if got := s.truthOf(inv.ID).Total; got != 5000 {
		t.Errorf("total %d", got)
	}
	if _, err := s.stripe.InvoiceItems.Del(item.ID, nil); err != nil {
		t.Fatal(err)
	}
	if got := s.truthOf(inv.ID).Total; got != 4500 {
		t.Errorf("total %d", got)
	}
	for name, p := range map[string]*stripe.InvoiceItemParams{
		"no amount":       {Customer: stripe.String(cu.ID), Currency: stripe.String("usd")},
		"two amounts":     {Customer: stripe.String(cu.ID), Currency: stripe.String("usd"), Amount: stripe.Int64(1), UnitAmount: stripe.Int64(1)},
		"a recurring one": {Customer: stripe.String(cu.ID), Price: stripe.String(s.price(100, "month"))},
		"no such invoice": {Customer: stripe.String(cu.ID), Currency: stripe.String("usd"), Amount: stripe.Int64(1), Invoice: stripe.String("in_none")},
		"other currency":  {Customer: stripe.String(cu.ID), Currency: stripe.String("eur"), Amount: stripe.Int64(1), Invoice: stripe.String(inv.ID)},
		"far too much":    {Customer: stripe.String(cu.ID), Currency: stripe.String("usd"), Amount: stripe.Int64(1e15)},
	} {
		if _, err := s.stripe.InvoiceItems.New(p); stripeError(t, err).HTTPStatusCode != http.StatusBadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFinalizationFails(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.giver(1000, "month", card("4242424242424242"))
	s.control("/_control/customers/"+sub.Customer.ID+"/finalizing", map[string]any{"fails": true})
	s.advance(32 * day)
	inv := s.latest(sub.ID)
	if inv.Status != "draft" || inv.LastFinalizationError == nil {
		t.Errorf("invoice %+v", inv)
	}
	s.wantTold(inv.ID, "invoice.created", "invoice.finalization_failed")
	s.wantSub(sub.ID, "active")
	s.control("/_control/customers/"+sub.Customer.ID+"/finalizing", map[string]any{"fails": false})
	if got := s.latest(sub.ID); got.Status != "paid" || got.LastFinalizationError != nil {
		t.Errorf("invoice %+v", got)
	}
}

func TestSmallRestWaitsForTheNextInvoice(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	cu := s.newCustomer("4242424242424242")
	small := s.billed(cu, 30, false) // less than the least that Stripe charges
	got, err := s.stripe.Invoices.Pay(small.ID, nil)
	if err != nil || got.Status != "paid" || got.AmountPaid != 0 || got.EndingBalance != 30 || got.PaymentIntent != nil {
		t.Fatalf("%+v %v", got, err)
	}
	next := s.billed(cu, 1000, false)
	if got, err = s.stripe.Invoices.Pay(next.ID, nil); err != nil || got.AmountPaid != 1030 || got.StartingBalance != 30 || got.EndingBalance != 0 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestInvoicePaymentsAreToldSinceBasil(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.giver(1000, "month", card("4242424242424242"))
	inv := s.latest(sub.ID)
	s.flush()
	if n := len(s.inbox.events("invoice_payment.paid")); n != 0 {
		t.Errorf("%d invoice_payment.paid at 2023-10-16", n)
	}
	basil := map[string]string{"Stripe-Version": "2025-03-31.basil"}
	_, _, got := s.call("/v1/invoices/"+inv.ID+"?expand[]=payments", testKey, nil, basil)
	payments, _ := got["payments"].(map[string]any)
	data, _ := payments["data"].([]any)
	if len(data) != 1 {
		t.Fatalf("payments %v", got["payments"])
	}
	shown := data[0].(map[string]any)["payment"].(map[string]any)
	if shown["payment_intent"] != inv.PaymentIntent.ID || shown["type"] != "payment_intent" {
		t.Errorf("payment %v", shown)
	}
	for query, want := range map[string]int{
		"payment[type]=payment_intent&payment[payment_intent]=" + inv.PaymentIntent.ID: 1, "status=open": 0, "invoice=in_none": 0, "limit=5": 1,
	} {
		if _, _, list := s.call("/v1/invoice_payments?"+query, testKey, nil, basil); len(list["data"].([]any)) != want {
			t.Errorf("%s: %v", query, list)
		}
	}
}

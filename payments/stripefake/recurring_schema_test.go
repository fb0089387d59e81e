package stripefake_test

import (
	"net/url"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// playBilling makes every story of what recurs.
func playBilling(s *stand) {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	monthly, more := s.price(1000, "month"), s.price(3000, "month")

	s.giver(1000, "month", card("4000000000000341")) // fails until it is given up
	s.giver(1000, "month", debit("000222222227"))
	s.paid(s.session("gbp", 1000, "month").URL, debit("00012345"))

	ss := s.session("usd", 1000, "month") // asks again at each renewal
	s.paid(ss.URL, card("4000002760003184"))
	s.paid(s.url+"/pay/"+ss.ID+"/authenticate", url.Values{"result": {"complete"}})

	trial := s.trialSession(7, nil)
	s.pay(trial.URL, card("4000000000000002"))
	s.paid(trial.URL, card("4000002500003155"))
	s.paid(s.url+"/pay/"+trial.ID+"/authenticate", url.Values{"result": {"complete"}})

	idle := s.newCustomer("")
	_, err := s.stripe.Subscriptions.New(&stripe.SubscriptionParams{
		Customer: stripe.String(idle.ID), TrialPeriodDays: stripe.Int64(5), Items: []*stripe.SubscriptionItemsParams{{Price: stripe.String(monthly)}},
		TrialSettings: &stripe.SubscriptionTrialSettingsParams{
			EndBehavior: &stripe.SubscriptionTrialSettingsEndBehaviorParams{MissingPaymentMethod: stripe.String("pause")},
		},
	})
	must(err)

	up := s.created(s.newCustomer("4242424242424242"), monthly)
	paused := s.created(s.newCustomer("4242424242424242"), monthly)
	_, err = s.stripe.Subscriptions.Update(paused.ID, &stripe.SubscriptionParams{PauseCollection: &stripe.SubscriptionPauseCollectionParams{
		Behavior: stripe.String("mark_uncollectible"), ResumesAt: stripe.Int64(s.Now().Add(50 * day).Unix()),
	}})
	must(err)
	stuck := s.created(s.newCustomer("4242424242424242"), monthly)
	s.control("/_control/customers/"+stuck.Customer.ID+"/finalizing", map[string]any{"fails": true})
	gone := s.created(s.newCustomer("4242424242424242"), monthly)

	s.advance(10 * day)
	s.changed(up, more, "always_invoice")
	s.changed(s.sub(up.ID), monthly, "create_prorations")
	m := s.newMethod(idle.ID, "4242424242424242")
	_, err = s.stripe.Customers.Update(idle.ID, &stripe.CustomerParams{
		InvoiceSettings: &stripe.CustomerInvoiceSettingsParams{DefaultPaymentMethod: stripe.String(m.ID)},
	})
	must(err)
	for _, sub := range s.Truth().Subscriptions {
		if sub.Customer == idle.ID {
			_, err = s.stripe.Subscriptions.Resume(sub.ID, nil)
			must(err)
		}
	}
	_, err = s.stripe.PaymentMethods.Update(m.ID, &stripe.PaymentMethodParams{Card: &stripe.PaymentMethodCardParams{ExpYear: stripe.Int64(2040)}})
	must(err)
	_, err = s.stripe.PaymentMethods.Detach(m.ID, nil)
	must(err)
	_, err = s.stripe.Customers.Del(gone.Customer.ID, nil)
	must(err)

	bills := s.newCustomer("4242424242424242")
	void, sent := s.billed(bills, 1200, false), s.billed(bills, 1300, false)
	_, err = s.stripe.Invoices.FinalizeInvoice(void.ID, nil)
	must(err)
	_, err = s.stripe.Invoices.VoidInvoice(void.ID, nil)
	must(err)
	_, err = s.stripe.Invoices.SendInvoice(sent.ID, nil)
	must(err)
	_, err = s.stripe.Invoices.Update(sent.ID, &stripe.InvoiceParams{Description: stripe.String("A book of essays, signed")})
	must(err)
	s.advance(60 * day)
	s.flush()
}

func TestRecurringObjectsHaveStripesShape(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	sh := shape{doc.Components.Schemas}
	s := recurringStand(t, stripefake.Options{})
	playBilling(s)
	kinds := sh.checkEvents(s)
	for _, want := range []string{
		"customer.deleted", "customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused",
		"customer.subscription.resumed", "customer.subscription.trial_will_end", "customer.subscription.updated", "customer.updated",
		"invoice.created", "invoice.finalization_failed", "invoice.finalized", "invoice.marked_uncollectible", "invoice.paid",
		"invoice.payment_action_required", "invoice.payment_failed", "invoice.payment_succeeded", "invoice.sent", "invoice.upcoming",
		"invoice.updated", "invoice.voided", "invoiceitem.created", "mandate.updated", "payment_intent.requires_action",
		"payment_method.attached", "payment_method.detached", "payment_method.updated", "setup_intent.created",
		"setup_intent.requires_action", "setup_intent.setup_failed", "setup_intent.succeeded",
	} {
		if !kinds[want] {
			t.Errorf("no event %s came about", want)
		}
	}
	sh.checkLists(s, "/v1/customers?limit=100", "/v1/subscriptions?status=all&limit=100", "/v1/invoices?limit=100", "/v1/invoiceitems?limit=100",
		"/v1/setup_intents", "/v1/payment_intents?limit=100", "/v1/charges?limit=100")
	gone := one[stripe.Customer](s.inbox, "customer.deleted").ID
	_, _, tombstone := s.call("/v1/customers/"+gone, testKey, nil, nil)
	for _, problem := range sh.check(sh.schemas["deleted_customer"], tombstone, "deleted_customer") {
		t.Error(problem)
	}
	for _, account := range []struct{ currency, number string }{
		{"eur", "AT611904300234573201"}, {"gbp", "00012345"}, {"cad", "000123456789"}, {"aud", "000123456"}, {"usd", "000123456789"},
	} {
		first := s.session(account.currency, 2000, "month")
		s.paid(first.URL, debit(account.number))
	}
	s.advance(7 * day)
	for _, md := range s.mandates() {
		for _, problem := range sh.check(sh.schemas["mandate"], md, "mandate") {
			t.Error(problem)
		}
	}
}

// mandates are those that charges name, raw.
func (s *stand) mandates() []map[string]any {
	s.t.Helper()
	_, _, list := s.call("/v1/charges?limit=100", testKey, nil, nil)
	var out []map[string]any
	for _, item := range list["data"].([]any) {
		details := item.(map[string]any)["payment_method_details"].(map[string]any)
		own := details[details["type"].(string)].(map[string]any)
		if id, ok := own["mandate"].(string); ok {
			_, _, md := s.call("/v1/mandates/"+id, testKey, nil, nil)
			out = append(out, md)
		}
	}
	if len(out) < 4 {
		s.t.Errorf("%d mandates", len(out))
	}
	return out
}

func TestRecurringLifeSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe.json")
	opts := stripefake.Options{StatePath: path, Clock: began}
	a := bareStand(t, opts)
	failing := a.giver(1000, "month", card("4000000000000341"))
	trial := a.trialSession(60, nil)
	a.paid(trial.URL, card("4242424242424242"))
	upgraded := a.created(a.newCustomer("4242424242424242"), a.price(1000, "month"))
	a.advance(31*day + 2*time.Hour)
	a.changed(upgraded, a.price(3000, "month"), "create_prorations")
	a.control("/_control/customers/"+failing.Customer.ID+"/card", map[string]any{"card_number": "4242424242424242"})
	before := a.Truth()
	a.close()

	b := bareStand(t, opts)
	if after := b.Truth(); !reflect.DeepEqual(before, after) {
		t.Errorf("truth before\n%+v\nand after\n%+v", before, after)
	}
	b.wantSub(failing.ID, "past_due")
	inv := b.latest(failing.ID)
	b.advance(3 * day) // the retry that was planned before
	b.wantSub(failing.ID, "active")
	b.wantPaid(inv, []string{"failed", "succeeded"})
	b.advance(30 * day)
	if got := b.latest(upgraded.ID); len(got.Lines.Data) != 3 || got.Status != "paid" {
		t.Errorf("the prorations are lost: %+v", got)
	}
	b.wantSub(b.reload(trial.ID).Subscription.ID, "active")
}

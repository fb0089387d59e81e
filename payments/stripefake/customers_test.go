package stripefake_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestCustomerChanges(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	cu := s.newCustomer("4242424242424242")
	got, err := s.stripe.Customers.Update(cu.ID, &stripe.CustomerParams{
		Email: stripe.String("new@example.org"), Name: stripe.String("A New Name"), Address: &stripe.AddressParams{Country: stripe.String("FR")},
	})
	if err != nil || got.Email != "new@example.org" || got.Address.Country != "FR" {
		t.Fatalf("%+v %v", got, err)
	}
	s.flush()
	told := s.inbox.events("customer.updated") // in whatever order they came
	renamed := slices.IndexFunc(told, func(e stripe.Event) bool { return e.Data.PreviousAttributes["email"] != nil })
	if renamed < 0 {
		t.Fatal("nothing told of the new address")
	}
	if before := told[renamed].Data.PreviousAttributes; before["email"] != "reader@example.org" || before["name"] != nil || len(before) != 3 {
		t.Errorf("previous_attributes %v", before)
	}
	if _, err := s.stripe.Customers.Update(cu.ID, &stripe.CustomerParams{
		InvoiceSettings: &stripe.CustomerInvoiceSettingsParams{DefaultPaymentMethod: stripe.String(s.newCustomer("5555555555554444").InvoiceSettings.DefaultPaymentMethod.ID)},
	}); stripeError(t, err).Param != "invoice_settings[default_payment_method]" {
		t.Errorf("another's method: %v", err)
	}
}

func TestCustomerIsDeleted(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.giver(1000, "month", card("4242424242424242"))
	cu := sub.Customer.ID
	got, err := s.stripe.Customers.Del(cu, nil)
	if err != nil || !got.Deleted || got.Email != "" {
		t.Fatalf("%+v %v", got, err)
	}
	s.flush()
	if told := one[stripe.Customer](s.inbox, "customer.deleted"); told.ID != cu || told.Email != "reader@example.org" {
		t.Errorf("customer.deleted %+v", told)
	}
	one[stripe.Subscription](s.inbox, "customer.subscription.deleted")
	s.wantSub(sub.ID, "canceled")
	if got, err := s.stripe.Customers.Get(cu, nil); err != nil || !got.Deleted {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.stripe.Customers.Update(cu, &stripe.CustomerParams{Name: stripe.String("B")}); stripeError(t, err).HTTPStatusCode != http.StatusNotFound {
		t.Errorf("changed after it was deleted: %v", err)
	}
	if _, err := s.stripe.Customers.Del(cu, nil); err == nil {
		t.Error("deleted twice")
	}
	_, _, shown := s.call("/v1/subscriptions/"+sub.ID+"?expand[]=customer", testKey, nil, nil)
	if shown["customer"].(map[string]any)["deleted"] != true {
		t.Errorf("expanded: %v", shown["customer"])
	}
	if _, _, list := s.call("/v1/customers", testKey, nil, nil); len(list["data"].([]any)) != 0 {
		t.Errorf("listed: %v", list)
	}
	s.advance(60 * day)
	if n := len(s.invoices(sub.ID)); n != 1 {
		t.Errorf("%d invoices", n)
	}
}

func TestMethodsOfACustomer(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	sub := s.giver(1000, "month", card("4242424242424242"))
	s.newMethod(sub.Customer.ID, "5555555555554444")
	list := s.stripe.PaymentMethods.List(&stripe.PaymentMethodListParams{Customer: stripe.String(sub.Customer.ID), Type: stripe.String("card")})
	var ids []string
	for list.Next() {
		ids = append(ids, list.PaymentMethod().ID)
	}
	if len(ids) != 2 {
		t.Fatalf("methods %v", ids)
	}
	if _, err := s.stripe.PaymentMethods.Attach("pm_card_chargeDeclined", &stripe.PaymentMethodAttachParams{Customer: stripe.String(sub.Customer.ID)}); stripeError(t, err).Code != "card_declined" {
		t.Errorf("a declined card was attached: %v", err)
	}
	got, err := s.stripe.PaymentMethods.Detach(sub.DefaultPaymentMethod.ID, nil)
	if err != nil || got.Customer != nil {
		t.Fatalf("%+v %v", got, err)
	}
	if after := s.sub(sub.ID); after.DefaultPaymentMethod != nil {
		t.Errorf("the subscription keeps %+v", after.DefaultPaymentMethod)
	}
	if _, err := s.stripe.PaymentMethods.Attach(got.ID, &stripe.PaymentMethodAttachParams{Customer: stripe.String(sub.Customer.ID)}); err == nil {
		t.Error("a detached method was attached again")
	}
	s.advance(32 * day) // nothing is left to charge
	s.wantSub(sub.ID, "past_due")
	if inv := s.latest(sub.ID); inv.AttemptCount != 1 || inv.Charge != nil {
		t.Errorf("invoice %+v", inv)
	}
}

func TestMandates(t *testing.T) {
	s := recurringStand(t, stripefake.Options{})
	ss := s.session("gbp", 1000, "month")
	s.paid(ss.URL, debit("00012345"))
	sub := s.sub(s.reload(ss.ID).Subscription.ID)
	mandate := func() *stripe.Mandate {
		ch := s.charge(s.Truth().Payments[0].Charge)
		got, err := s.stripe.Mandates.Get(ch.PaymentMethodDetails.BACSDebit.Mandate, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := mandate(); got.Status != "pending" || got.Type != "multi_use" || got.PaymentMethod.ID != sub.DefaultPaymentMethod.ID {
		t.Errorf("mandate %+v", got)
	}
	s.advance(4 * day)
	if got := mandate(); got.Status != "active" {
		t.Errorf("mandate is %s after the first debit settled", got.Status)
	}
	s.flush()
	if told := one[stripe.Mandate](s.inbox, "mandate.updated"); told.Status != "active" {
		t.Errorf("mandate.updated %+v", told)
	}
	s.control("/_control/mandates/"+mandate().ID+"/revoke", map[string]any{})
	if got := mandate(); got.Status != "inactive" {
		t.Errorf("mandate is %s", got.Status)
	}
	s.advance(33 * day)
	s.wantSub(sub.ID, "past_due")
}

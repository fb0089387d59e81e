package stripefake_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestSetupsOfAProgram(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	cu, err := s.stripe.Customers.New(&stripe.CustomerParams{})
	if err != nil {
		t.Fatal(err)
	}
	setup := func(method string) (*stripe.SetupIntent, error) {
		return s.stripe.SetupIntents.New(&stripe.SetupIntentParams{
			Customer: stripe.String(cu.ID), PaymentMethod: stripe.String(method), Confirm: stripe.Bool(true),
		})
	}
	ready, err := setup("pm_card_visa")
	if err != nil || ready.Status != stripe.SetupIntentStatusSucceeded {
		t.Fatalf("%+v %v", ready, err)
	}
	if m, err := s.stripe.PaymentMethods.Get(ready.PaymentMethod.ID, nil); err != nil || m.Customer.ID != cu.ID {
		t.Errorf("the method belongs to %+v, %v", m, err)
	}
	if asked, err := setup("pm_card_authenticationRequired"); err != nil || asked.Status != stripe.SetupIntentStatusRequiresAction || asked.NextAction == nil {
		t.Errorf("asked %+v %v", asked, err)
	}
	if _, err := setup("pm_card_chargeDeclined"); stripeError(t, err).Code != stripe.ErrorCodeCardDeclined {
		t.Errorf("declined: %v", err)
	}
	later, err := s.stripe.SetupIntents.New(&stripe.SetupIntentParams{Description: stripe.String("later")})
	if err != nil || later.Status != stripe.SetupIntentStatusRequiresPaymentMethod {
		t.Fatalf("%+v %v", later, err)
	}
	if _, err := s.stripe.SetupIntents.Confirm(later.ID, nil); stripeError(t, err).Param != "payment_method" {
		t.Errorf("without a method: %v", err)
	}
	reason := stripe.String("abandoned")
	if gone, err := s.stripe.SetupIntents.Cancel(later.ID, &stripe.SetupIntentCancelParams{CancellationReason: reason}); err != nil ||
		gone.Status != stripe.SetupIntentStatusCanceled || gone.CancellationReason != "abandoned" {
		t.Errorf("%+v %v", gone, err)
	}
	if _, err := s.stripe.SetupIntents.Cancel(later.ID, nil); stripeError(t, err).HTTPStatusCode != http.StatusBadRequest {
		t.Errorf("canceled twice: %v", err)
	}
	s.flush()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	sh := shape{doc.Components.Schemas}
	sh.checkEvents(s)
	sh.checkLists(s, "/v1/setup_intents")
}

func TestCatalogueIsChangedAndCleared(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	used, unused := idAt(s.post("/v1/products", "name", "used")), idAt(s.post("/v1/products", "name", "unused"))
	price := idAt(s.post("/v1/prices", "product", used, "unit_amount", "1500", "currency", "usd"))
	changed, err := s.stripe.Prices.Update(price, &stripe.PriceParams{
		Active: stripe.Bool(false), Nickname: stripe.String("old"), Metadata: map[string]string{"foo": "bar"},
	})
	if err != nil || changed.Active || changed.Nickname != "old" || changed.Metadata["foo"] != "bar" {
		t.Errorf("changed %+v %v", changed, err)
	}
	if _, err := s.stripe.Products.Del(used, nil); err == nil || !strings.Contains(err.Error(), "prices") {
		t.Errorf("deleting a product with a price: %v", err)
	}
	if gone, err := s.stripe.Products.Del(unused, nil); err != nil || !gone.Deleted {
		t.Errorf("deleted %+v %v", gone, err)
	}
	if _, err := s.stripe.Products.Get(unused, nil); stripeError(t, err).HTTPStatusCode != http.StatusNotFound {
		t.Errorf("after that: %v", err)
	}
	var told []string
	for _, e := range s.log() {
		told = append(told, e.Type)
	}
	if !slices.Contains(told, "price.updated") || !slices.Contains(told, "product.deleted") {
		t.Errorf("told %v", told)
	}
}

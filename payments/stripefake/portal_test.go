package stripefake_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// portal makes a portal configuration and a session of it for a customer, as a
// program does that wants another card.
func (s *stand) portal(customer string) *stripe.BillingPortalSession {
	s.t.Helper()
	made, err := s.stripe.BillingPortalConfigurations.New(&stripe.BillingPortalConfigurationParams{
		BusinessProfile: &stripe.BillingPortalConfigurationBusinessProfileParams{Headline: stripe.String("The Meridian Times")},
		Features: &stripe.BillingPortalConfigurationFeaturesParams{
			PaymentMethodUpdate: &stripe.BillingPortalConfigurationFeaturesPaymentMethodUpdateParams{Enabled: stripe.Bool(true)},
			InvoiceHistory:      &stripe.BillingPortalConfigurationFeaturesInvoiceHistoryParams{Enabled: stripe.Bool(true)},
		},
		Metadata: map[string]string{"purpose": "cards"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	session, err := s.stripe.BillingPortalSessions.New(&stripe.BillingPortalSessionParams{
		Customer: stripe.String(customer), Configuration: stripe.String(made.ID), ReturnURL: stripe.String("https://news.example/back"),
		FlowData: &stripe.BillingPortalSessionFlowDataParams{
			Type: stripe.String("payment_method_update"),
			AfterCompletion: &stripe.BillingPortalSessionFlowDataAfterCompletionParams{
				Type:     stripe.String("redirect"),
				Redirect: &stripe.BillingPortalSessionFlowDataAfterCompletionRedirectParams{ReturnURL: stripe.String("https://news.example/done")},
			},
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return session
}

func TestThePortalChangesTheCustomersCard(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	s.paid(s.session("usd", 1000, "month").URL, card("4000000000000341"))
	sub := s.Truth().Subscriptions[0]
	session := s.portal(sub.Customer)
	path := strings.TrimPrefix(session.URL, s.url)

	status, page := s.get(path)
	if status != http.StatusOK || !strings.Contains(page, "reader@example.org") || strings.Contains(page, "<script") || !strings.Contains(page, "https://news.example/back") {
		t.Errorf("%d %s", status, page)
	}
	for number, want := range map[string]string{
		"1234": "number", "": "number", "4000000000000002": "declined", "4111111111111111": "test",
	} {
		resp, body := s.pay(session.URL, url.Values{"card_number": {number}})
		if resp.StatusCode != http.StatusPaymentRequired || !strings.Contains(body, want) {
			t.Errorf("%q: %d %s", number, resp.StatusCode, body)
		}
	}
	if to := s.paid(session.URL, url.Values{"card_number": {"4000 0025 0000 3155"}}); to != path+"/authenticate" {
		t.Fatalf("the bank asks at %s", to)
	}
	if status, body := s.get(path + "/authenticate"); status != http.StatusOK || !strings.Contains(body, "Complete") {
		t.Errorf("%d %s", status, body)
	}
	if resp, body := s.pay(session.URL+"/authenticate", url.Values{"result": {"fail"}}); resp.StatusCode != http.StatusPaymentRequired {
		t.Errorf("refused at the bank: %d %s", resp.StatusCode, body)
	}
	s.paid(session.URL, url.Values{"card_number": {"4000002500003155"}})
	if to := s.paid(session.URL+"/authenticate", url.Values{"result": {"complete"}}); to != "https://news.example/done" {
		t.Errorf("leads to %s", to)
	}
	// The second press of a button; and nobody changes it again.
	if to := s.paid(session.URL+"/authenticate", url.Values{"result": {"complete"}}); to != "https://news.example/done" {
		t.Errorf("leads to %s", to)
	}
	if _, body := s.get(path); strings.Contains(body, "card_number") {
		t.Error("the page is still there")
	}
	customer, err := s.stripe.Customers.Get(sub.Customer, nil)
	if err != nil || customer.InvoiceSettings.DefaultPaymentMethod == nil {
		t.Fatalf("%+v, %v", customer, err)
	}
	got, err := s.stripe.Subscriptions.Get(sub.ID, nil)
	if err != nil || got.DefaultPaymentMethod == nil || got.DefaultPaymentMethod.ID == customer.InvoiceSettings.DefaultPaymentMethod.ID {
		t.Errorf("a subscription keeps a card of its own: %+v, %v", got, err)
	}
	events := s.emitted()
	for _, want := range []string{
		"billing_portal.configuration.created", "billing_portal.session.created", "setup_intent.created", "setup_intent.setup_failed",
		"setup_intent.requires_action", "setup_intent.succeeded", "payment_method.attached", "customer.updated",
	} {
		if !slices.Contains(events, want) {
			t.Errorf("no event %s", want)
		}
	}
}

func TestPortalSessionsEnd(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	s.paid(s.session("usd", 1000, "month").URL, card("4242424242424242"))
	customer := s.Truth().Subscriptions[0].Customer
	session := s.portal(customer)
	path := strings.TrimPrefix(session.URL, s.url)
	s.advance(6 * time.Minute)
	if _, body := s.get(path); strings.Contains(body, "card_number") || !strings.Contains(body, "over") {
		t.Errorf("it opens after six minutes: %s", body)
	}
	s.advance(time.Hour)
	if resp, body := s.pay(session.URL, url.Values{"card_number": {"4242424242424242"}}); resp.StatusCode != http.StatusOK || !strings.Contains(body, "over") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if status, _ := s.get("/portal/bps_none"); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
	session = s.portal(customer)
	if _, err := s.stripe.Customers.Del(customer, nil); err != nil {
		t.Fatal(err)
	}
	if resp, body := s.pay(session.URL, url.Values{"card_number": {"4242424242424242"}}); resp.StatusCode != http.StatusOK || !strings.Contains(body, "over") {
		t.Errorf("a customer who is gone: %d %s", resp.StatusCode, body)
	}
}

func TestThePortalRefuses(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	customer, err := s.stripe.Customers.New(&stripe.CustomerParams{Email: stripe.String("a@example.org")})
	if err != nil {
		t.Fatal(err)
	}
	made := s.portal(customer.ID).Configuration.ID
	config := "business_profile[headline]=A&features[invoice_history][enabled]=true"
	_, _, none := s.call("/v1/billing_portal/configurations", testKey, written(t, config), nil)
	cardless, _ := none["id"].(string)
	good := "customer=" + customer.ID + "&configuration=" + made
	for body, want := range map[string]int{
		good: 200,
		good + "&return_url=https://news.example&locale=de":   200,
		"customer=" + customer.ID:                             400, // there is no default configuration
		"customer=cus_none&configuration=" + made:             400,
		"customer=" + customer.ID + "&configuration=bpc_none": 400,
		"configuration=" + made:                               400,
		good + "&return_url=nowhere":                          400,
		good + "&locale=ar":                                   400,
		good + "&colour=red":                                  400,
		good + "&flow_data[type]=payment_method_update":       200,
		good + "&flow_data[type]=payment_method_update&flow_data[after_completion][type]=redirect": 400,
		good + "&flow_data[type]=begging": 400,
		good + "&flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]=x":        400,
		"customer=" + customer.ID + "&configuration=" + cardless + "&flow_data[type]=payment_method_update": 400,
	} {
		if status, _, answer := s.call("/v1/billing_portal/sessions", testKey, written(t, body), nil); status != want {
			t.Errorf("%s: %d %v", body, status, answer)
		}
	}
	for body, want := range map[string]int{
		config: 200, "features[invoice_history][enabled]=true": 400, config + "&default_return_url=nowhere": 400,
		config + "&features[subscription_pause][enabled]=true": 400, config + "&metadata[a]=b": 200,
	} {
		if status, _, answer := s.call("/v1/billing_portal/configurations", testKey, written(t, body), nil); status != want {
			t.Errorf("%s: %d %v", body, status, answer)
		}
	}
	if status, _, answer := s.call("/v1/billing_portal/configurations/"+made, testKey, written(t, "active=false&default_return_url=https://news.example"), nil); status != 200 || answer["active"] != false {
		t.Errorf("%d %v", status, answer)
	}
	if status, _, answer := s.call("/v1/billing_portal/sessions", testKey, written(t, good), nil); status != 400 {
		t.Errorf("an inactive configuration: %d %v", status, answer)
	}
	if _, _, answer := s.call("/v1/billing_portal/configurations?active=true", testKey, nil, nil); strings.Contains(fmt.Sprint(answer), made) {
		t.Errorf("it is still listed: %v", answer)
	}
}

func TestThePortalHasStripesShape(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	sh := shape{doc.Components.Schemas}
	s := newStand(t, stripefake.Options{})
	s.paid(s.session("usd", 1000, "month").URL, card("4242424242424242"))
	session := s.portal(s.Truth().Subscriptions[0].Customer)
	s.paid(session.URL, url.Values{"card_number": {"4242424242424242"}})
	s.flush()
	kinds := sh.checkEvents(s)
	for _, want := range []string{"billing_portal.configuration.created", "billing_portal.session.created", "setup_intent.succeeded"} {
		if !kinds[want] {
			t.Errorf("no event %s came about", want)
		}
	}
	sh.checkLists(s, "/v1/billing_portal/configurations")
	one, err := s.stripe.BillingPortalConfigurations.Get(session.Configuration.ID, nil)
	if err != nil || one.Metadata["purpose"] != "cards" || !one.Features.PaymentMethodUpdate.Enabled {
		t.Errorf("%+v, %v", one, err)
	}
}

// written reads a form as it is written in an address.
func written(t *testing.T, query string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

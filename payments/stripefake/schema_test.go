package stripefake_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"
	"github.com/stripe/stripe-mock/spec"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// document is Stripe's OpenAPI document as stripe-mock reads it.
var document = sync.OnceValues(func() (*spec.Spec, error) { return server.LoadSpec(embedded.OpenAPISpec, "") })

// shape checks a JSON value against a schema of the document: types, required
// fields, enums and, which the document allows, nothing about unknown fields.
type shape struct{ schemas map[string]*spec.Schema }

func (sh shape) check(schema *spec.Schema, value any, path string) []string {
	if schema.Ref != "" {
		return sh.check(sh.schemas[strings.TrimPrefix(schema.Ref, "#/components/schemas/")], value, path)
	}
	if value == nil {
		if schema.Nullable || len(schema.AnyOf) > 0 && slices.ContainsFunc(schema.AnyOf, func(s *spec.Schema) bool { return s.Nullable }) {
			return nil
		}
		return []string{path + " is null"}
	}
	if len(schema.AnyOf) > 0 {
		var nearest []string
		for _, option := range schema.AnyOf {
			problems := sh.check(option, value, path)
			if len(problems) == 0 {
				return nil
			}
			// An object's complaints are about the object, not "is no string".
			if nearest == nil || len(problems) > 1 || strings.Contains(problems[0], path+".") {
				nearest = problems
			}
		}
		return nearest
	}
	if len(schema.Enum) > 0 && !slices.ContainsFunc(schema.Enum, func(e any) bool { return fmt.Sprint(e) == fmt.Sprint(value) }) {
		return []string{fmt.Sprintf("%s is %v, none of %v", path, value, schema.Enum)}
	}
	switch schema.Type {
	case "string":
		if _, ok := value.(string); !ok {
			return []string{fmt.Sprintf("%s is %T, no string", path, value)}
		}
	case "boolean":
		if _, ok := value.(bool); !ok {
			return []string{fmt.Sprintf("%s is %T, no boolean", path, value)}
		}
	case "integer", "number":
		if _, ok := value.(float64); !ok {
			return []string{fmt.Sprintf("%s is %T, no number", path, value)}
		}
	case "array":
		items, ok := value.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, no array", path, value)}
		}
		var problems []string
		for i, item := range items {
			problems = append(problems, sh.check(schema.Items, item, fmt.Sprintf("%s[%d]", path, i))...)
		}
		return problems
	case "object":
		return sh.checkObject(schema, value, path)
	}
	return nil
}

func (sh shape) checkObject(schema *spec.Schema, value any, path string) []string {
	fields, ok := value.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s is %T, no object", path, value)}
	}
	var problems []string
	for _, name := range schema.Required {
		if _, ok := fields[name]; !ok {
			problems = append(problems, path+"."+name+" is missing")
		}
	}
	for name, field := range fields {
		if known, ok := schema.Properties[name]; ok {
			problems = append(problems, sh.check(known, field, path+"."+name)...)
		}
	}
	return problems
}

// play makes every story there is.
func play(s *stand) {
	s.paid(s.session("usd", 2500, "").URL, card("4242424242424242"))
	s.paid(s.session("jpy", 500, "").URL, card("378282246310005"))
	retried := s.session("eur", 900, "")
	s.pay(retried.URL, card("4000000000000002"))
	s.paid(retried.URL, card("4000002500003155"))
	s.pay(s.url+"/pay/"+retried.ID+"/authenticate", url.Values{"result": {"fail"}})
	s.paid(retried.URL, card("4000002500003155"))
	s.paid(s.url+"/pay/"+retried.ID+"/authenticate", url.Values{"result": {"complete"}})
	for currency, account := range map[string]string{
		"usd": "000123456789", "eur": "AT611904300234573201", "gbp": "00012345", "cad": "000123456789", "aud": "000120002",
	} {
		s.paid(s.session(currency, 3000, "").URL, debit(account))
	}
	s.paid(s.session("usd", 1000, "month").URL, card("4242424242424242"))
	s.paid(s.session("usd", 12000, "year").URL, debit("000222222227"))
	s.pay(s.session("usd", 1000, "month").URL, card("4000000000009995"))
	s.session("usd", 800, "")

	known := s.sessionParams("usd", 1200, "")
	known.CustomerCreation, known.SubmitType = stripe.String("always"), nil
	known.PaymentIntentData.CaptureMethod = stripe.String("automatic_async")
	known.PaymentIntentData.SetupFutureUsage = stripe.String("off_session")
	known.PaymentIntentData.StatementDescriptorSuffix = stripe.String("SEASON")
	known.CustomText = &stripe.CheckoutSessionCustomTextParams{Submit: &stripe.CheckoutSessionCustomTextSubmitParams{Message: stripe.String("Thank you.")}}
	known.AfterExpiration = &stripe.CheckoutSessionAfterExpirationParams{Recovery: &stripe.CheckoutSessionAfterExpirationRecoveryParams{Enabled: stripe.Bool(true)}}
	known.ConsentCollection = &stripe.CheckoutSessionConsentCollectionParams{Promotions: stripe.String("auto")}
	known.BillingAddressCollection = stripe.String("auto")
	ss, err := s.stripe.CheckoutSessions.New(known)
	if err != nil {
		s.t.Fatal(err)
	}
	s.paid(ss.URL, card("4242424242424242"))
	s.advance(35 * 24 * time.Hour)
	s.flush()
}

func TestEveryObjectHasStripesShape(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	sh := shape{doc.Components.Schemas}
	s := newStand(t, stripefake.Options{})
	play(s)

	kinds := sh.checkEvents(s)
	for _, want := range []string{
		"charge.failed", "charge.pending", "charge.succeeded", "charge.updated", "checkout.session.async_payment_failed",
		"checkout.session.async_payment_succeeded", "checkout.session.completed", "checkout.session.expired", "customer.created",
		"customer.subscription.created", "customer.subscription.updated", "customer.updated", "invoice.created", "invoice.finalized",
		"invoice.paid", "invoice.payment_failed", "invoice.payment_succeeded", "invoice.voided", "payment_intent.canceled",
		"payment_intent.created", "payment_intent.payment_failed", "payment_intent.processing", "payment_intent.requires_action",
		"payment_intent.succeeded", "payment_method.attached", "plan.created", "price.created", "product.created",
	} {
		if !kinds[want] {
			t.Errorf("no event %s came about", want)
		}
	}
	for path, kind := range map[string]string{"/v1/account": "account", "/v1/balance": "balance"} {
		_, _, got := s.call(path, testKey, nil, nil)
		for _, problem := range sh.check(sh.schemas[kind], got, kind) {
			t.Errorf("%s: %s", path, problem)
		}
	}
	sh.checkLists(s,
		"/v1/customers", "/v1/products", "/v1/prices", "/v1/checkout/sessions", "/v1/payment_intents", "/v1/charges",
		"/v1/balance_transactions", "/v1/subscriptions?status=all", "/v1/invoices", "/v1/webhook_endpoints", "/v1/events",
	)
}

// checkEvents checks every event that arrived and names their types.
func (sh shape) checkEvents(s *stand) map[string]bool {
	s.t.Helper()
	kinds := map[string]bool{}
	// Stripe leaves these out unless they are expanded (since 2022-11-15).
	onlyExpanded := map[string]bool{"charge.refunds": true, "customer.cash_balance": true}
	s.inbox.mu.Lock()
	bodies := slices.Clone(s.inbox.bodies)
	s.inbox.mu.Unlock()
	for _, body := range bodies {
		var e map[string]any
		if err := json.Unmarshal(body, &e); err != nil {
			s.t.Fatal(err)
		}
		for _, problem := range sh.check(sh.schemas["event"], e, "event") {
			s.t.Errorf("%s: %s", e["type"], problem)
		}
		about := e["data"].(map[string]any)["object"].(map[string]any)
		kind := about["object"].(string)
		kinds[e["type"].(string)] = true
		for _, problem := range sh.check(sh.schemas[kind], about, kind) {
			s.t.Errorf("%s: %s", e["type"], problem)
		}
		for name, field := range sh.schemas[kind].Properties {
			if _, sent := about[name]; !sent && field.Nullable && !onlyExpanded[kind+"."+name] {
				s.t.Errorf("%s: %s.%s is left out, Stripe sends null", e["type"], kind, name)
			}
		}
	}
	return kinds
}

// checkLists checks every object of some lists, none of which may be empty.
func (sh shape) checkLists(s *stand, paths ...string) {
	s.t.Helper()
	for _, path := range paths {
		_, _, list := s.call(path, testKey, nil, nil)
		items, _ := list["data"].([]any)
		if len(items) == 0 {
			s.t.Errorf("%s is empty: %v", path, list)
		}
		for _, item := range items {
			kind := item.(map[string]any)["object"].(string)
			for _, problem := range sh.check(sh.schemas[kind], item, kind) {
				s.t.Errorf("%s: %s", path, problem)
			}
		}
	}
}

// TestAgreesWithStripeMock holds that a request is refused here by the document
// exactly when stripe-mock's own server refuses it.
func TestAgreesWithStripeMock(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		t.Fatal(err)
	}
	mock, err := server.NewStubServer(fixtures, doc, false, false)
	if err != nil {
		t.Fatal(err)
	}
	s := bareStand(t, stripefake.Options{})
	s.product()
	good := sessionForm
	for _, c := range []struct{ method, path, form string }{
		{"POST", "/v1/checkout/sessions", good},
		{"POST", "/v1/checkout/sessions", good + "&submit_type=donate&metadata[a]=b&payment_intent_data[metadata][a]=b"},
		{"POST", "/v1/checkout/sessions", good + "&submit_type=beg"},
		{"POST", "/v1/checkout/sessions", good + "&colour=red"},
		{"POST", "/v1/checkout/sessions", good + "&payment_intent_data[colour]=red"},
		{"POST", "/v1/checkout/sessions", good + "&expires_at=soon"},
		{"POST", "/v1/checkout/sessions", good + "&line_items[0][price_data][unit_amount]=much"},
		{"POST", "/v1/checkout/sessions", good + "&metadata=text"},
		{"POST", "/v1/checkout/sessions", strings.Replace(good, "[currency]", "[colour]", 1)},
		{"POST", "/v1/products", "name=A"},
		{"POST", "/v1/products", "id=prod_b"},
		{"POST", "/v1/prices", "currency=usd&unit_amount=100&product=prod_season"},
		{"POST", "/v1/prices", "unit_amount=100&product=prod_season"},
		{"POST", "/v1/customers", "email=a@example.org&address[country]=DE"},
		{"POST", "/v1/customers", "email[a]=b"},
		{"POST", "/v1/webhook_endpoints", "url=http://127.0.0.1:1/&enabled_events[0]=*"},
		{"POST", "/v1/webhook_endpoints", "url=http://127.0.0.1:1/&enabled_events[0]=everything"},
		{"GET", "/v1/events?limit=2&types[]=charge.succeeded&created[gte]=1", ""},
		{"GET", "/v1/events?colour=red", ""},
		{"GET", "/v1/charges?limit=x", ""},
		{"GET", "/v1/subscriptions?status=all", ""},
		{"GET", "/v1/subscriptions?status=lost", ""},
	} {
		request := func(base string) *http.Request {
			req := httptest.NewRequest(c.method, base+c.path, strings.NewReader(c.form))
			req.Header.Set("Authorization", "Bearer "+testKey)
			if c.method == "POST" {
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			return req
		}
		theirs, ours := httptest.NewRecorder(), httptest.NewRecorder()
		mock.HandleRequest(theirs, request(""))
		s.ServeHTTP(ours, request(""))
		if theirs.Code != ours.Code {
			t.Errorf("%s %s %s: stripe-mock answers %d, the stand-in %d: %s", c.method, c.path, c.form, theirs.Code, ours.Code, ours.Body)
		}
	}
}

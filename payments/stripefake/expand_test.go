package stripefake_test

import (
	"net/http"
	"testing"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// at follows names and, for numbers, positions into a JSON value.
func at(value any, way ...any) any {
	for _, step := range way {
		switch step := step.(type) {
		case string:
			o, _ := value.(map[string]any)
			value = o[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// TestExpandedAtAVersion holds that a version expands what it has, and what is
// expanded has its shape.
func TestExpandedAtAVersion(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	s.paid(s.session("usd", 1000, "month").URL, card("4242424242424242"))
	gift := s.Truth().Payments[0]
	const basil = "2025-05-28.basil"

	inv := s.asked(basil, "/v1/invoices/"+gift.Invoice+"?expand[]=payments.data.payment.payment_intent.latest_charge&expand[]=confirmation_secret")
	intent := at(inv, "payments", "data", 0, "payment", "payment_intent")
	if at(intent, "id") != gift.PaymentIntent || at(intent, "latest_charge", "id") != gift.Charge {
		t.Errorf("the payments of an invoice: %v", inv["payments"])
	}
	for _, o := range []any{intent, at(intent, "latest_charge")} {
		if _, there := o.(map[string]any)["invoice"]; there {
			t.Errorf("what is expanded at %s names its invoice: %v", basil, o)
		}
	}
	if at(inv, "confirmation_secret", "type") != "payment_intent" {
		t.Errorf("confirmation_secret: %v", inv["confirmation_secret"])
	}
	if plain := s.asked(basil, "/v1/invoices/"+gift.Invoice); plain["payments"] != nil {
		t.Error("payments are there unasked")
	}
	sub := s.asked(basil, "/v1/subscriptions/"+gift.Subscription+"?expand[]=latest_invoice")
	if at(sub, "latest_invoice", "parent", "subscription_details", "subscription") != gift.Subscription {
		t.Errorf("the latest invoice: %v", sub["latest_invoice"])
	}
	old := s.asked("2020-08-27", "/v1/payment_intents/"+gift.PaymentIntent+"?expand[]=charges.data.balance_transaction&expand[]=invoice")
	if at(old, "charges", "data", 0, "balance_transaction", "id") != gift.BalanceTransaction || at(old, "invoice", "paid") != true {
		t.Errorf("the charges of an intent: %v", old["charges"])
	}
	for path, version := range map[string]string{
		"/v1/invoices/" + gift.Invoice + "?expand[]=payment_intent":                  basil,
		"/v1/charges/" + gift.Charge + "?expand[]=invoice":                           basil,
		"/v1/payment_intents/" + gift.PaymentIntent + "?expand[]=latest_charge":      "2022-08-01",
		"/v1/payment_intents?expand[]=data.charges":                                  "2022-11-15",
		"/v1/subscriptions/" + gift.Subscription + "?expand[]=latest_invoice.charge": basil,
	} {
		if status, _, body := s.call(path, testKey, nil, map[string]string{"Stripe-Version": version}); status != http.StatusBadRequest {
			t.Errorf("%s at %s: %d %v", path, version, status, body)
		}
	}
}

func TestModeOfBilling(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	for _, version := range []string{"2025-08-27.basil", "2025-09-30.clover"} {
		s.product()
		asked := form("mode", "subscription", "success_url", "https://news.example/", "line_items[0][quantity]", "1",
			"line_items[0][price_data][currency]", "usd", "line_items[0][price_data][unit_amount]", "900",
			"line_items[0][price_data][product]", "prod_season", "line_items[0][price_data][recurring][interval]", "month")
		status, _, body := s.call("/v1/checkout/sessions", testKey, asked, map[string]string{"Stripe-Version": version})
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, body)
		}
		s.paid(body["url"].(string), card("4242424242424242"))
	}
	subs := s.asked("2026-09-30.endive", "/v1/subscriptions")
	if now, then := at(subs, "data", 0, "billing_mode", "type"), at(subs, "data", 1, "billing_mode", "type"); now != "flexible" || then != "classic" {
		t.Errorf("made at clover: %v, before: %v", now, then)
	}
}

package stripefake_test

import (
	"fmt"
	"net/http"
	"time"
)

// post calls the API at 2023-10-16 and returns its answer.
func (s *stand) post(path string, pairs ...string) map[string]any {
	s.t.Helper()
	status, _, body := s.call(path, testKey, form(pairs...), nil)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %v", path, status, body)
	}
	return body
}

// idAt is the id of an answer.
func idAt(o map[string]any) string { return fmt.Sprint(o["id"]) }

// playRecurring makes what checkout does not: a subscription that is made by the
// API and changed, an invoice by hand, a trial, a debit's mandate.
func playRecurring(s *stand) {
	s.t.Helper()
	customer := idAt(s.post("/v1/customers", "email", "member@example.org", "name", "A Member"))
	method := idAt(s.post("/v1/payment_methods/pm_card_visa/attach", "customer", customer))
	s.post("/v1/customers/"+customer, "invoice_settings[default_payment_method]", method)
	price := func(amount string) string {
		return idAt(s.post("/v1/prices", "currency", "usd", "unit_amount", amount, "product", s.product(), "recurring[interval]", "month"))
	}
	small, large := price("1000"), price("2500")
	sub := s.post("/v1/subscriptions", "customer", customer, "items[0][price]", small, "metadata[checkout]", "by-hand")
	inner, _ := sub["items"].(map[string]any)
	data, _ := inner["data"].([]any)
	item, _ := data[0].(map[string]any)
	s.advance(10 * 24 * time.Hour)
	s.post("/v1/subscriptions/"+idAt(sub), "items[0][id]", idAt(item), "items[0][price]", large, "proration_behavior", "always_invoice")
	s.post("/v1/invoiceitems", "customer", customer, "amount", "700", "currency", "usd", "description", "A mug")
	inv := idAt(s.post("/v1/invoices", "customer", customer, "pending_invoice_items_behavior", "include"))
	s.post("/v1/invoices/" + inv + "/finalize")
	s.post("/v1/invoices/" + inv + "/pay")
	trial := s.sessionParams("usd", 900, "month")
	trial.SubscriptionData.TrialPeriodDays = ptr(int64(14))
	made, err := s.stripe.CheckoutSessions.New(trial)
	if err != nil {
		s.t.Fatal(err)
	}
	s.paid(made.URL, card("4242424242424242"))
	failing := s.session("usd", 1100, "month")
	s.paid(failing.URL, card("4000000000000341"))
	s.advance(70 * 24 * time.Hour)
	s.post("/v1/subscriptions/"+idAt(sub), "cancel_at_period_end", "true")
	s.advance(35 * 24 * time.Hour)
	s.flush()
}

func ptr[T any](value T) *T { return &value }

package stripegw_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/stripefake"
)

// paidBy is what a subscription is charged to, its own or its customer's.
func (s *stand) paidBy(t *testing.T, customer, subscription string) string {
	t.Helper()
	if own, _ := s.ask(t, "/v1/subscriptions/"+subscription)["default_payment_method"].(string); own != "" {
		return own
	}
	settings, _ := s.ask(t, "/v1/customers/"+customer)["invoice_settings"].(map[string]any)
	theirs, _ := settings["default_payment_method"].(string)
	return theirs
}

// card gives a customer another card, which pays for nothing yet.
func (s *stand) card(t *testing.T, customer string) string {
	t.Helper()
	id, _ := s.ask(t, "/v1/payment_methods", "type", "card", "card[token]", "tok_visa")["id"].(string)
	s.ask(t, "/v1/payment_methods/"+id+"/attach", "customer", customer)
	return id
}

// subscribesAgain makes another subscription of a customer, charged to a card of its
// own or, with "", to the customer's.
func (s *stand) subscribesAgain(t *testing.T, customer, card string) string {
	t.Helper()
	price, _ := s.ask(t, "/v1/prices", "currency", "usd", "unit_amount", "700", "recurring[interval]", "month", "product_data[name]", "Friends")["id"].(string)
	fields := []string{"customer", customer, "items[0][price]", price}
	if card != "" {
		fields = append(fields, "default_payment_method", card)
	}
	id, _ := s.ask(t, "/v1/subscriptions", fields...)["id"].(string)
	return id
}

// Whatever card pages are looked at, each subscription is charged to what it was; a
// card given on one of them pays for that subscription alone.
func TestACardPageIsOneSubscriptions(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	customer, follows := s.subscribes(t, "500", "1")
	first, second := s.card(t, customer), s.card(t, customer)
	all := []string{follows, s.subscribesAgain(t, customer, first), s.subscribesAgain(t, customer, second), s.subscribesAgain(t, customer, "")}
	paid := map[string]string{}
	for _, id := range all {
		paid[id] = s.paidBy(t, customer, id)
	}
	same := func(when string) {
		t.Helper()
		for i, id := range all {
			if got := s.paidBy(t, customer, id); got != paid[id] {
				t.Fatalf("%s: the subscription %d is charged to %s, was to %s", when, i, got, paid[id])
			}
		}
	}
	look := func(id string) string {
		t.Helper()
		page, err := g.CardPage(t.Context(), customer, id, "https://news.example/manage", "en")
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	for _, id := range append(all, all...) {
		page := look(id)
		same("after a look")
		if id == all[3] {
			continue
		}
		if resp, err := http.PostForm(page, map[string][]string{"card_number": {"5555555555554444"}}); err == nil {
			_ = resp.Body.Close()
		} else if !strings.Contains(err.Error(), "news.example") { // where it leads back to
			t.Fatal(err)
		}
		fresh := s.paidBy(t, customer, id)
		if fresh == paid[id] {
			t.Fatal("the card that was given pays for nothing")
		}
		paid[id] = fresh
		same("after another card")
	}
}

// Of two card pages made at the same moment, one asks to try again rather than have
// a subscription charged to the other's card.
func TestTwoCardPagesAtOnce(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	customer, _ := s.subscribes(t, "500", "1")
	first, second := s.card(t, customer), s.card(t, customer)
	one := s.subscribesAgain(t, customer, first)
	between := false
	s.web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/v1/subscriptions/"+one && !between {
			between = true
			s.ask(t, "/v1/customers/"+customer, "invoice_settings[default_payment_method]", second)
		}
		s.ServeHTTP(w, r)
	})
	_, err := g.CardPage(t.Context(), customer, one, "https://news.example/manage", "en")
	if payments.CodeOf(err) != payments.Busy || !between {
		t.Errorf("%v", err)
	}
	if got := s.paidBy(t, customer, one); got != first {
		t.Errorf("charged to %s, was to %s", got, first)
	}
	if _, err := g.CardPage(t.Context(), customer, one, "https://news.example/manage", "en"); err != nil {
		t.Error(err)
	}
}

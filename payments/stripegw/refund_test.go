package stripegw_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// paid makes a payment as an account may have it.
func (s *stand) paid(t *testing.T, minor string) (intent, charge string) {
	t.Helper()
	pi := s.ask(t, "/v1/payment_intents", "amount", minor, "currency", "eur", "confirm", "true", "payment_method", "pm_card_visa",
		"return_url", "https://news.example")
	intent, _ = pi["id"].(string)
	charge, _ = pi["latest_charge"].(string)
	return intent, charge
}

func order(id, intent, charge string, minor int64) payments.RefundOrder {
	return payments.RefundOrder{ID: id, PaymentIntent: intent, Charge: charge, Gift: money.New(2500, "EUR"), Amount: money.New(minor, "EUR"), Reason: "duplicate"}
}

func TestARefundIsMadeOnce(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	intent, charge := s.paid(t, "2500")
	first, err := g.GiveBack(t.Context(), order("rfo_1", intent, charge, 1000))
	if err != nil || first.Status != "succeeded" || !strings.HasPrefix(first.ID, "re_") || first.Version != stripegw.Version || first.At.IsZero() {
		t.Fatalf("%+v, %v", first, err)
	}
	facts, err := stripegw.Decoder{}.DecodeObject(first.Object, first.At)
	if err != nil || len(facts.Refunds) != 1 || facts.Refunds[0].Payment != intent || len(facts.BalanceTransactions) != 1 || facts.BalanceTransactions[0].Net != -1000 {
		t.Errorf("%+v, %v", facts, err)
	}
	for _, o := range []payments.RefundOrder{order("rfo_1", intent, charge, 1000), order("rfo_1", "", charge, 1000)} {
		if again, err := g.GiveBack(t.Context(), o); err != nil || again.ID != first.ID {
			t.Errorf("%+v, %v", again, err)
		}
	}
	if other, err := g.GiveBack(t.Context(), order("rfo_2", "", charge, 1000)); err != nil || other.ID == first.ID {
		t.Errorf("%+v, %v", other, err)
	}
	if n := len(s.Truth().Refunds); n != 2 {
		t.Errorf("%d refunds", n)
	}
}

// The refund of an order is found behind a hundred others.
func TestARefundIsFoundOnTheSecondPage(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	intent, charge := s.paid(t, "2500")
	made := s.ask(t, "/v1/refunds", "charge", charge, "amount", "10", "metadata[readerfund_refund]", "rfo_1")["id"]
	for range 100 {
		s.ask(t, "/v1/refunds", "charge", charge, "amount", "1")
	}
	if got, err := s.gateway(t).GiveBack(t.Context(), order("rfo_1", intent, charge, 10)); err != nil || got.ID != made {
		t.Errorf("%+v, %v, want %v", got, err, made)
	}
}

func TestWhatStripeSaysOfRefunds(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	intent, charge := s.paid(t, "2500")
	s.ask(t, "/v1/refunds", "charge", charge, "amount", "2000")
	all, allCharge := s.paid(t, "700")
	s.ask(t, "/v1/refunds", "charge", allCharge)
	for name, c := range map[string]struct {
		o    payments.RefundOrder
		code payments.Code
		says string
	}{
		"more than is left":  {order("rfo_1", intent, charge, 501), payments.Refused, "readerfund reconcile"},
		"nothing is left":    {order("rfo_2", all, allCharge, 500), payments.Refused, "All of it was given back"},
		"of another account": {order("rfo_3", "pi_none", "", 500), payments.NotFound, "another account"},
		"another currency":   {payments.RefundOrder{ID: "rfo_4", PaymentIntent: intent, Charge: charge, Amount: money.New(500, "CHF"), Reason: "duplicate"}, payments.Refused, "the reader paid in CHF"},
	} {
		_, err := s.gateway(t).GiveBack(t.Context(), c.o)
		e, ok := errors.AsType[*payments.Error](err)
		if !ok || e.Code != c.code || !strings.Contains(strings.ToLower(e.Sentence), strings.ToLower(c.says)) {
			t.Errorf("%s: %v, want %s with %q", name, err, c.code, c.says)
		}
	}
	for status, c := range map[int]struct {
		body string
		code payments.Code
		says string
	}{
		http.StatusForbidden:       {`{"error":{"type":"invalid_request_error","message":"no"}}`, payments.Refused, "permission"},
		http.StatusBadRequest:      {`{"error":{"type":"invalid_request_error","code":"balance_insufficient","message":"no"}}`, payments.Refused, "too small"},
		http.StatusPaymentRequired: {`{"error":{"type":"invalid_request_error","code":"brand_new","message":"Something new."}}`, payments.Refused, "Something new."},
		http.StatusTooManyRequests: {`{"error":{"type":"invalid_request_error","message":"slow down"}}`, payments.Busy, "not known yet"},
		http.StatusConflict:        {`{"error":{"type":"invalid_request_error","message":"in use"}}`, payments.Busy, "not known yet"},
		http.StatusBadGateway:      {`no JSON`, payments.Busy, "not known yet"},
	} {
		s.web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(c.body))
				return
			}
			s.ServeHTTP(w, r)
		})
		_, err := s.gateway(t).GiveBack(t.Context(), order("rfo_5", intent, charge, 100))
		if e, ok := errors.AsType[*payments.Error](err); !ok || e.Code != c.code || !strings.Contains(e.Sentence, c.says) {
			t.Errorf("%d: %v, want %s with %q", status, err, c.code, c.says)
		}
	}
}

func TestTheCardOfASubscription(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	customer, id := s.subscribes(t, "500", "1")
	wants := func(what string, want int64) {
		t.Helper()
		if got, err := g.CardOf(t.Context(), id); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", what, got, err, want)
		}
	}
	method, _ := s.ask(t, "/v1/customers/"+customer)["invoice_settings"].(map[string]any)["default_payment_method"].(string)
	s.ask(t, "/v1/payment_methods/"+method, "card[exp_year]", "2031", "card[exp_month]", "7")
	wants("the customer's", 203107)
	own, _ := s.ask(t, "/v1/payment_methods", "type", "card", "card[number]", "5555555555554444", "card[exp_month]", "11", "card[exp_year]", "2032", "card[cvc]", "123")["id"].(string)
	s.ask(t, "/v1/payment_methods/"+own+"/attach", "customer", customer)
	s.ask(t, "/v1/subscriptions/"+id, "default_payment_method", own)
	wants("its own", 203211)
	if _, err := g.CardOf(t.Context(), "sub_none"); payments.CodeOf(err) != payments.NotFound {
		t.Errorf("none: %v", err)
	}
	s.web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/payment_methods/") {
			s.ServeHTTP(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"id":"pm_1","object":"payment_method","type":"sepa_debit","sepa_debit":{}}`))
	})
	wants("a debit", 0)
}

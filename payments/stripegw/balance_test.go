package stripegw_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestBalance(t *testing.T) {
	s := newStand(t, stripefake.Options{Seed: "balance"})
	gateway := s.gateway(t)
	s.web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"object":"balance","available":[{"amount":-250,"currency":"usd"},{"amount":5,"currency":"jpy"}],
			"pending":[{"amount":1000,"currency":"usd"},{"amount":700,"currency":"eur"}],"instant_available":[{"amount":9,"currency":"usd"}]}`))
	})
	available, pending, err := gateway.Balance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := map[money.Currency]int64{"USD": -250, "JPY": 5, "EUR": 0}; !maps.Equal(available, want) {
		t.Errorf("available %v", available)
	}
	if want := map[money.Currency]int64{"USD": 1000, "JPY": 0, "EUR": 700}; !maps.Equal(pending, want) {
		t.Errorf("pending %v", pending)
	}
	s.web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","message":"The key may not."}}`))
	})
	if _, _, err := gateway.Balance(t.Context()); payments.CodeOf(err) != payments.Refused {
		t.Errorf("a key that may not: %v", err)
	}
	s.web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"object":"balance","available":[{"amount":0.5,"currency":"usd"}]}`))
	})
	if _, _, err := gateway.Balance(t.Context()); err == nil {
		t.Error("an amount that is none is read")
	}
}

// A manual payout has no rows that Stripe could list, and says so.
func TestRowsOfAManualPayout(t *testing.T) {
	s := newStand(t, stripefake.Options{Seed: "manual"})
	gateway := s.gateway(t)
	err := gateway.RowsOf(t.Context(), "po_none", func([]json.RawMessage, time.Time) error { return nil })
	if payments.CodeOf(err) != payments.Refused {
		t.Errorf("%v", err)
	}
}

package stripefake_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestIdempotencyReplays(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	key := map[string]string{"Idempotency-Key": "checkout-1"}
	form := url.Values{"email": {"a@example.org"}, "name": {"A"}}
	_, first, made := s.call("/v1/customers", testKey, form, key)
	status, second, again := s.call("/v1/customers", testKey, form, key)
	if status != 200 || made["id"] != again["id"] || second.Get("Idempotent-Replayed") != "true" || first.Get("Idempotent-Replayed") != "" ||
		second.Get("Original-Request") != first.Get("Request-Id") {
		t.Errorf("replay: %d %v, headers %v", status, again["id"], second)
	}
	status, _, body := s.call("/v1/customers", testKey, url.Values{"email": {"b@example.org"}}, key)
	if problem := body["error"].(map[string]any); status != 400 || problem["type"] != "idempotency_error" {
		t.Errorf("other parameters: %d %v", status, body)
	}
	if status, _, _ := s.call("/v1/customers", testKey, form, map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}); status != 400 {
		t.Errorf("a key of 256 characters: %d", status)
	}
	s.advance(24*time.Hour + time.Second)
	if _, _, later := s.call("/v1/customers", testKey, form, key); later["id"] == made["id"] {
		t.Error("still replayed after 24 hours")
	}
}

func TestRefusalIsNotStored(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	p := s.sessionParams("usd", 1, "")
	p.SetIdempotencyKey("checkout-2")
	if _, err := s.stripe.CheckoutSessions.New(p); err == nil {
		t.Fatal("a cent was accepted")
	}
	p.LineItems[0].PriceData.UnitAmount = stripe.Int64(2500)
	if _, err := s.stripe.CheckoutSessions.New(p); err != nil {
		t.Errorf("the same key after a refusal: %v", err)
	}
}

func TestParallelRequestsOfOneKey(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	form := url.Values{"email": {"a@example.org"}}
	var all sync.WaitGroup
	var mu sync.Mutex
	ids := map[any]bool{}
	for range 12 {
		all.Go(func() {
			status, _, body := s.call("/v1/customers", testKey, form, map[string]string{"Idempotency-Key": "together"})
			switch status {
			case http.StatusOK:
				mu.Lock()
				ids[body["id"]] = true
				mu.Unlock()
			case http.StatusConflict:
				if problem := body["error"].(map[string]any); problem["code"] != "idempotency_key_in_use" {
					t.Errorf("conflict: %v", body)
				}
			default:
				t.Errorf("answered %d: %v", status, body)
			}
		})
	}
	all.Wait()
	if len(ids) != 1 {
		t.Errorf("%d customers of one key", len(ids))
	}
}

func TestLostAnswerIsReplayed(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	form, key := url.Values{"email": {"a@example.org"}}, map[string]string{"Idempotency-Key": "lost"}
	s.control("/_control/faults", map[string]any{"error_after": 1})
	if status, _, _ := s.call("/v1/customers", testKey, form, key); status != 500 {
		t.Errorf("answered %d", status)
	}
	s.control("/_control/faults", map[string]any{})
	if status, header, _ := s.call("/v1/customers", testKey, form, key); status != 500 || header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the 500 is not kept: %d", status)
	}
	if it := s.stripe.Customers.List(nil); !it.Next() {
		t.Error("the call was not carried out")
	}
	s.control("/_control/faults", map[string]any{"error": 1})
	fresh := map[string]string{"Idempotency-Key": "never began"}
	if status, _, _ := s.call("/v1/customers", testKey, form, fresh); status != 500 {
		t.Errorf("answered %d", status)
	}
	s.control("/_control/faults", map[string]any{})
	if status, _, _ := s.call("/v1/customers", testKey, form, fresh); status != 200 {
		t.Errorf("a call that never began is kept: %d", status)
	}
}

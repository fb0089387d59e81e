package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// A service that starts knows within its first minute what the gifts cost and what
// payouts sent that Stripe has reconciled.
func TestServiceKnowsFeesAndPayouts(t *testing.T) {
	// Stripe's clock is right now at the end, as in life.
	began := time.Now().Add(-5 * 24 * time.Hour)
	s, err := stripefake.New(stripefake.Options{Seed: "settle", Clock: func() time.Time { return began }})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	s.SetDailyPayouts(true)
	req := httptest.NewRequest(http.MethodPost, "/v1/payment_intents", strings.NewReader(url.Values{
		"amount": {"2500"}, "currency": {"usd"}, "confirm": {"true"}, "payment_method": {"pm_card_visa"},
		"return_url": {"https://news.example"}, "metadata[readerfund_checkout]": {"one"},
	}.Encode()))
	req.Header.Set("Authorization", "Bearer sk_test_0123456789")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	if s.ServeHTTP(answer, req); answer.Code != http.StatusOK {
		t.Fatal(answer.Body)
	}
	if err := s.Advance(t.Context(), 5*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	service := serve(t, slog.New(slog.NewTextHandler(t.Output(), nil)), "STRIPE_API_BASE="+web.URL)
	at := "http://" + service.MetricsAddr() + "/metrics"
	metricsUntil(t, at, `readerfund_balance_pulled_age_seconds \d.*`)
	page := metricsUntil(t, at, `readerfund_fees_unknown 0`)
	for _, line := range []string{
		"readerfund_payouts_unexplained 0", "readerfund_fees_unknown_oldest_seconds 0", `readerfund_payouts{state="differs"} 0`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

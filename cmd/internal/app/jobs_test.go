package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// metricsUntil reads the service's metrics until a line is there.
func metricsUntil(t *testing.T, address, line string) string {
	t.Helper()
	wanted := regexp.MustCompile("(?m)^" + line + "$")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		page := fetch(t, address)
		if wanted.MatchString(page) {
			return page
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("no line %s:\n%s", line, page)
		}
	}
}

// A service that starts fetches what it was not told.
func TestServiceFetchesWhatItMissed(t *testing.T) {
	s, err := stripefake.New(stripefake.Options{Seed: "missed"})
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
	for _, metadata := range []string{"readerfund_checkout", "order"} {
		req := httptest.NewRequest(http.MethodPost, "/v1/payment_intents", strings.NewReader(url.Values{
			"amount": {"2500"}, "currency": {"usd"}, "confirm": {"true"}, "payment_method": {"pm_card_visa"},
			"return_url": {"https://news.example"}, "metadata[" + metadata + "]": {"one"},
		}.Encode()))
		req.Header.Set("Authorization", "Bearer sk_test_0123456789")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer := httptest.NewRecorder()
		if s.ServeHTTP(answer, req); answer.Code != http.StatusOK {
			t.Fatal(answer.Body)
		}
	}
	service := serve(t, slog.New(slog.NewTextHandler(t.Output(), nil)), "STRIPE_API_BASE="+web.URL)
	page := metricsUntil(t, "http://"+service.MetricsAddr()+"/metrics", `readerfund_payments_foreign 1`)
	for _, line := range []string{
		"readerfund_events_parked 0", "readerfund_events_parked_oldest_seconds 0", "readerfund_events_missed 0", "readerfund_invoice_questions 0",
		"readerfund_recurring_without_donor 0", "readerfund_erasures_due_seconds 0",
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	metricsUntil(t, "http://"+service.MetricsAddr()+"/metrics", `readerfund_events_gapless_age_seconds \d.*`)
}

// A job that waits for Stripe does not hold up the end of the service.
func TestServiceEndsWhileStripeIsSilent(t *testing.T) {
	asked := make(chan struct{})
	once := sync.OnceFunc(func() { close(asked) })
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once()
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	var began time.Time
	t.Run("service", func(t *testing.T) {
		serve(t, slog.New(slog.NewTextHandler(t.Output(), nil)), "STRIPE_API_BASE="+silent.URL)
		select {
		case <-asked:
		case <-time.After(30 * time.Second):
			t.Fatal("Stripe was not asked")
		}
		began = time.Now()
	}) // the service has ended
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to end", took)
	}
}

package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/stripefake"
)

// The books are compared with Stripe once a day, whoever does it, and what was found
// is counted.
func TestTheDailyReconciliation(t *testing.T) {
	s, err := stripefake.New(stripefake.Options{Seed: "daily"})
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
	give := func() {
		t.Helper()
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
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	now := time.Now()
	db := pgtest.New(t)
	in := newInbox(db, nil, func() time.Time { return now }, log)
	r := NewReconciler(Config{StripeSecretKey: Secret("sk_test_0123456789"), StripeAPIBase: web.URL, BaseURL: "https://news.example"}, in, log)
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "found"}, []string{"kind"})
	registry := prometheus.NewRegistry()
	registry.MustRegister(counter)
	counted := func() (sum float64) {
		t.Helper()
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
		return sum
	}
	w := &reconcileDue{inbox: in, reconciler: r, quit: make(chan struct{}), log: log, found: counter}
	work := func(want int, found float64) {
		t.Helper()
		if err := w.Work(t.Context(), &river.Job[reconcileArgs]{}); err != nil {
			t.Fatal(err)
		}
		var runs int
		if err := db.QueryRow(t.Context(), `select count(*) from reconciliations where equal and remaining = 0`).Scan(&runs); err != nil {
			t.Fatal(err)
		}
		if got := counted(); runs != want || got != found {
			t.Errorf("%d runs, %v differences, want %d and %v", runs, got, want, found)
		}
	}
	give()
	work(1, 1) // the charge, and its balance transaction with it
	give()
	now = now.Add(time.Hour)
	work(1, 1)
	now = now.Add(24 * time.Hour)
	work(2, 2)
	// One by hand that looked at less does not stand for it.
	now = now.Add(25 * time.Hour)
	if _, err := r.Reconcile(t.Context(), now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	work(4, 2)
	// Books of another version wait for their rebuild.
	now = now.Add(25 * time.Hour)
	if _, err := db.Exec(t.Context(), `update books_made set derivation = 0`); err != nil {
		t.Fatal(err)
	}
	work(4, 2)
}

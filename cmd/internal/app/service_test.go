package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const webhookSecret = "whsec_test"

// serve runs a service on a database of its own until the test ends. more are
// variables that replace the usual ones.
func serve(t testing.TB, log *slog.Logger, more ...string) *app.Service {
	t.Helper()
	cfg, err := app.LoadConfig("/dev/null", append([]string{
		"DATABASE_URL=" + pgtest.NewURL(t), "STRIPE_SECRET_KEY=sk_test_123456789012",
		"STRIPE_WEBHOOK_SECRET=whsec_old," + webhookSecret, "BASE_URL=http://127.0.0.1:1", "HTTP_ADDR=127.0.0.1:0",
		"METRICS_ADDR=127.0.0.1:0", "STRIPE_API_BASE=http://127.0.0.1:1",
	}, more...), app.NeedDatabase, app.NeedStripe, app.NeedWebhook, app.NeedWeb)
	if err != nil {
		t.Fatal(err)
	}
	service, err := app.NewService(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the service ended with %v", err)
		}
	})
	return service
}

func charge(n int) string {
	return fmt.Sprintf(`{"id":"evt_%[1]d","object":"event","api_version":"2023-10-16","created":1700000000,"type":"charge.succeeded",
"data":{"object":{"id":"ch_%[1]d","object":"charge","amount":2500,"amount_refunded":0,"currency":"usd","status":"succeeded",
"payment_intent":"pi_%[1]d","created":1700000000,"billing_details":{"email":"reader%[1]d@example.org","name":"Ada Reader","address":{"country":"US"}},
"payment_method_details":{"type":"card","card":{"country":"US"}},"metadata":{"readerfund_checkout":"c%[1]d","frequency":"one_time",
"campaign":"independence","appeal":"autumn","variant":"base","placement":"end","article":"geneva"}}}}`, n)
}

func deliver(t testing.TB, service *app.Service, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+service.Addr()+"/webhooks/stripe", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Stripe-Signature", stripegw.Sign([]byte(body), webhookSecret, time.Now()))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

func fetch(t testing.TB, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestMetricsCountWhatHappened(t *testing.T) {
	service := serve(t, slog.New(slog.NewTextHandler(t.Output(), nil)))
	for _, body := range []string{charge(1), charge(1), charge(2), `{"id":"evt_3","type":"topup.created","data":{"object":{}}}`, `{}`} {
		if status := deliver(t, service, body); status != http.StatusOK {
			t.Errorf("%d for %s", status, body)
		}
	}
	page := fetch(t, "http://"+service.MetricsAddr()+"/metrics")
	for _, line := range []string{
		`readerfund_events_total{outcome="merged"} 2`, `readerfund_events_total{outcome="duplicate"} 1`,
		`readerfund_events_total{outcome="ignored"} 1`, `readerfund_events_total{outcome="parked"} 1`,
		`readerfund_events_parked 1`, `readerfund_webhook_deliveries_total{outcome="stored"} 5`,
		`readerfund_http_request_seconds_count{method="POST",route="/webhooks/stripe",status="200"} 5`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if public := fetch(t, "http://"+service.Addr()+"/metrics"); strings.Contains(public, "readerfund_events") {
		t.Error("metrics are public")
	}
}

// The whole way of an event: over HTTP, signature, decoding, one transaction on
// real Postgres, the answer.
func BenchmarkWebhook(b *testing.B) {
	service := serve(b, slog.New(slog.DiscardHandler))
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		if status := deliver(b, service, charge(n)); status != http.StatusOK {
			b.Fatalf("%d", status)
		}
	}
}

// The yardstick for BenchmarkWebhook: one row with the same payload, in a
// transaction of its own, on the same Postgres.
func BenchmarkInsertPayload(b *testing.B) {
	db := pgtest.New(b)
	if _, err := db.Exec(b.Context(), `create table yardstick (id text primary key, payload bytea not null)`); err != nil {
		b.Fatal(err)
	}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		if _, err := db.Exec(b.Context(), `insert into yardstick values ($1, $2)`, fmt.Sprint("evt_", n), []byte(charge(n))); err != nil {
			b.Fatal(err)
		}
	}
}

package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/migrations/pgtest"
)

// A view that was just told is in the books when the service has ended, and the
// private listener shows what is counted and what came of it.
func TestViewsAreWrittenAtTheEnd(t *testing.T) {
	database := pgtest.NewURL(t)
	cfg, err := app.LoadConfig("/dev/null", []string{
		"DATABASE_URL=" + database, "STRIPE_SECRET_KEY=sk_test_123456789012", "STRIPE_WEBHOOK_SECRET=" + webhookSecret,
		"BASE_URL=http://127.0.0.1:1", "HTTP_ADDR=127.0.0.1:0", "METRICS_ADDR=127.0.0.1:0", "STRIPE_API_BASE=http://127.0.0.1:1",
	}, app.NeedDatabase, app.NeedStripe, app.NeedWebhook, app.NeedWeb)
	if err != nil {
		t.Fatal(err)
	}
	service, err := app.NewService(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()

	view := url.Values{"campaign": {"independent-journalism"}, "appeal": {"keep-it-alive"}, "variant": {"base"}, "placement": {"end"}, "article": {"geneva-joint-centre"}}
	for range 3 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+service.Addr()+"/seen", strings.NewReader(view.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusNoContent {
			t.Fatalf("%d, %v", res.StatusCode, err)
		}
	}
	if page := fetch(t, "http://"+service.MetricsAddr()+"/metrics"); !strings.Contains(page, `readerfund_views_total{outcome="counted"} 3`) ||
		!strings.Contains(page, `readerfund_views_total{outcome="crawler"} 0`) || !strings.Contains(page, "readerfund_views_waiting ") {
		t.Error("the metrics do not tell of views")
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var n int64
	if err := conn.QueryRow(t.Context(), `select coalesce(sum(views), 0)::bigint from views where placement = 'end'`).Scan(&n); err != nil || n != 3 {
		t.Errorf("%d views are in the books, %v", n, err)
	}
}

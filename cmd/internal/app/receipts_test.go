package app_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/migrations/pgtest"
)

// examined gives what doctor finds of mail and receipts, by name.
func examined(t *testing.T, database string, more ...string) map[string]app.Check {
	t.Helper()
	cfg, err := app.LoadConfig("/dev/null", append([]string{"DATABASE_URL=" + database, "STRIPE_SECRET_KEY=sk_test_123456789012",
		"STRIPE_API_BASE=http://127.0.0.1:1"}, more...), app.NeedDatabase)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]app.Check{}
	for _, c := range app.Examine(t.Context(), cfg, time.Now, slog.New(slog.DiscardHandler)) {
		found[c.Name] = c
	}
	return found
}

func TestDoctorLooksAtReceipts(t *testing.T) {
	database := pgtest.NewURL(t)
	db, err := pgxpool.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found := examined(t, database)
	if c := found["mail"]; c.Wrong != "" || !strings.Contains(c.Found, "SMTP_URL") {
		t.Errorf("without mail: %+v", c)
	}
	if c := found["receipts"]; c.Wrong != "" || c.Found != "0 wait to be mailed" {
		t.Errorf("without receipts: %+v", c)
	}
	if _, err := db.Exec(t.Context(), `insert into receipts (payment, status, queued_at, due_at, error) values
		('pi_1', 'queued', now() - interval '2 hours', now(), ''), ('pi_2', 'failed', now() - interval '1 day', now(), '550 no such user')`); err != nil {
		t.Fatal(err)
	}
	found = examined(t, database)
	if c := found["receipts"]; c.Wrong != "" || !strings.Contains(c.Found, "1 of the last 30 days") || !strings.Contains(c.Found, "550 no such user") {
		t.Errorf("without mail: %+v", c)
	}
	found = examined(t, database, "SMTP_URL=smtp://u:hidden@127.0.0.1:1", "MAIL_FROM=a@news.example")
	if c := found["mail"]; c.Wrong == "" || c.Do == "" || strings.Contains(c.Wrong, "hidden") {
		t.Errorf("a mail server that is away: %+v", c)
	}
	if c := found["receipts"]; !strings.Contains(c.Wrong, "the oldest waits for 2h") || c.Do == "" {
		t.Errorf("a receipt that waits: %+v", c)
	}
}

// A service counts what became of receipts, and does not start with a mail server
// that cannot be.
func TestServiceCountsReceipts(t *testing.T) {
	database := pgtest.NewURL(t)
	db, err := pgxpool.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(t.Context(), `insert into receipts (payment, status, queued_at, due_at) values
		('pi_1', 'queued', now() - interval '2 days', now())`); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	mail := []string{"DATABASE_URL=" + database, "MAIL_FROM=a@news.example", "SMTP_URL=smtp://127.0.0.1:1"}
	service := serve(t, log, mail...)
	page := metricsUntil(t, "http://"+service.MetricsAddr()+"/metrics", `readerfund_receipts_total{outcome="skipped"} 1`)
	for _, line := range []string{"readerfund_receipts_queued 0", "readerfund_receipts_oldest_seconds 0", "readerfund_receipts_failed 0"} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}

	cfg, err := app.LoadConfig("/dev/null", []string{"DATABASE_URL=" + database, "STRIPE_SECRET_KEY=sk_test_123456789012", "HTTP_ADDR=127.0.0.1:0",
		"SMTP_URL=smtp://mail.example?tls=never", "MAIL_FROM=a@news.example"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = app.NewService(context.WithoutCancel(t.Context()), cfg, log)
	if err == nil || !strings.Contains(err.Error(), "SMTP_URL has tls=never") {
		t.Errorf("%v", err)
	}
}

package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestPoolSize(t *testing.T) {
	address := pgtest.NewURL(t)
	for more, want := range map[string]int32{"": 16, "pool_max_conns=3": 3} {
		with := address
		if more != "" {
			with += map[bool]string{true: "&", false: "?"}[strings.Contains(address, "?")] + more
		}
		cfg, err := app.LoadConfig("/dev/null", []string{"DATABASE_URL=" + with}, app.NeedDatabase)
		if err != nil {
			t.Fatal(err)
		}
		db, err := app.OpenDatabase(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := db.Config().MaxConns; got != want {
			t.Errorf("%q: %d connections, want %d", more, got, want)
		}
		db.Close()
	}
}

// While somebody holds the books, as a long replay does, webhooks wait, and leave
// readers the connections that giving takes.
func TestReadersGiveWhileWebhooksWait(t *testing.T) {
	s, err := stripefake.New(stripefake.Options{Seed: "pool"})
	if err != nil {
		t.Fatal(err)
	}
	stripe := httptest.NewServer(s)
	t.Cleanup(func() {
		stripe.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	address := pgtest.NewURL(t)
	service := serve(t, slog.New(slog.NewTextHandler(t.Output(), nil)), "STRIPE_API_BASE="+stripe.URL, "DATABASE_URL="+address)
	db, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // the test is over
	books, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := payments.Hold(t.Context(), books); err != nil {
		t.Fatal(err)
	}

	const webhooks = 24 // more than there are connections
	var delivering sync.WaitGroup
	for n := range webhooks {
		delivering.Go(func() {
			if status := deliver(t, service, charge(n)); status != http.StatusOK {
				t.Errorf("webhook %d was answered %d", n, status)
			}
		})
	}
	defer delivering.Wait()
	defer books.Rollback(context.WithoutCancel(t.Context()))
	waitFor(t, books, 8)

	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second) // less than webhooks wait
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+service.Addr()+"/donate", strings.NewReader(url.Values{
		"frequency": {"one_time"}, "amount": {"25"}, "currency": {"USD"}, "campaign": {"independent-journalism"},
		"appeal": {"keep-it-alive"}, "placement": {"end"}, "article": {"geneva-joint-centre"}, "variant": {"base"},
	}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("nobody can give while webhooks wait: %v", err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusSeeOther {
		t.Errorf("%s, %v", res.Status, err)
	}
	if n := waiting(t, books); n != 8 {
		t.Errorf("%d webhooks hold a connection, want half of them", n)
	}
	if err := books.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// waiting counts the sessions that wait for the books.
func waiting(t *testing.T, db pgx.Tx) (n int) {
	t.Helper()
	err := db.QueryRow(t.Context(), `
		select count(*) from pg_locks where locktype = 'advisory' and not granted
			and database = (select oid from pg_database where datname = current_database())`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func waitFor(t *testing.T, db pgx.Tx, sessions int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for waiting(t, db) < sessions {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d sessions wait for the books", waiting(t, db))
		}
	}
}

package exports_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/report"
)

// TestMain lets the test program be a copy of the service that is killed.
func TestMain(m *testing.M) {
	if url := os.Getenv(copyOf); url != "" {
		if err := oneCopy(url, os.Getenv(copyInto)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	pgtest.Main(m)
}

const (
	copyOf   = "EXPORTS_TEST_DATABASE"
	copyInto = "EXPORTS_TEST_FOLDER"
)

// oneCopy carries out one export.
func oneCopy(url, dir string) error {
	db, err := pgxpool.New(context.Background(), url)
	if err != nil {
		return err
	}
	defer db.Close()
	runs := &exports.Runs{DB: db, Dir: dir, Queue: &bell{}, Now: time.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	return runs.Work(context.Background())
}

// bell is a queue that only counts.
type bell struct{ rung atomic.Int64 }

// Wake is part of exports.Queue.
func (b *bell) Wake(context.Context, pgx.Tx, string) error { b.rung.Add(1); return nil }

// house is a database with gifts, and a folder.
type house struct {
	*exports.Runs
	t     *testing.T
	bell  *bell
	later atomic.Int64 // how far the clock is ahead
	mu    sync.Mutex
	ended []exports.Run
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, bell: &bell{}}
	h.Runs = &exports.Runs{
		DB: pgtest.New(t), Dir: filepath.Join(t.TempDir(), "exports"), Queue: h.bell, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Now: func() time.Time { return time.Now().Add(time.Duration(h.later.Load())) },
		Ended: func(_ context.Context, _ pgx.Tx, r exports.Run) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.ended = append(h.ended, r)
			return nil
		},
	}
	h.exec(`insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method,
			balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_name, donor_email,
			country, payment_intent, charge, invoice, subscription, checkout_session)
		select 'don_' || n, 'pi_' || n, timestamptz '2026-10-01 10:00Z' + n * interval '1 minute', 'one_time', 'succeeded', 'EUR', 100 + n, 0, 'card',
			'', 'c' || n, 'independence', 'autumn', 'base', 'end', 'geneva', 'Ada ' || n, 'reader@example.org', 'DE', 'pi_' || n, '', '', '', ''
		from generate_series(1, 2500) n`)
	return h
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.DB.Exec(h.t.Context(), sql, args...); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
}

// october is an order of all gifts.
func october() exports.Order {
	return exports.Order{Report: "donations", Format: "csv", By: "staff_carla", Query: report.Query{
		Zone: time.UTC, From: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}}
}

// ordered commits an order.
func (h *house) ordered(o exports.Order) (id string) {
	h.t.Helper()
	err := pgx.BeginFunc(h.t.Context(), h.DB, func(tx pgx.Tx) (err error) {
		id, err = h.Order(h.t.Context(), tx, o)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *house) run(id string) exports.Run {
	h.t.Helper()
	r, err := h.Get(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// works carries out one run.
func (h *house) works() {
	h.t.Helper()
	if err := h.Work(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// is holds the state of a run.
func (h *house) is(id string, s exports.State) exports.Run {
	h.t.Helper()
	r := h.run(id)
	if r.State != s {
		h.t.Fatalf("the run is %s (%s), want %s", r.State, r.Failure, s)
	}
	return r
}

// files are the names in the folder.
func (h *house) files() (names []string) {
	h.t.Helper()
	entries, err := os.ReadDir(h.Dir)
	if err != nil && !os.IsNotExist(err) {
		h.t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// until waits for something that another goroutine or process does.
func (h *house) until(what string, holds func() bool) {
	h.t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(end) {
			h.t.Fatalf("%s: not within 30 s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// held keeps everybody from reading the gifts until release is called: an export then
// takes as long as the test wants.
func (h *house) held() (release func()) {
	h.t.Helper()
	tx, err := h.DB.Begin(h.t.Context())
	if err == nil {
		_, err = tx.Exec(h.t.Context(), `lock table donations in access exclusive mode`)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return sync.OnceFunc(func() { _ = tx.Rollback(context.WithoutCancel(h.t.Context())) })
}

// begun carries out a run that is held, and gives what Work returns once it does.
func (h *house) begun(ctx context.Context, id string) <-chan error {
	h.t.Helper()
	done := make(chan error, 1)
	go func() { done <- h.Work(ctx) }()
	h.until("the run begins", func() bool { return h.run(id).State == exports.Running && len(h.files()) == 1 })
	return done
}

// returned waits for Work.
func (h *house) returned(done <-chan error) {
	h.t.Helper()
	select {
	case err := <-done:
		if err != nil {
			h.t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		h.t.Fatal("Work does not return")
	}
}

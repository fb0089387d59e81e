// Package pgtest gives each test a PostgreSQL database of its own, cloned from
// one that was migrated once. Only tests import it.
//
// The server is the one that READERFUND_TEST_DATABASE_URL names, a postgres://
// address of a role that may create databases, which many test processes may
// share; where that is not set, a private one of this process, by pgdev. A test
// for which there is no server fails and says what to do: it is never skipped.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// patience bounds each step that a test waits for. It is long because the
// first step may fetch PostgreSQL.
const patience = 5 * time.Minute

// maxConns is how many connections the pool of one test may open: many tests
// share a server's two hundred.
const maxConns = 10

// New returns a pool on a fresh database with the whole schema. When the test
// ends, both are closed and dropped; a connection that the test still holds
// then is an error of the test.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(NewURL(t))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	cfg.MaxConns = maxConns
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	// Cleanups run last first: this one before the database is dropped.
	t.Cleanup(func() { closePool(t, pool) })
	return pool
}

// NewURL returns the postgres:// address of a fresh database with the whole
// schema. It is dropped, with whoever is still connected, when the test ends.
func NewURL(t testing.TB) string {
	t.Helper()
	return database(t, (*host).template)
}

// Empty returns the postgres:// address of a fresh database with nothing in it,
// for tests of migrations. It is dropped when the test ends.
func Empty(t testing.TB) string {
	t.Helper()
	return database(t, func(*host, context.Context) (string, error) { return "template0", nil })
}

// database makes a database from the one that template names.
func database(t testing.TB, template func(*host, context.Context) (string, error)) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := shared.start(ctx); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	from, err := template(&shared, ctx)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name, err := shared.clone(ctx, from)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := shared.drop(ctx, name); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return shared.address(name)
}

// closePool closes a pool, but does not wait for ever for a connection that
// the test never gave back.
func closePool(t testing.TB, pool *pgxpool.Pool) {
	closed := make(chan struct{})
	go func() {
		pool.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(20 * time.Second):
		t.Errorf("pgtest: %d connections were not released by the end of the test", pool.Stat().AcquiredConns())
	}
}

// Main runs a package's tests and then stops this process's private server, if
// one was started, and removes its folder. Call it as all of TestMain. Without
// it the server ends with the process all the same, and its folder is removed
// when a later one starts.
func Main(m *testing.M) {
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintf(os.Stderr, "pgtest: %v\n", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

package pgtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestNewHasTheWholeSchema(t *testing.T) {
	pool := pgtest.New(t)
	if err := migrations.Check(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
}

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			if _, err := pool.Exec(t.Context(), "create table mine (n int)"); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestDatabaseIsDroppedWithTheTest(t *testing.T) {
	var gone string
	t.Run("uses one", func(t *testing.T) {
		gone = pgtest.NewURL(t)
		conn, err := pgx.Connect(t.Context(), gone)
		if err != nil {
			t.Fatal(err)
		}
		// Left open on purpose until after the database is dropped.
		_ = conn
	})
	ctx := context.Background()
	if conn, err := pgx.Connect(ctx, gone); err == nil {
		_ = conn.Close(ctx)
		t.Fatal("the database is still there")
	}
}

func TestEmptyHasNoTables(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), pgtest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	var tables int
	err = conn.QueryRow(t.Context(), "select count(*) from pg_tables where schemaname = 'public'").Scan(&tables)
	if err != nil || tables != 0 {
		t.Fatalf("tables: %d, %v", tables, err)
	}
}

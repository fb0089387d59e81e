package migrations_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgtest"
)

// onRetry does something when the log says that a migration is tried again.
type onRetry struct {
	slog.Handler
	do func()
}

func (h onRetry) Enabled(context.Context, slog.Level) bool { return true }

func (h onRetry) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "migration tried again" {
		h.do()
	}
	return nil
}

// A migration that a service at work is in the way of is tried again, and gives up in
// words where that never ends; either way nothing is left half done.
func TestMigrationIsTriedAgain(t *testing.T) {
	file := func(sql string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(sql)} }
	s, err := migrations.Load(fstest.MapFS{
		"0001_a.up.sql":   file("create table a (n int);"),
		"0001_a.down.sql": file("drop table a;"),
		"0002_b.up.sql":   file("set local lock_timeout = '20ms';\nalter table a add column b int;"),
		"0002_b.down.sql": file("alter table a drop column b;"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, ends := range map[string]bool{"the other ends": true, "the other stays": false} {
		t.Run(name, func(t *testing.T) {
			dsn := pgtest.Empty(t)
			if _, err := s.Up(t.Context(), dsn, quiet()); err != nil {
				t.Fatal(err)
			}
			if err := s.Down(t.Context(), dsn, 1, quiet()); err != nil {
				t.Fatal(err)
			}
			db, err := pgx.Connect(t.Context(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close(context.WithoutCancel(t.Context())) }()
			other, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := other.Exec(t.Context(), "insert into a values (1)"); err != nil {
				t.Fatal(err)
			}
			tries := 0
			log := slog.New(onRetry{slog.DiscardHandler, func() {
				if tries++; tries == 2 && ends {
					if err := other.Commit(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}})
			n, err := s.Up(t.Context(), dsn, log)
			switch {
			case ends && (n != 1 || err != nil || tries != 2):
				t.Errorf("%d applied after %d more tries, %v", n, tries, err)
			case !ends && (n != 0 || err == nil || !strings.Contains(err.Error(), "rolled back, the database is at schema 1") || tries != 9):
				t.Errorf("%d applied after %d more tries, %v", n, tries, err)
			}
			if st, err := s.Status(t.Context(), dsn); err != nil || st.Dirty {
				t.Errorf("%+v, %v", st, err)
			}
		})
	}
}

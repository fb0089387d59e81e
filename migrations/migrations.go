// Package migrations holds the database schema and moves a database to it.
//
// The schema is the SQL files of this folder, NNNN_name.up.sql and
// NNNN_name.down.sql, embedded and run by golang-migrate; after them come the
// tables of the job queue, which River migrates itself. A database is served
// only when both are exactly at the versions that this program was built with.
//
// Each file is sent to Postgres whole, without transaction statements of its
// own, which makes it one transaction: it is wholly in or wholly out.
//
// Every dsn is a postgres:// address (or a key=value string as libpq takes it)
// that reaches Postgres itself: the session locks that keep two migrating
// processes apart do not survive PgBouncer in transaction mode.
package migrations

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed *.sql
var files embed.FS

// Up applies every migration that the database lacks, ours first and then the
// job queue's, and returns how many it applied (0 when it was up to date).
//
// Processes that migrate at once take turns; ctx bounds the waiting and is
// looked at between two migrations. When a migration fails, the database is as
// it was before that migration, and the error names file, line and reason.
// A database that is dirty or newer than this program is left alone, with an
// error that wraps ErrDirty or ErrNewer.
func Up(ctx context.Context, dsn string, log *slog.Logger) (applied int, err error) {
	s, err := load(files)
	if err != nil {
		return 0, err
	}
	return s.up(ctx, dsn, log)
}

// Down takes the latest n migrations of our own schema back, and with them the
// data that they hold. Taking back the first one also removes the job queue's
// tables. Asking for less than one or for more than are applied is an error
// and changes nothing.
func Down(ctx context.Context, dsn string, n int, log *slog.Logger) error {
	s, err := load(files)
	if err != nil {
		return err
	}
	return s.down(ctx, dsn, n, log)
}

// Status reads which schema the database has. It changes nothing.
func Status(ctx context.Context, dsn string) (State, error) {
	s, err := load(files)
	if err != nil {
		return State{}, err
	}
	return s.statusOf(ctx, dsn)
}

// Check returns nil only when the database has exactly the schema that this
// program was built with, the job queue's included. Otherwise the error wraps
// ErrEmpty, ErrOlder, ErrNewer or ErrDirty and says what to do; an error that
// wraps none of them means that the database could not be asked.
func Check(ctx context.Context, pool *pgxpool.Pool) error {
	s, err := load(files)
	if err != nil {
		return err
	}
	st, err := s.state(ctx, pool)
	if err != nil {
		return err
	}
	return st.Err()
}

// Fingerprint is a hexadecimal SHA-256 over everything that Up would apply to
// an empty database. Two programs with one fingerprint make the same schema.
func Fingerprint() (string, error) {
	s, err := load(files)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, st := range s.steps {
		sql, err := fs.ReadFile(s.fsys, st.file("up"))
		if err != nil {
			return "", fmt.Errorf("read migration: %w", err)
		}
		fmt.Fprintf(h, "%s %d\n", st.file("up"), len(sql))
		h.Write(sql)
	}
	queue, err := queueMigrations()
	if err != nil {
		return "", err
	}
	for _, m := range queue {
		fmt.Fprintf(h, "%d %d\n%s", m.Version, len(m.SQLUp), m.SQLUp)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

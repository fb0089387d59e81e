package migrations_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func up(t *testing.T, dsn string) int {
	t.Helper()
	n, err := migrations.Up(t.Context(), dsn, quiet())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func status(t *testing.T, dsn string) migrations.State {
	t.Helper()
	st, err := migrations.Status(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func exec(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func check(t *testing.T, dsn string) error {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	return migrations.Check(t.Context(), pool)
}

func TestUpDownUpMakesTheSameSchema(t *testing.T) {
	dsn := pgtest.Empty(t)
	applied := up(t, dsn)
	st := status(t, dsn)
	if applied == 0 || st.Current != st.Latest || st.River != st.RiverLatest || len(st.Pending) != 0 {
		t.Fatalf("after %d migrations: %+v", applied, st)
	}
	if n := up(t, dsn); n != 0 {
		t.Errorf("a second up applied %d", n)
	}
	before := catalogue(t, dsn)

	if err := migrations.Down(t.Context(), dsn, int(st.Current), quiet()); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(catalogue(t, dsn)) {
		if !strings.Contains(line, "schema_migrations") {
			t.Errorf("still there at zero: %s", line)
		}
	}
	if err := check(t, dsn); !errors.Is(err, migrations.ErrEmpty) {
		t.Errorf("at zero: %v", err)
	}
	if n := up(t, dsn); n != applied {
		t.Errorf("applied %d the second time, %d the first", n, applied)
	}
	if d := diff(before, catalogue(t, dsn)); d != "" {
		t.Errorf("the schema differs:\n%s", d)
	}
}

func TestEachStepDownUndoesExactlyItsStepUp(t *testing.T) {
	s, err := migrations.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	dsn := pgtest.Empty(t)
	latest := int(status(t, dsn).Latest)
	for newest := 1; newest <= latest; newest++ {
		before := catalogue(t, dsn)
		part := s.Without(latest - newest)
		if _, err := part.Up(t.Context(), dsn, quiet()); err != nil {
			t.Fatal(err)
		}
		after := catalogue(t, dsn)
		if newest == 1 {
			continue // takes the job queue along: the test above
		}
		if err := part.Down(t.Context(), dsn, 1, quiet()); err != nil {
			t.Fatal(err)
		}
		if d := diff(before, catalogue(t, dsn)); d != "" {
			t.Errorf("migration %d is not undone:\n%s", newest, d)
		}
		if _, err := part.Up(t.Context(), dsn, quiet()); err != nil {
			t.Fatal(err)
		}
		if d := diff(after, catalogue(t, dsn)); d != "" {
			t.Errorf("migration %d makes something else the second time:\n%s", newest, d)
		}
	}
}

func TestManyUpsAtOnceAllEndWell(t *testing.T) {
	dsn := pgtest.Empty(t)
	var wg sync.WaitGroup
	applied := make([]int, 4)
	for i := range applied {
		wg.Go(func() {
			n, err := migrations.Up(t.Context(), dsn, quiet())
			if err != nil {
				t.Error(err)
			}
			applied[i] = n
		})
	}
	wg.Wait()
	st := status(t, dsn)
	total := 0
	for _, n := range applied {
		total += n
	}
	if want := int(st.Latest) + st.RiverLatest; total != want {
		t.Errorf("together they applied %d migrations, want each of %d once: %v", total, want, applied)
	}
	if err := check(t, dsn); err != nil {
		t.Error(err)
	}
}

func TestUpGivesUpWaitingWithItsContext(t *testing.T) {
	dsn := pgtest.Empty(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), `select pg_advisory_lock($1, $2)`, 0x52464e44, 1); err != nil {
		t.Fatal(err)
	}
	// The log tells when Up waits; only then is it cancelled.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	log := slog.New(slog.NewTextHandler(onWrite(cancel), nil))
	_, err = migrations.Up(ctx, dsn, log)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("error %v", err)
	}
}

type onWrite func()

func (f onWrite) Write(p []byte) (int, error) { f(); return len(p), nil }

func TestNoPasswordInErrorsOrLogs(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	good := pgtest.Empty(t)
	cfg, err := pgx.ParseConfig(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, dsn := range []string{
		good,
		strings.Replace(good, "127.0.0.1", "127.0.0.1:1,127.0.0.1", 1),
		good + "&connect_timeout=never",
		strings.Replace(good, cfg.Database, "no_such_database", 1),
		strings.Replace(good, "127.0.0.1:", "127.0.0.1:x", 1),
	} {
		if _, err := migrations.Up(t.Context(), dsn, logger); err != nil {
			log.WriteString(err.Error() + "\n")
		}
	}
	if log.Len() == 0 || strings.Contains(log.String(), cfg.Password) {
		t.Errorf("log and errors, empty or with the password:\n%s", log.String())
	}
}

func TestDownRefusesWhatItCannotDo(t *testing.T) {
	dsn := pgtest.NewURL(t)
	before := catalogue(t, dsn)
	for _, n := range []int{-1, 0, int(status(t, dsn).Current) + 1} {
		if err := migrations.Down(t.Context(), dsn, n, quiet()); err == nil {
			t.Errorf("down %d: no error", n)
		}
	}
	if d := diff(before, catalogue(t, dsn)); d != "" {
		t.Errorf("the schema changed:\n%s", d)
	}
}

// TestFilesAreOneTransactionEach keeps what the package promises: a file that
// ends a transaction itself would be half in when its rest fails.
func TestFilesAreOneTransactionEach(t *testing.T) {
	own := regexp.MustCompile(`(?im)^\s*(begin|start transaction|commit|end|rollback)\s*;|\bconcurrently\b|^\s*vacuum\b`)
	files, err := fs.Glob(os.DirFS("."), "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("files: %v, %v", files, err)
	}
	for _, name := range files {
		sql, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := own.Find(bytes.TrimSpace(sql)); found != nil {
			t.Errorf("%s has %q, which cannot be part of one transaction", name, found)
		}
	}
}

func TestFingerprintIsThatOfTheFiles(t *testing.T) {
	a, err := migrations.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	b, err := migrations.Fingerprint()
	if err != nil || a != b || len(a) != 64 {
		t.Errorf("fingerprints %q and %q, %v", a, b, err)
	}
}

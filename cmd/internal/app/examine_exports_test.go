package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/report"
)

// Doctor names a folder that cannot be written to, exports that nobody carries out, and
// those that failed; the metrics count them.
func TestExamineExports(t *testing.T) {
	db, log := pgtest.New(t), slog.New(slog.DiscardHandler)
	cfg := Config{ExportDir: filepath.Join(t.TempDir(), "exports"), ReportTimezone: time.UTC}
	now := time.Now
	holds := func(what, says string, wrong bool) {
		t.Helper()
		if c := examineExports(t.Context(), cfg, db, now, log); (c.Wrong != "") != wrong || !strings.Contains(c.Wrong+c.Found, says) || wrong && c.Do == "" {
			t.Errorf("%s: %+v, want %q", what, c, says)
		}
	}
	counts := func(want exports.Standing) {
		t.Helper()
		s, err := (&exports.Runs{DB: db, Now: now}).Standing(t.Context())
		if err != nil || s.Waiting != want.Waiting || s.Running != want.Running || s.Failed != want.Failed {
			t.Errorf("%+v %v, want %+v", s, err, want)
		}
	}
	holds("nothing was ordered", "can be written; waiting 0, running 0", false)
	runs, err := NewExports(cfg, db, log)
	if err != nil {
		t.Fatal(err)
	}
	var id string
	err = pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) (err error) {
		id, err = runs.Order(t.Context(), tx, exports.Order{Report: "payouts", Format: "csv", By: "staff_carla",
			Query: report.Query{Zone: time.UTC, From: time.Unix(0, 0), To: time.Unix(1, 0)}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var jobs int
	if err := db.QueryRow(t.Context(), `select count(*) from river_job where kind = 'run_export' and queue = 'exports' and args ->> 'run' = $1`, id).Scan(&jobs); err != nil || jobs != 1 {
		t.Errorf("%d jobs, %v", jobs, err)
	}
	holds("it was just ordered", "waiting 1, running 0", false)
	counts(exports.Standing{Waiting: 1})
	now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	holds("nobody carries it out", "1 wait, the oldest for 2h", true)
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`update export_runs set state = 'running', attempt = 1, begun_at = now(), beat_at = now()`)
	holds("a copy has died, and no service runs", "nothing was heard of it for 2h", true)
	counts(exports.Standing{Running: 1})
	now = time.Now
	exec(`update export_runs set state = 'failed', ended_at = now(), failure = 'The disk is full.'`)
	holds("one failed", "1 of the last day failed", true)
	counts(exports.Standing{Failed: 1})
	now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	holds("one failed the day before", "can be written", false)
	if err := os.WriteFile(cfg.ExportDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	holds("a file stands in its place", "not a directory", true)
	var told strings.Builder
	runs.Log = slog.New(slog.NewTextHandler(&told, nil))
	warnOfExports(runs, runs.Log)
	if !strings.Contains(told.String(), "EXPORT_DIR") || !strings.Contains(told.String(), cfg.ExportDir) {
		t.Errorf("at the start it is told %q", told.String())
	}
}

package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/exports"
)

// exportsWaitFor is for how long an export may wait before a person should look: a few
// long ones before it take some minutes.
const exportsWaitFor = time.Hour

// exportsSilentFor is for how long nothing may be heard of one that runs: what carries it
// out is heard of each second, and where it dies, the job mind_exports sees to it within
// two minutes.
const exportsSilentFor = 5 * time.Minute

// examineExports looks whether exports can be written, and whether they are.
func examineExports(ctx context.Context, cfg Config, db *pgxpool.Pool, now func() time.Time, log *slog.Logger) Check {
	c := Check{Name: "exports"}
	runs := &exports.Runs{DB: db, Dir: cfg.ExportDir, Now: now, Log: log}
	s, err := runs.Standing(ctx)
	folder := exports.Writable(cfg.ExportDir)
	switch {
	case err != nil:
		c.Wrong = oneLine(err)
	case folder != nil:
		c.Wrong = oneLine(folder)
		c.Do = "name a folder in EXPORT_DIR that the service may write to, the same for all copies of it"
	case s.Waiting > 0 && now().Sub(s.WaitingSince) > exportsWaitFor:
		c.Wrong = fmt.Sprintf("%d wait, the oldest for %s", s.Waiting, ago(now(), s.WaitingSince))
		c.Do = "see whether readerfund serve runs, and what its log says of exports"
	case s.Running > 0 && now().Sub(s.SilentSince) > exportsSilentFor:
		c.Wrong = fmt.Sprintf("one is said to run, and nothing was heard of it for %s", ago(now(), s.SilentSince))
		c.Do = "start readerfund serve: it carries out again what a copy that died has left"
	case s.Failed > 0:
		c.Wrong = fmt.Sprintf("%d of the last day failed", s.Failed)
		c.Do = "the page /finance/exports says why, and can order them again"
	default:
		c.Found = fmt.Sprintf("can be written; waiting %d, running %d", s.Waiting, s.Running)
	}
	return c
}

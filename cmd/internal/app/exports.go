package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/report/accounts"
)

// NewExports wires what carries out the exports that the finance desk orders.
func NewExports(cfg Config, db *pgxpool.Pool, log *slog.Logger) (*exports.Runs, error) {
	// It only inserts jobs; those who work are the service's.
	client, err := river.NewClient(riverpgxv5.New(db), &river.Config{Logger: slog.New(atLeast{log.Handler(), slog.LevelWarn})})
	if err != nil {
		return nil, fmt.Errorf("making the queue of exports: %w", err)
	}
	runs := &exports.Runs{DB: db, Dir: cfg.ExportDir, Queue: exportQueue{client}, Now: time.Now, Log: log, Months: ClosedMonths(cfg, db),
		Accounts: func() (*accounts.Map, error) { return LoadAccounts(cfg, "") }}
	runs.Ended = newSavedExports(cfg, db, runs).Ended
	return runs, nil
}

// warnOfExports says at the start where no export can be written: readers can give all
// the same.
func warnOfExports(runs *exports.Runs, log *slog.Logger) {
	if err := exports.Writable(runs.Dir); err != nil {
		log.Error("exports cannot be written: name a folder in EXPORT_DIR that the service may write to, the same for all copies of it", "error", err)
	}
}

// queueExports has the exports, one at a time in each copy of the service: so memory
// stays bounded, however many are ordered.
const queueExports = "exports"

// runExportArgs asks for an export to be carried out: the one that waits for the
// longest, whichever order it was put in the queue for.
type runExportArgs struct {
	Run string `json:"run"`
}

// Kind names the job in the queue.
func (runExportArgs) Kind() string { return "run_export" }

// InsertOpts: it is not tried again by itself, since mind_exports wakes for what waits.
func (runExportArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueExports, MaxAttempts: 1}
}

type exportQueue struct{ jobs *river.Client[pgx.Tx] }

// Wake is part of exports.Queue.
func (q exportQueue) Wake(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := q.jobs.InsertTx(ctx, tx, runExportArgs{Run: id}, nil)
	return err
}

// mindExportsArgs asks for exports to be put right that a copy of the service left.
type mindExportsArgs struct{}

// Kind names the job in the queue.
func (mindExportsArgs) Kind() string { return "mind_exports" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (mindExportsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: mindExportsEvery}, MaxAttempts: 1}
}

// sweepExportsArgs asks for files to be removed whose time is over.
type sweepExportsArgs struct{}

// Kind names the job in the queue.
func (sweepExportsArgs) Kind() string { return "sweep_exports" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (sweepExportsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: sweepExportsEvery}, MaxAttempts: 1}
}

const (
	mindExportsEvery  = 15 * time.Second
	sweepExportsEvery = time.Minute
	// exportWithin bounds one export. River may take a job for lost after an hour and
	// begin it again: that finds its run in good hands.
	exportWithin = 6 * time.Hour
)

type runExport struct {
	river.WorkerDefaults[runExportArgs]
	runs *exports.Runs
	quit <-chan struct{}
}

// Timeout bounds one run.
func (w *runExport) Timeout(*river.Job[runExportArgs]) time.Duration { return exportWithin }

// Work carries one export out. A service that stops puts it back.
func (w *runExport) Work(ctx context.Context, _ *river.Job[runExportArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	return unlessEnded(ctx, w.runs.Work(ctx))
}

type mindExports struct {
	river.WorkerDefaults[mindExportsArgs]
	runs *exports.Runs
}

// Work puts exports right.
func (w *mindExports) Work(ctx context.Context, _ *river.Job[mindExportsArgs]) error {
	return w.runs.Mind(ctx)
}

type sweepExports struct {
	river.WorkerDefaults[sweepExportsArgs]
	runs *exports.Runs
}

// Work removes files.
func (w *sweepExports) Work(ctx context.Context, _ *river.Job[sweepExportsArgs]) error {
	return w.runs.Sweep(ctx)
}

// carryingExports has the jobs that carry exports out, and the one that looks after
// them, as a chore.
func carryingExports(runs *exports.Runs, quit <-chan struct{}) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &runExport{runs: runs, quit: quit})
		river.AddWorker(workers, &mindExports{runs: runs})
		return river.NewPeriodicJob(river.PeriodicInterval(mindExportsEvery),
			func() (river.JobArgs, *river.InsertOpts) { return mindExportsArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// sweepingExports is the job that removes files, as a chore.
func sweepingExports(runs *exports.Runs) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &sweepExports{runs: runs})
		return river.NewPeriodicJob(river.PeriodicInterval(sweepExportsEvery),
			func() (river.JobArgs, *river.InsertOpts) { return sweepExportsArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

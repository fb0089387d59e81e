package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/payments/manage"
)

// finishChangesArgs asks for the changes that readers made and Stripe's answer to
// which was lost.
type finishChangesArgs struct{}

// Kind names the job in the queue.
func (finishChangesArgs) Kind() string { return "finish_changes" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (finishChangesArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: finishChangesEvery}, MaxAttempts: 1}
}

const (
	finishChangesEvery  = 15 * time.Second
	finishChangesWithin = 10 * time.Minute
)

type finishChanges struct {
	river.WorkerDefaults[finishChangesArgs]
	changes *manage.Changes
	quit    <-chan struct{}
	log     *slog.Logger
}

// finishingChanges is the job as a chore.
func finishingChanges(changes *manage.Changes, quit <-chan struct{}, log *slog.Logger) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &finishChanges{changes: changes, quit: quit, log: log})
		return river.NewPeriodicJob(river.PeriodicInterval(finishChangesEvery),
			func() (river.JobArgs, *river.InsertOpts) { return finishChangesArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// Timeout bounds one run.
func (w *finishChanges) Timeout(*river.Job[finishChangesArgs]) time.Duration {
	return finishChangesWithin
}

// Work settles what the books show as made.
func (w *finishChanges) Work(ctx context.Context, _ *river.Job[finishChangesArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	settled, err := w.changes.Finish(ctx)
	if settled > 0 {
		w.log.Info("changes of recurring donations without an answer were made, as Stripe told", "changes", settled)
	}
	return unlessQuit(err, w.quit)
}

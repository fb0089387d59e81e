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

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

// retryParkedArgs asks for the parked events that are due to be tried again.
type retryParkedArgs struct{}

// Kind names the job in the queue.
func (retryParkedArgs) Kind() string { return "retry_parked" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (retryParkedArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: retryParkedEvery}, MaxAttempts: 1}
}

const retryParkedEvery = time.Minute

type retryParked struct {
	river.WorkerDefaults[retryParkedArgs]
	inbox *inbox.Inbox
	log   *slog.Logger
}

// Work tries the parked events.
func (w *retryParked) Work(ctx context.Context, _ *river.Job[retryParkedArgs]) error {
	released, err := w.inbox.RetryParked(ctx)
	if released > 0 {
		w.log.Info("parked events are in the books now", "events", released)
	}
	return err
}

// queueStripe has the jobs that ask Stripe: while Stripe is away each of them waits
// for minutes, and letters to readers must not.
const queueStripe = "stripe"

// chore adds the worker of a job, and says when the job comes.
type chore func(*river.Workers) *river.PeriodicJob

// newJobs makes the job queue of this replica. Jobs that ask Stripe end early
// once quit is closed.
func newJobs(db *pgxpool.Pool, in *inbox.Inbox, stripe inbox.Source, receipts *sendReceipts, links *sendLinks, letters *sendLetters, quit <-chan struct{}, log *slog.Logger, chores ...chore) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &retryParked{inbox: in, log: log})
	river.AddWorker(workers, &fillGaps{inbox: in, stripe: stripe, quit: quit, log: log})
	river.AddWorker(workers, &askInvoices{inbox: in, stripe: stripe, quit: quit, log: log})
	river.AddWorker(workers, &foldGiving{giving: &payments.Giving{DB: db}, quit: quit})
	river.AddWorker(workers, receipts)
	river.AddWorker(workers, links)
	river.AddWorker(workers, letters)
	river.AddWorker(workers, &sweepLinks{access: links.access})
	river.AddWorker(workers, &sweepErased{inbox: in, quit: quit, log: log})
	also := make([]*river.PeriodicJob, len(chores))
	for i, c := range chores {
		also[i] = c(workers)
	}
	jobs, err := river.NewClient(riverpgxv5.New(db), &river.Config{
		Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}, queueStripe: {MaxWorkers: 6}, queueExports: {MaxWorkers: 1}},
		Workers: workers,
		Logger:  slog.New(atLeast{log.Handler(), slog.LevelWarn}),
		PeriodicJobs: []*river.PeriodicJob{
			river.NewPeriodicJob(river.PeriodicInterval(retryParkedEvery),
				func() (river.JobArgs, *river.InsertOpts) { return retryParkedArgs{}, nil },
				&river.PeriodicJobOpts{RunOnStart: true}),
			river.NewPeriodicJob(river.PeriodicInterval(fillGapsEvery),
				func() (river.JobArgs, *river.InsertOpts) { return fillGapsArgs{}, nil },
				&river.PeriodicJobOpts{RunOnStart: true}),
			river.NewPeriodicJob(river.PeriodicInterval(askInvoicesEvery),
				func() (river.JobArgs, *river.InsertOpts) { return askInvoicesArgs{}, nil }, nil),
			river.NewPeriodicJob(river.PeriodicInterval(foldGivingEvery),
				func() (river.JobArgs, *river.InsertOpts) { return foldGivingArgs{}, nil }, nil),
			river.NewPeriodicJob(river.PeriodicInterval(sweepErasedEvery),
				func() (river.JobArgs, *river.InsertOpts) { return sweepErasedArgs{}, nil }, nil),
			river.NewPeriodicJob(river.PeriodicInterval(sendReceiptsEvery),
				func() (river.JobArgs, *river.InsertOpts) { return sendReceiptsArgs{}, nil },
				&river.PeriodicJobOpts{RunOnStart: true}),
			river.NewPeriodicJob(river.PeriodicInterval(sendLinksEvery),
				func() (river.JobArgs, *river.InsertOpts) { return sendLinksArgs{}, nil },
				&river.PeriodicJobOpts{RunOnStart: true}),
			river.NewPeriodicJob(river.PeriodicInterval(sendLettersEvery),
				func() (river.JobArgs, *river.InsertOpts) { return sendLettersArgs{}, nil },
				&river.PeriodicJobOpts{RunOnStart: true}),
			river.NewPeriodicJob(river.PeriodicInterval(sweepLinksEvery),
				func() (river.JobArgs, *river.InsertOpts) { return sweepLinksArgs{}, nil },
				&river.PeriodicJobOpts{RunOnStart: true}),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("making the job queue: %w", err)
	}
	if _, err := jobs.PeriodicJobs().AddManySafely(also); err != nil {
		return nil, fmt.Errorf("making the job queue: %w", err)
	}
	return jobs, nil
}

// atLeast raises the level of a library that tells a lot.
type atLeast struct {
	slog.Handler
	level slog.Level
}

// Enabled holds back what is below the level.
func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

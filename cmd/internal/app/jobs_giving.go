package app

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/payments"
)

// foldGivingArgs asks for the changes of what was given to be added to the totals.
type foldGivingArgs struct{}

// Kind names the job in the queue.
func (foldGivingArgs) Kind() string { return "fold_giving" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (foldGivingArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: foldGivingEvery}, MaxAttempts: 1}
}

// foldGivingEvery keeps what a sum has to look through small: some thousand changes at
// the fullest of evenings. The sums are exact whenever it runs, or if it never does.
const foldGivingEvery = 5 * time.Second

type foldGiving struct {
	river.WorkerDefaults[foldGivingArgs]
	giving *payments.Giving
	quit   <-chan struct{}
}

// Work folds until little is left.
func (w *foldGiving) Work(ctx context.Context, _ *river.Job[foldGivingArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	_, err := w.giving.Fold(ctx)
	return unlessEnded(ctx, err)
}

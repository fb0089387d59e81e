package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/payments/inbox"
)

// fillGapsArgs asks for the events of Stripe's list that never arrived here.
type fillGapsArgs struct{}

// Kind names the job in the queue.
func (fillGapsArgs) Kind() string { return "fill_gaps" }

// InsertOpts keeps the job single, however many replicas ask for it. It is not
// tried again by itself: the next one does what this one did not.
func (fillGapsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueStripe, UniqueOpts: river.UniqueOpts{ByPeriod: fillGapsEvery}, MaxAttempts: 1}
}

const (
	fillGapsEvery = 5 * time.Minute
	// fillGapsWithin bounds one filling: a month of a busy site's events.
	fillGapsWithin = 50 * time.Minute // less than after what River takes a job for lost
)

type fillGaps struct {
	river.WorkerDefaults[fillGapsArgs]
	inbox  *inbox.Inbox
	stripe inbox.Source
	quit   <-chan struct{}
	log    *slog.Logger
}

// Timeout bounds one run.
func (w *fillGaps) Timeout(*river.Job[fillGapsArgs]) time.Duration { return fillGapsWithin }

// Work fills the gaps.
func (w *fillGaps) Work(ctx context.Context, _ *river.Job[fillGapsArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	done, err := w.inbox.FillGaps(ctx, w.stripe)
	if !done.Missed.IsZero() {
		w.log.Error("events are missing that Stripe does not list any more: run readerfund import",
			"since", done.Missed.UTC().Format(time.DateOnly), "until", done.Since.UTC().Format(time.DateOnly))
	}
	if fresh := done.Tally.Events - done.Tally.Duplicate; fresh > 0 {
		w.log.Info("events that had not arrived were fetched from Stripe", "events", fresh, "parked", done.Tally.Parked)
	}
	return unlessQuit(err, w.quit)
}

// askInvoicesArgs asks Stripe which payments paid the invoices of which no event
// has told it.
type askInvoicesArgs struct{}

// Kind names the job in the queue.
func (askInvoicesArgs) Kind() string { return "ask_invoices" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (askInvoicesArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueStripe, UniqueOpts: river.UniqueOpts{ByPeriod: askInvoicesEvery}, MaxAttempts: 1}
}

const (
	askInvoicesEvery  = time.Minute
	askInvoicesWithin = 10 * time.Minute
)

type askInvoices struct {
	river.WorkerDefaults[askInvoicesArgs]
	inbox  *inbox.Inbox
	stripe inbox.Source
	quit   <-chan struct{}
	log    *slog.Logger
}

// Timeout bounds one run.
func (w *askInvoices) Timeout(*river.Job[askInvoicesArgs]) time.Duration { return askInvoicesWithin }

// Work asks about invoices.
func (w *askInvoices) Work(ctx context.Context, _ *river.Job[askInvoicesArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	answered, err := w.inbox.AskInvoices(ctx, w.stripe)
	if answered > 0 {
		w.log.Info("Stripe was asked about invoices without a payment", "answers", answered)
	}
	return unlessQuit(err, w.quit)
}

// until ends the context when the service stops: a job that waits for Stripe
// would hold up the end, and loses nothing by beginning again.
func until(ctx context.Context, quit <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func unlessQuit(err error, quit <-chan struct{}) error {
	select {
	case <-quit:
		return nil
	default:
	}
	if err != nil {
		return fmt.Errorf("asking Stripe: %w", err)
	}
	return nil
}

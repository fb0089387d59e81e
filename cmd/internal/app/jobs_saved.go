package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"golang.org/x/time/rate"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports/saved"
	"github.com/readerfund/readerfund/web/mail"
)

const (
	orderSavedEvery = 30 * time.Second
	placeSavedEvery = 15 * time.Second
	// placeSavedWithin is enough for the files of many exports; what is left is for the
	// next run.
	placeSavedWithin = 30 * time.Minute
	tellSavedEvery   = 10 * time.Second
	tellSavedWithin  = 2 * time.Minute
)

// orderSavedArgs asks for the saved exports to be ordered whose time has come.
type orderSavedArgs struct{}

// Kind names the job in the queue.
func (orderSavedArgs) Kind() string { return "order_saved" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (orderSavedArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: orderSavedEvery}, MaxAttempts: 1}
}

type orderSaved struct {
	river.WorkerDefaults[orderSavedArgs]
	book *saved.Book
	quit <-chan struct{}
	log  *slog.Logger
}

// Work orders them.
func (w *orderSaved) Work(ctx context.Context, _ *river.Job[orderSavedArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	ordered, err := w.book.OrderDue(ctx)
	if ordered > 0 {
		w.log.Info("saved exports were ordered", "runs", ordered)
	}
	return unlessEnded(ctx, err)
}

// orderingSaved is the job as a chore.
func orderingSaved(book *saved.Book, quit <-chan struct{}, log *slog.Logger) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &orderSaved{book: book, quit: quit, log: log})
		return river.NewPeriodicJob(river.PeriodicInterval(orderSavedEvery),
			func() (river.JobArgs, *river.InsertOpts) { return orderSavedArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// placeSavedArgs asks for files to be put into their folders, and taken out.
type placeSavedArgs struct{}

// Kind names the job in the queue.
func (placeSavedArgs) Kind() string { return "place_saved" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (placeSavedArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: placeSavedEvery}, MaxAttempts: 1}
}

type placeSaved struct {
	river.WorkerDefaults[placeSavedArgs]
	folders *saved.Folders
	quit    <-chan struct{}
	log     *slog.Logger
}

// Timeout bounds one run.
func (w *placeSaved) Timeout(*river.Job[placeSavedArgs]) time.Duration { return placeSavedWithin }

// Work puts them there, and takes out those whose time is over.
func (w *placeSaved) Work(ctx context.Context, _ *river.Job[placeSavedArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	swept := w.folders.Sweep(ctx)
	placed, err := w.folders.Place(ctx)
	if placed > 0 {
		w.log.Info("exports were put into their folders", "files", placed)
	}
	return unlessEnded(ctx, errors.Join(swept, err))
}

// placingSaved is the job as a chore.
func placingSaved(folders *saved.Folders, quit <-chan struct{}, log *slog.Logger) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &placeSaved{folders: folders, quit: quit, log: log})
		return river.NewPeriodicJob(river.PeriodicInterval(placeSavedEvery),
			func() (river.JobArgs, *river.InsertOpts) { return placeSavedArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// tellSavedArgs asks for staff to be told of saved exports.
type tellSavedArgs struct{}

// Kind names the job in the queue.
func (tellSavedArgs) Kind() string { return "tell_saved" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (tellSavedArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: tellSavedEvery}, MaxAttempts: 1}
}

type tellSaved struct {
	river.WorkerDefaults[tellSavedArgs]
	letters  *saved.Letters
	writer   *mail.Writer
	server   *mail.Server // nil where no mail is set up
	baseURL  string
	outcomes *prometheus.CounterVec
	pace     *rate.Limiter
	pause    pause
	quit     <-chan struct{}
	log      *slog.Logger
}

// tellingSaved is the job as a chore.
func tellingSaved(w *tellSaved) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, w)
		return river.NewPeriodicJob(river.PeriodicInterval(tellSavedEvery),
			func() (river.JobArgs, *river.InsertOpts) { return tellSavedArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// Timeout bounds one run.
func (w *tellSaved) Timeout(*river.Job[tellSavedArgs]) time.Duration { return tellSavedWithin }

// Work mails letters until none is due or the mail server takes none.
func (w *tellSaved) Work(ctx context.Context, _ *river.Job[tellSavedArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	if w.server == nil || !w.pause.over(w.letters.Now()) {
		return nil
	}
	session := w.server.Session()
	defer session.Close()
	for {
		if err := w.pace.Wait(ctx); err != nil {
			return unlessEnded(ctx, err)
		}
		outcome, err := w.letters.SendNext(ctx, func(ctx context.Context, l saved.Letter) error { return w.send(ctx, session, l) })
		if err != nil {
			w.outcomes.WithLabelValues("error").Inc()
			w.pause.longer(w.letters.Now())
			return unlessEnded(ctx, fmt.Errorf("telling staff of exports: %w", err))
		}
		if outcome == saved.Nothing {
			return nil
		}
		if outcome == saved.Sent {
			w.pause.end()
		}
		w.outcomes.WithLabelValues(string(outcome)).Inc()
	}
}

// send mails one letter. One that cannot be written is tried again later: it must not
// hold up the others.
func (w *tellSaved) send(ctx context.Context, session *mail.Session, l saved.Letter) error {
	message, err := w.writer.Export(l, savedAddress(w.baseURL, l))
	if err == nil {
		return session.Send(ctx, message)
	}
	if payments.IsDeliveryError(err) {
		return err
	}
	w.log.Error("a letter about an export could not be written", "error", err)
	return &payments.DeliveryError{Err: err}
}

package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/ledger"
)

// pullBalanceArgs asks for the balance transactions that Stripe has booked since.
type pullBalanceArgs struct{}

// Kind names the job in the queue.
func (pullBalanceArgs) Kind() string { return "pull_balance" }

// InsertOpts keeps the job single, however many replicas ask for it. It is not
// tried again by itself: the next one does what this one did not.
func (pullBalanceArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueStripe, UniqueOpts: river.UniqueOpts{ByPeriod: pullBalanceEvery}, MaxAttempts: 1}
}

const (
	pullBalanceEvery  = time.Minute
	pullBalanceWithin = 50 * time.Minute // less than after what River takes a job for lost
)

type pullBalance struct {
	river.WorkerDefaults[pullBalanceArgs]
	inbox  *inbox.Inbox
	stripe inbox.PayoutSource
	quit   <-chan struct{}
	log    *slog.Logger
}

// pullingBalance is the job as a chore.
func pullingBalance(in *inbox.Inbox, stripe inbox.PayoutSource, quit <-chan struct{}, log *slog.Logger) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &pullBalance{inbox: in, stripe: stripe, quit: quit, log: log})
		return river.NewPeriodicJob(river.PeriodicInterval(pullBalanceEvery),
			func() (river.JobArgs, *river.InsertOpts) { return pullBalanceArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// Timeout bounds one run.
func (w *pullBalance) Timeout(*river.Job[pullBalanceArgs]) time.Duration { return pullBalanceWithin }

// Work pulls balance transactions, and then what payouts sent.
func (w *pullBalance) Work(ctx context.Context, _ *river.Job[pullBalanceArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	done, err := w.inbox.PullBalance(ctx, w.stripe)
	if done.Taken > 0 {
		w.log.Info("balance transactions were pulled from Stripe", "new", done.Taken)
	}
	if err != nil || done.Elsewhere {
		return unlessQuit(err, w.quit)
	}
	read, err := w.inbox.AskPayouts(ctx, w.stripe)
	if read > 0 {
		w.log.Info("Stripe told what payouts sent", "payouts", read)
	}
	return unlessQuit(err, w.quit)
}

// reconcileArgs asks for the books to be compared with Stripe.
type reconcileArgs struct{}

// Kind names the job in the queue.
func (reconcileArgs) Kind() string { return "reconcile" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (reconcileArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueStripe, UniqueOpts: river.UniqueOpts{ByPeriod: reconcileEvery}, MaxAttempts: 1}
}

const (
	// reconcileEvery is how often it is looked whether a day has passed since the
	// last one: a service that was just started need not wait for a day.
	reconcileEvery  = time.Hour
	reconcileDaily  = 24 * time.Hour
	reconcileWithin = 50 * time.Minute
	// reconcileBack is how far the daily reconciliation reaches back: what Stripe
	// shows late, or changes late, is that much younger.
	reconcileBack = 10 * 24 * time.Hour
)

// covers tells whether a reconciliation stands for that of the day: one by hand may
// have looked at less.
func covers(last ledger.Run, now time.Time) bool {
	return !last.Ended.After(now) && now.Sub(last.Ended) < reconcileDaily && !last.Since.After(last.Began.Add(-reconcileBack))
}

type reconcileDue struct {
	river.WorkerDefaults[reconcileArgs]
	inbox      *inbox.Inbox
	reconciler *ledger.Reconciler
	found      *prometheus.CounterVec
	quit       <-chan struct{}
	log        *slog.Logger
}

// reconciling is the job as a chore.
func reconciling(books *inbox.Inbox, r *ledger.Reconciler, in prometheus.Registerer, quit <-chan struct{}, log *slog.Logger) chore {
	found := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "readerfund_reconcile_differences_total",
		Help: "Differences between the books and Stripe that the daily reconciliation named, by how: not here, not in Stripe, differs, not posted.",
	}, []string{"kind"})
	in.MustRegister(found)
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &reconcileDue{inbox: books, reconciler: r, found: found, quit: quit, log: log})
		return river.NewPeriodicJob(river.PeriodicInterval(reconcileEvery),
			func() (river.JobArgs, *river.InsertOpts) { return reconcileArgs{}, nil }, nil)
	}
}

// Timeout bounds one run.
func (w *reconcileDue) Timeout(*river.Job[reconcileArgs]) time.Duration { return reconcileWithin }

// Work reconciles where nobody has for a day.
func (w *reconcileDue) Work(ctx context.Context, _ *river.Job[reconcileArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	now := w.reconciler.Now()
	last, ran, err := ledger.Last(ctx, w.reconciler.DB)
	if err != nil || ran && covers(last, now) {
		return unlessQuit(err, w.quit)
	}
	if made, err := w.inbox.Made(ctx); err != nil || made.Derivation != payments.Derivation {
		return unlessQuit(err, w.quit) // doctor asks for a rebuild; until then every entry would differ
	}
	r := *w.reconciler
	r.Found = func(d ledger.Difference) { w.found.WithLabelValues(string(d.Kind)).Inc() }
	done, err := r.Reconcile(ctx, now.Add(-reconcileBack))
	for _, d := range done.Remaining {
		w.log.Error("the books and Stripe differ", "difference", d.String())
	}
	if err == nil && !done.Balance.Equal() {
		for _, c := range done.Balance.Currencies {
			w.log.Error("the clearing account is not Stripe's balance", "currency", c.Currency, "difference", c.Difference())
		}
	}
	if done.Found > 0 {
		w.log.Warn("the books were reconciled with Stripe", "differences", done.Found, "remaining", len(done.Remaining))
	}
	return unlessQuit(err, w.quit)
}

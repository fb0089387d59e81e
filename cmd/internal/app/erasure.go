package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/payments/erasure"
	"github.com/readerfund/readerfund/payments/inbox"
)

// eraseWithin is for how long a reader's page waits until the stored events are
// rid of them. The job does the rest.
const eraseWithin = 10 * time.Second

// people is what is kept about people, as the reader's own page needs it.
type people struct{ *erasure.People }

func newPeople(db *pgxpool.Pool, in *inbox.Inbox, log *slog.Logger) people {
	return people{&erasure.People{DB: db, Events: in, Now: time.Now, Log: log, SweepWithin: eraseWithin}}
}

// Erase erases a donor, and tells whether something stays until a gift has ended;
// see erasure.People.Erase.
func (p people) Erase(ctx context.Context, donorID string) (waits bool, err error) {
	e, err := p.People.Erase(ctx, donorID)
	return e.Due > 0, err
}

// sweepErasedArgs asks for the stored events to be rid of people who were erased.
type sweepErasedArgs struct{}

// Kind names the job in the queue.
func (sweepErasedArgs) Kind() string { return "sweep_erased" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (sweepErasedArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: sweepErasedEvery}, MaxAttempts: 1}
}

const (
	sweepErasedEvery  = time.Minute
	sweepErasedWithin = time.Hour // of millions of events
)

type sweepErased struct {
	river.WorkerDefaults[sweepErasedArgs]
	inbox *inbox.Inbox
	quit  <-chan struct{}
	log   *slog.Logger
}

// Timeout bounds one run.
func (w *sweepErased) Timeout(*river.Job[sweepErasedArgs]) time.Duration { return sweepErasedWithin }

// Work goes through the stored events where somebody was erased, or an event told
// that more was theirs.
func (w *sweepErased) Work(ctx context.Context, _ *river.Job[sweepErasedArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	events, err := w.inbox.SweepErased(ctx)
	if events > 0 {
		w.log.Info("stored events were rid of people who were erased", "events", events)
	}
	return unlessEnded(ctx, err)
}

package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/refund"
)

// NewRefunds wires what gives donations back.
func NewRefunds(cfg Config, in *inbox.Inbox) *refund.Desk {
	return &refund.Desk{DB: in.DB, Stripe: newGateway(cfg, in.Log), Books: in, Now: in.Now, Log: in.Log}
}

// carryRefundsArgs asks for the orders of refunds whose end is not known yet.
type carryRefundsArgs struct{}

// Kind names the job in the queue.
func (carryRefundsArgs) Kind() string { return "carry_refunds" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (carryRefundsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueStripe, UniqueOpts: river.UniqueOpts{ByPeriod: carryRefundsEvery}, MaxAttempts: 1}
}

const (
	carryRefundsEvery  = time.Minute
	carryRefundsWithin = 50 * time.Minute
)

type carryRefunds struct {
	river.WorkerDefaults[carryRefundsArgs]
	refunds *refund.Desk
	quit    <-chan struct{}
}

// carryingRefunds is the job as a chore.
func carryingRefunds(refunds *refund.Desk, quit <-chan struct{}) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &carryRefunds{refunds: refunds, quit: quit})
		return river.NewPeriodicJob(river.PeriodicInterval(carryRefundsEvery),
			func() (river.JobArgs, *river.InsertOpts) { return carryRefundsArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// Timeout bounds one run.
func (w *carryRefunds) Timeout(*river.Job[carryRefundsArgs]) time.Duration { return carryRefundsWithin }

// Work carries out what a crash, or Stripe being away, left open.
func (w *carryRefunds) Work(ctx context.Context, _ *river.Job[carryRefundsArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	_, err := w.refunds.CarryPending(ctx, false)
	return unlessQuit(err, w.quit)
}

// refundsOpenFor is for how long an order may be open before a person should look.
const refundsOpenFor = 15 * time.Minute

// examineRefunds looks at what was ordered to be given back.
func examineRefunds(ctx context.Context, db *pgxpool.Pool, now func() time.Time, log *slog.Logger) Check {
	c := Check{Name: "refunds"}
	desk := &refund.Desk{DB: db, Now: now, Log: log}
	s, err := desk.Standing(ctx)
	switch {
	case err != nil:
		c.Wrong = oneLine(err)
	case s.Open > 0 && now().Sub(s.OpenSince) > refundsOpenFor:
		c.Wrong = fmt.Sprintf("%d are ordered and not carried out, the oldest for %s", s.Open, ago(now(), s.OpenSince))
		c.Do = "readerfund refund --list --open says why; the service tries them again by itself, readerfund refund --pending at once"
	case s.CameBack > 0:
		c.Found = fmt.Sprintf("%d of the last 30 days came back: the reader's bank did not take them; readerfund refund --list names them", s.CameBack)
	case s.Open > 0:
		c.Found = fmt.Sprintf("%d are being carried out", s.Open)
	default:
		c.Found = "none are open"
	}
	return c
}

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/closing"
)

// compareClosedArgs asks for closed months to be compared with the books.
type compareClosedArgs struct{}

// Kind names the job in the queue.
func (compareClosedArgs) Kind() string { return "compare_closed" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (compareClosedArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: compareClosedEvery}, MaxAttempts: 1}
}

const (
	// compareClosedEvery is how often it is looked whether it is night, and which months
	// are due. What one run does not reach is for the next.
	compareClosedEvery  = time.Hour
	compareClosedWithin = 50 * time.Minute // less than after what River takes a job for lost
	// comparedMonths is how far back closed months are compared: a year, and the month
	// that the year before it ended with.
	comparedMonths = 13
	// nightFrom and nightTo are the hours, in REPORT_TIMEZONE, in which nobody waits for
	// the database that reads whole months.
	nightFrom, nightTo = 1, 5
	// comparedNightly is from what age on a comparison is made anew at night, and
	// comparedAnyway at any hour: a machine may be off at night.
	comparedNightly = 20 * time.Hour
	comparedAnyway  = 30 * time.Hour
)

// comparisonDue tells whether a closed month is to be compared now. now is in the zone
// of the reports.
func comparisonDue(l closing.Look, now time.Time) bool {
	if l.Month.Before(closing.MonthOf(now).Add(-comparedMonths)) {
		return false
	}
	age, hour := now.Sub(l.Latest()), now.Hour()
	return age >= comparedAnyway || age >= comparedNightly && hour >= nightFrom && hour < nightTo
}

type compareClosed struct {
	river.WorkerDefaults[compareClosedArgs]
	desk *closing.Desk
	now  func() time.Time
	quit <-chan struct{}
	log  *slog.Logger
}

// comparingClosed is the job as a chore.
func comparingClosed(desk *closing.Desk, now func() time.Time, quit <-chan struct{}, log *slog.Logger) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &compareClosed{desk: desk, now: now, quit: quit, log: log})
		return river.NewPeriodicJob(river.PeriodicInterval(compareClosedEvery), func() (river.JobArgs, *river.InsertOpts) {
			return compareClosedArgs{}, nil
		}, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// Timeout bounds one run.
func (w *compareClosed) Timeout(*river.Job[compareClosedArgs]) time.Duration {
	return compareClosedWithin
}

// Work compares the months that are due, that first which was not compared for the
// longest. One that cannot be compared keeps the others from nothing.
func (w *compareClosed) Work(ctx context.Context, _ *river.Job[compareClosedArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	looks, err := w.desk.Looks(ctx)
	slices.SortFunc(looks, func(a, b closing.Look) int { return a.Latest().Compare(b.Latest()) })
	for _, l := range looks {
		if ctx.Err() == nil && comparisonDue(l, w.now().In(w.desk.Zone)) {
			err = errors.Join(err, w.compare(ctx, l))
		}
	}
	return unlessEnded(ctx, err)
}

func (w *compareClosed) compare(ctx context.Context, l closing.Look) error {
	c, err := w.desk.Compare(ctx, l.Month, nil)
	switch {
	case payments.CodeOf(err) == payments.NotFound: // opened again meanwhile
		return nil
	case err != nil:
		return fmt.Errorf("comparing closed months: %w", err)
	case c.Unexplained() > 0:
		w.log.Error("a closed month has changes that the books cannot explain", "month", l.Month.String(), "rows", c.Rows(), "unexplained", c.Unexplained())
	case c.Rows() != l.Rows:
		w.log.Info("a closed month has changed", "month", l.Month.String(), "rows", c.Rows())
	}
	return nil
}

package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/payments/watch"
)

// untoldAfter is how long an event about a subscription may be on its way.
const untoldAfter = 20 * time.Second

// NewWatch wires what looks after recurring donations.
func NewWatch(cfg Config, in *inbox.Inbox) (*watch.Watch, error) {
	rules, err := adoptionRules(cfg)
	if err != nil {
		return nil, err
	}
	return &watch.Watch{
		DB: in.DB, Stripe: newLists(cfg, in.Log), Books: in, Read: stripegw.Decoder{Rules: rules}.DecodeObject,
		Now: in.Now, Patience: untoldAfter, Log: in.Log,
	}, nil
}

// watchRecurringArgs asks for a look at the recurring donations.
type watchRecurringArgs struct{}

// Kind names the job in the queue.
func (watchRecurringArgs) Kind() string { return "watch_recurring" }

// InsertOpts keeps the job single, however many replicas ask for it. Where Stripe is
// away it is tried again, for some hours.
func (watchRecurringArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueStripe, UniqueOpts: river.UniqueOpts{ByPeriod: watchRecurringEvery}, MaxAttempts: 8}
}

const (
	watchRecurringEvery  = 24 * time.Hour
	watchRecurringWithin = 50 * time.Minute // less than after what River takes a job for lost
)

type watchRecurring struct {
	river.WorkerDefaults[watchRecurringArgs]
	watch *watch.Watch
	quit  <-chan struct{}
}

// watchingRecurring is the job as a chore.
func watchingRecurring(w *watch.Watch, quit <-chan struct{}) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &watchRecurring{watch: w, quit: quit})
		return river.NewPeriodicJob(river.PeriodicInterval(watchRecurringEvery),
			func() (river.JobArgs, *river.InsertOpts) { return watchRecurringArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
}

// Timeout bounds one run.
func (w *watchRecurring) Timeout(*river.Job[watchRecurringArgs]) time.Duration {
	return watchRecurringWithin
}

// Work looks after recurring donations.
func (w *watchRecurring) Work(ctx context.Context, _ *river.Job[watchRecurringArgs]) error {
	ctx, cancel := until(ctx, w.quit)
	defer cancel()
	res, err := w.watch.Look(ctx)
	if err != nil {
		return unlessQuit(err, w.quit)
	}
	for _, k := range watch.Kinds() {
		if n := res.Found[k]; n > 0 {
			w.watch.Log.Warn("recurring donations need a look: readerfund recurring --over lists them", "kind", string(k), "found", n)
		}
	}
	return nil
}

// watchedWithin is how old the last look may be before doctor complains.
const watchedWithin = 50 * time.Hour

// examineWatch looks at what was found amiss with recurring donations.
func examineWatch(ctx context.Context, db *pgxpool.Pool, now time.Time) Check {
	c := Check{Name: "recurring"}
	s, err := watch.Stand(ctx, db, now)
	if err != nil {
		c.Wrong = oneLine(err)
		return c
	}
	var parts []string
	for _, k := range watch.Kinds() {
		if n := s.Open[k]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kindInWords(k, n)))
		}
	}
	text, lists := strings.Join(parts, ", "), "readerfund recurring"
	if s.Open[watch.Untold] > 0 { // they are in the books by now
		lists += " --over"
	}
	switch {
	case s.Looked.IsZero():
		c.Found = "were not looked after yet: the service does so when it runs"
	case now.Sub(s.Looked) > watchedWithin:
		c.Wrong = "were last looked after " + ago(now, s.Looked) + " ago"
		c.Do = "start readerfund serve, which looks each day, or look in its log for watch_recurring"
	case s.Open[watch.Missing]+s.Open[watch.Unknown] > 0:
		c.Wrong, c.Do = text, lists+" lists them, and says what each is"
	case text != "":
		c.Found = text + "; " + lists + " lists them"
	default:
		c.Found = "nothing is amiss; looked " + ago(now, s.Looked) + " ago"
	}
	return c
}

// kindInWords says after a number what is amiss with so many recurring donations.
func kindInWords(k watch.Kind, n int64) string {
	if n == 1 {
		return map[watch.Kind]string{
			watch.Missing: "renewal is missing", watch.Failing: "charge fails", watch.Untold: "change of the last week was not told by an event, and was fetched",
			watch.Unknown: "is unknown to Stripe", watch.Ended: "ended within a week since it could not be charged", watch.Card: "card expires before its next charge",
		}[k]
	}
	return map[watch.Kind]string{
		watch.Missing: "renewals are missing", watch.Failing: "charges fail", watch.Untold: "changes of the last week were not told by an event, and were fetched",
		watch.Unknown: "are unknown to Stripe", watch.Ended: "ended within a week since they could not be charged", watch.Card: "cards expire before their next charge",
	}[k]
}

package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// backoff is how long a parked event rests before its next attempt: a minute,
// doubling up to six hours. It never gives up: facts about money do not expire.
func backoff(attempts int) time.Duration {
	rest := time.Minute
	for range min(attempts-1, 10) {
		rest *= 2
	}
	return min(rest, 6*time.Hour)
}

// RetryParked tries every parked event that is due, one transaction each, and
// gives the number that is in the books now. Replicas share the work.
func (in *Inbox) RetryParked(ctx context.Context) (released int, err error) {
	tally, err := in.retry(ctx, `status = 'parked' and retry_at <= $1 order by retry_at`, func() any { return in.Now() }, func(int64, Tally) {})
	return tally.New + tally.Ignored, err
}

// RetryAllParked tries every parked event once, whether it is due or not, as
// after a fix. New in the tally are those that are in the books now, Parked those
// that are still not. progress hears after each.
func (in *Inbox) RetryAllParked(ctx context.Context, progress func(Tally)) (Tally, error) {
	after := int64(0)
	return in.retry(ctx, `status = 'parked' and seq > $1 order by seq`, func() any { return after }, func(seq int64, t Tally) {
		after = seq
		progress(t)
	})
}

// retry tries the parked events that where finds, one transaction each, until it
// finds none. argument is what $1 of where stands for.
func (in *Inbox) retry(ctx context.Context, where string, argument func() any, tried func(seq int64, sum Tally)) (Tally, error) {
	var sum Tally
	for {
		var seq int64
		var outcome Outcome
		err := retryConflicts(ctx, func() error {
			return in.storing(ctx, func(tx pgx.Tx) (err error) {
				seq, outcome, err = in.retryOne(ctx, tx, where, argument())
				return err
			})
		})
		if err != nil {
			return sum, fmt.Errorf("retrying parked events: %w", err)
		}
		if outcome == "" {
			return sum, nil
		}
		sum.add(outcome)
		tried(seq, sum)
	}
}

// retryOne gives no outcome where no event was found.
func (in *Inbox) retryOne(ctx context.Context, tx pgx.Tx, where string, argument any) (seq int64, outcome Outcome, err error) {
	var attempts int
	var raw []byte
	err = tx.QueryRow(ctx, `
		select seq, attempts, payload from inbox_events where `+where+` limit 1 for update skip locked`, argument).Scan(&seq, &attempts, &raw)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", err
	}
	r := in.open(raw)
	unmerged := r.broken
	if r.outcome() == Merged {
		if unmerged = payments.Merge(ctx, tx, r.event.Facts); unmerged != nil && !ofTheEvent(unmerged) {
			return 0, "", unmerged
		}
	}
	if unmerged != nil {
		_, err = tx.Exec(ctx, `update inbox_events set attempts = attempts + 1, error = $2, retry_at = $3 where seq = $1`,
			seq, reason(unmerged), in.Now().Add(backoff(attempts+1)))
		return seq, Parked, err
	}
	_, err = tx.Exec(ctx, `
		update inbox_events set status = $2, attempts = attempts + 1, error = '', retry_at = null where seq = $1`, seq, r.outcome())
	return seq, r.outcome(), err
}

// Counts is how many stored events have each status.
type Counts struct{ Merged, Ignored, Parked int64 }

// Count counts the stored events.
func (in *Inbox) Count(ctx context.Context) (Counts, error) {
	var c Counts
	err := in.DB.QueryRow(ctx, `
		select count(*) filter (where status = 'merged'), count(*) filter (where status = 'ignored'),
			count(*) filter (where status = 'parked')
		from inbox_events`).Scan(&c.Merged, &c.Ignored, &c.Parked)
	if err != nil {
		return Counts{}, fmt.Errorf("counting events: %w", err)
	}
	return c, nil
}

// CountParked counts the events that are not in the books yet.
func (in *Inbox) CountParked(ctx context.Context) (int64, error) {
	var n int64
	if err := in.DB.QueryRow(ctx, `select count(*) from inbox_events where status = 'parked'`).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting parked events: %w", err)
	}
	return n, nil
}

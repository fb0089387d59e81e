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
	for {
		var done, ok bool
		err := retryConflicts(ctx, func() error {
			return in.transaction(ctx, func(tx pgx.Tx) (err error) {
				done, ok, err = in.retryOne(ctx, tx)
				return err
			})
		})
		if err != nil {
			return released, fmt.Errorf("retrying parked events: %w", err)
		}
		if done {
			return released, nil
		}
		if ok {
			released++
		}
	}
}

func (in *Inbox) retryOne(ctx context.Context, tx pgx.Tx) (done, ok bool, err error) {
	var seq int64
	var attempts int
	var raw []byte
	err = tx.QueryRow(ctx, `
		select seq, attempts, payload from inbox_events
		where status = 'parked' and retry_at <= $1
		order by retry_at limit 1 for update skip locked`, in.Now()).Scan(&seq, &attempts, &raw)
	if errors.Is(err, pgx.ErrNoRows) {
		return true, false, nil
	}
	if err != nil {
		return false, false, err
	}
	event, broken := in.Decode(raw)
	status := Ignored
	if broken == nil && event.Handled {
		status = Merged
		if broken = payments.Merge(ctx, tx, event.Facts); broken != nil && !ofTheEvent(broken) {
			return false, false, broken
		}
	}
	if broken != nil {
		_, err = tx.Exec(ctx, `update inbox_events set attempts = attempts + 1, error = $2, retry_at = $3 where seq = $1`,
			seq, reason(broken), in.Now().Add(backoff(attempts+1)))
		return false, false, err
	}
	_, err = tx.Exec(ctx, `
		update inbox_events set status = $2, attempts = attempts + 1, error = '', retry_at = null where seq = $1`, seq, status)
	return false, true, err
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

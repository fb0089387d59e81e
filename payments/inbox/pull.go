package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

const (
	// pullOverlap is how far each pull reaches back behind the newest balance
	// transaction that is known: Stripe's list may show one late.
	pullOverlap = time.Hour
	// pullWide is how far one pull in pullWideEvery reaches back, for those that
	// show even later.
	pullWide      = 48 * time.Hour
	pullWideEvery = time.Hour
	// pullFirst is how far the first pull reaches back at least.
	pullFirst = 24 * time.Hour
)

const (
	// Stripe's time of the newest balance transaction of its list that was taken in,
	// and no later than the time at which Stripe told it.
	watermarkPull     = "balance_transactions"
	watermarkPullWide = "balance_transactions_wide" // our time of the last pull that reached back far
	watermarkPulled   = "balance_transactions_read" // our time of the last pull that came to its end
)

// Pulled is what one pull did.
type Pulled struct {
	Since  time.Time // balance transactions made from here on are in the books
	Listed int64     // balance transactions that Stripe listed
	Taken  int64     // those of them that were new
	// Elsewhere is set where another pull was under way, and this one did nothing.
	Elsewhere bool
}

// PullBalance takes in every balance transaction of Stripe's list since the newest
// that it knows: so the fee of a charge is known within minutes, whether an event
// tells it or not. The first time it reaches back a day, or to the oldest charge in
// the books whose fee is unknown; what was before is for an import. Where the
// place is goes by Stripe's clock alone, and moves only when the list was read to
// its end: after an error the next call begins at the same place.
func (in *Inbox) PullBalance(ctx context.Context, from Source) (Pulled, error) {
	var done Pulled
	got, err := in.alone(ctx, payments.PullLock, func() error {
		return in.pull(ctx, from, &done)
	})
	done.Elsewhere = !got
	if err != nil {
		return done, fmt.Errorf("pulling balance transactions: %w", err)
	}
	return done, nil
}

func (in *Inbox) pull(ctx context.Context, from Source, done *Pulled) error {
	now := in.Now()
	reached, err := in.watermark(ctx, watermarkPull)
	if err != nil {
		return err
	}
	wide := false
	if reached.IsZero() {
		if done.Since, err = in.firstPull(ctx, now); err != nil {
			return err
		}
	} else {
		last, err := in.watermark(ctx, watermarkPullWide)
		if err != nil {
			return err
		}
		done.Since = reached.Add(-pullOverlap)
		if sinceThen := now.Sub(last); sinceThen >= pullWideEvery || sinceThen < 0 {
			wide, done.Since = true, reached.Add(-pullWide)
		}
	}
	var newest time.Time
	err = from.Objects(ctx, "balance_transactions", done.Since, "", func(objects []json.RawMessage, at time.Time) error {
		missing, last, err := in.unbooked(ctx, from.APIVersion(), objects, at)
		if err != nil {
			return err
		}
		if last.After(newest) {
			newest = last
		}
		done.Listed += int64(len(objects))
		if err := in.takeRefundsOf(ctx, from, missing, at); err != nil {
			return err
		}
		tally, err := in.TakeAnswers(ctx, "pulled", from.APIVersion(), missing, at)
		done.Taken += int64(tally.New)
		return err
	})
	if err != nil {
		return err
	}
	return in.endPull(ctx, now, reached, newest, wide)
}

// firstPull is where the first pull begins.
func (in *Inbox) firstPull(ctx context.Context, now time.Time) (time.Time, error) {
	var oldest *int64
	err := in.DB.QueryRow(ctx, `
		select min(c.created) from charges c
		where c.status = 'succeeded' and c.created > 0
			and not exists (select from balance_transactions b where b.id = c.balance_transaction)
			and not exists (select from balance_transactions b where b.source = c.id and b.source <> '' and b.category = 'charge')`).Scan(&oldest)
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for charges whose fee is unknown: %w", err)
	}
	since := now.Add(-pullFirst)
	if oldest != nil && *oldest < since.Unix() {
		since = time.Unix(*oldest, 0)
	}
	return since, nil
}

// unbooked gives the balance transactions that are not in the books, and the time
// of the newest of all.
func (in *Inbox) unbooked(ctx context.Context, version string, objects []json.RawMessage, at time.Time) (missing []json.RawMessage, newest time.Time, err error) {
	ids := make([]string, len(objects))
	for i, object := range objects {
		facts, err := in.Told(object, version, at)
		if err != nil || len(facts.BalanceTransactions) != 1 {
			continue // it is taken, and parked
		}
		ids[i] = facts.BalanceTransactions[0].ID
		made := time.Unix(facts.BalanceTransactions[0].Created, 0)
		if made.After(at) {
			made = at // a time that is yet to come would hide all that comes before it
		}
		if made.Unix() > 0 && made.After(newest) {
			newest = made
		}
	}
	known, err := in.bookedAmong(ctx, ids)
	if err != nil {
		return nil, newest, err
	}
	for i, object := range objects {
		if !known[ids[i]] {
			missing = append(missing, object)
		}
	}
	return missing, newest, nil
}

// bookedAmong tells which balance transactions are in the books.
func (in *Inbox) bookedAmong(ctx context.Context, ids []string) (map[string]bool, error) {
	rows, err := in.DB.Query(ctx, `select id from balance_transactions where id = any($1) and currency <> ''`, ids)
	if err != nil {
		return nil, fmt.Errorf("looking for known balance transactions: %w", err)
	}
	known := map[string]bool{}
	var id string
	if _, err := pgx.ForEachRow(rows, []any{&id}, func() error { known[id] = true; return nil }); err != nil {
		return nil, fmt.Errorf("looking for known balance transactions: %w", err)
	}
	return known, nil
}

// endPull notes how far a pull came. Reached is the time of a balance transaction,
// which the overlap has shown again: where the list shows nothing, reached was
// wrong, as after a move to another account, and the next pull is a first one.
func (in *Inbox) endPull(ctx context.Context, now, reached, newest time.Time, wide bool) error {
	return pgx.BeginFunc(ctx, in.DB, func(tx pgx.Tx) error {
		names, times := []string{watermarkPulled}, []time.Time{now}
		switch {
		case !newest.IsZero():
			names, times = append(names, watermarkPull), append(times, newest)
		case !reached.IsZero():
			if _, err := tx.Exec(ctx, `delete from watermarks where name = $1`, watermarkPull); err != nil {
				return err
			}
		}
		if wide {
			names, times = append(names, watermarkPullWide), append(times, now)
		}
		_, err := tx.Exec(ctx, `
			insert into watermarks (name, reached) select * from unnest($1::text[], $2::timestamptz[])
			on conflict (name) do update set reached = excluded.reached`, names, times)
		return err
	})
}

// alone runs do while it holds a lock for as long as a connection lives, and tells
// whether nobody else did.
func (in *Inbox) alone(ctx context.Context, lock string, do func() error) (got bool, err error) {
	conn, err := in.DB.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock"+lock).Scan(&got); err != nil || !got {
		return got, err
	}
	defer unlock(context.WithoutCancel(ctx), conn, lock)
	return true, do()
}

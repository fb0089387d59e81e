package saved

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/exports"
)

// Tries is how often the run of a turn is ordered before the turn has failed.
const Tries = 4

// wait is how long after a failure the run is ordered again: ten minutes, an hour, six
// hours. What fails for a minute is over by then, and so is a full disk that somebody
// saw to.
func wait(tries int) time.Duration {
	waits := []time.Duration{10 * time.Minute, time.Hour, 6 * time.Hour}
	return waits[min(max(tries, 1), len(waits))-1]
}

// OrderDue orders what is due: turns of schedules, missed ones included, and runs that
// failed and are to be tried again. It gives how many runs it ordered. Call it every
// minute, in as many copies of the service as there are.
func (b *Book) OrderDue(ctx context.Context) (ordered int, err error) {
	for _, next := range []func(context.Context, []string) (string, int, error){b.nextScheduled, b.nextAgain} {
		skipped := []string{} // what cannot be ordered keeps none of the others
		for {
			id, n, failed := next(ctx, skipped)
			if ordered += n; id == "" && failed == nil {
				break
			}
			if failed != nil {
				err = errors.Join(err, failed)
				if skipped = append(skipped, id); id == "" || ctx.Err() != nil {
					break
				}
			}
		}
	}
	return ordered, err
}

// nextScheduled orders the turns of the saved export whose schedule has waited for the
// longest; id is "" where none does. Its row is locked, so that no other copy orders
// them too, and says afterwards when the next one is due.
func (b *Book) nextScheduled(ctx context.Context, skipped []string) (id string, ordered int, err error) {
	err = pgx.BeginFunc(ctx, b.DB, func(tx pgx.Tx) error {
		now := b.Now()
		if err := tx.QueryRow(ctx, `select saved_id from saved_exports where next_at <= $1 and saved_id <> all($2)
			order by next_at, saved_id limit 1 for no key update skip locked`, now, skipped).Scan(&id); errors.Is(err, pgx.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		e, err := one(ctx, tx, id)
		if err != nil {
			return err
		}
		turns, passed, after := e.Schedule.due(e.Next, now, e.Zone)
		var done []Entry
		for i, t := range turns {
			if i > 0 {
				passed = 0
			}
			entry, err := b.begin(ctx, tx, e, t, BySchedule, passed)
			if err != nil {
				return err
			}
			if entry.Action != "" {
				ordered++
				done = append(done, entry)
			}
		}
		if _, err := tx.Exec(ctx, `update saved_exports set next_day = $2, next_at = $3 where saved_id = $1`, id, after.Day.UTC(), after.At); err != nil {
			return err
		}
		for _, entry := range done {
			if err := b.Record(ctx, tx, entry); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return id, 0, fmt.Errorf("ordering the saved export %s: %w", id, err)
	}
	return id, ordered, nil
}

// RunNow orders a turn of today at once, and gives the run's id. Asked again while that
// run has not ended, it gives the same: a button is pressed twice easily. Errors:
// *payments.Error of code NotFound; Invalid where no such report can be written;
// Unavailable.
func (b *Book) RunNow(ctx context.Context, by By, id string) (run string, err error) {
	err = pgx.BeginFunc(ctx, b.DB, func(tx pgx.Tx) error {
		e, err := locked(ctx, tx, id) // who asks at the same moment waits here
		if err != nil {
			return err
		}
		now := b.Now()
		err = tx.QueryRow(ctx, `select run_id from saved_turns where saved_id = $1 and ordered_by <> $2 and state = 'ordered' and due_at > $3
			order by turn_id desc limit 1`, id, BySchedule, later(e.ChangedAt, now.Add(-pressedWithin))).Scan(&run)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		entry, err := b.begin(ctx, tx, e, Turn{Day: calendar.Of(now.In(e.Zone)), At: now}, by.Who, 0)
		if err != nil {
			return err
		}
		if run = entry.Object; run == "" {
			return invalid("This export cannot be made at the moment; its page says why.")
		}
		entry.Address = by.Address
		return b.Record(ctx, tx, entry)
	})
	return run, explain(err, "ordering a saved export")
}

// pressedWithin is for how long a run by hand that has not ended stands for another.
const pressedWithin = time.Hour

// later is the later one of two moments.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// begin writes a turn and orders its run. The entry is to be recorded; its Action is ""
// where no run was ordered. A turn that the schedule had already is not ordered again: a
// copy of the service whose clock is behind may have planned it a second time.
func (b *Book) begin(ctx context.Context, tx pgx.Tx, e Export, t Turn, who string, passed int) (Entry, error) {
	if _, ok := e.query(t, b.Fiscal); !ok {
		return Entry{}, nil
	}
	var turn int64
	err := tx.QueryRow(ctx, `insert into saved_turns (saved_id, day, due_at, ordered_by, passed, state, run_id, tries)
		values ($1, $2, $3, $4, $5, 'ordered', '', 0)
		on conflict (saved_id, due_at) where ordered_by = 'schedule' do nothing returning turn_id`, e.ID, t.Day.UTC(), t.At, who, passed).Scan(&turn)
	if errors.Is(err, pgx.ErrNoRows) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, err
	}
	return b.order(ctx, tx, e, t, turn, who)
}

// order orders the run of a turn. What cannot be ordered has failed: asked again, the
// answer would be the same.
func (b *Book) order(ctx context.Context, tx pgx.Tx, e Export, t Turn, turn int64, who string) (Entry, error) {
	q, _ := e.query(t, b.Fiscal)
	run, err := b.Runs.Order(ctx, tx, exports.Order{Report: e.Report, Query: q, Format: e.Format, By: who, Saved: e.ID, Title: e.Name})
	if refused, ok := errors.AsType[*payments.Error](err); ok && refused.Code == payments.Invalid {
		if who != BySchedule {
			return Entry{}, err // whoever asks is told at once
		}
		return Entry{}, b.failed(ctx, tx, turn, refused.Sentence)
	}
	if err != nil {
		return Entry{}, err
	}
	_, err = tx.Exec(ctx, `update saved_turns set state = 'ordered', run_id = $2, tries = tries + 1, again_at = null where turn_id = $1`, turn, run)
	return Entry{By: By{Who: who}, Action: "order an export", Object: run,
		Detail: fmt.Sprintf("%s of %s, from %s to %s, saved as %s", e.Format, e.Report, q.From.Format(time.RFC3339), q.To.Format(time.RFC3339), e.ID)}, err
}

// nextAgain orders the run of a turn again that failed; id is that of the saved export,
// or "".
func (b *Book) nextAgain(ctx context.Context, skipped []string) (id string, ordered int, err error) {
	err = pgx.BeginFunc(ctx, b.DB, func(tx pgx.Tx) error {
		var turn int64
		var day time.Time
		var t Turn
		if err := tx.QueryRow(ctx, `select turn_id, saved_id, day, due_at from saved_turns where again_at <= $1 and saved_id <> all($2)
			order by again_at, turn_id limit 1 for no key update skip locked`, b.Now(), skipped).Scan(&turn, &id, &day, &t.At); errors.Is(err, pgx.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		t.Day = calendar.Of(day.UTC())
		e, err := one(ctx, tx, id)
		if payments.CodeOf(err) == payments.NotFound {
			return b.failed(ctx, tx, turn, "The saved export was removed meanwhile.")
		}
		if err != nil {
			return err
		}
		if _, ok := e.query(t, b.Fiscal); !ok { // it was changed meanwhile
			return b.failed(ctx, tx, turn, "The period that it asks for by now has no length.")
		}
		entry, err := b.order(ctx, tx, e, t, turn, BySchedule)
		if err != nil || entry.Action == "" {
			return err
		}
		ordered++
		return b.Record(ctx, tx, entry)
	})
	if err != nil {
		return id, 0, fmt.Errorf("ordering the saved export %s again: %w", id, err)
	}
	return id, ordered, nil
}

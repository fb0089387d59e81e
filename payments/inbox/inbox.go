// Package inbox keeps every event that Stripe sent, as it was received: stored
// before Stripe is answered, taken in once, parked and tried again when taking
// it in fails, and replayed from files.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Outcome is what became of an event.
type Outcome string

// The outcomes. All but Duplicate are also the status an event is stored with.
const (
	Merged    Outcome = "merged"    // new, and in the books
	Ignored   Outcome = "ignored"   // new, of a type that says nothing of gifts
	Parked    Outcome = "parked"    // new, stored, not in the books yet: it is tried again
	Duplicate Outcome = "duplicate" // stored before
)

// Inbox takes events in.
type Inbox struct {
	DB *pgxpool.Pool
	// Decode reads a raw event. With an error it gives what it could read.
	Decode func(raw []byte) (payments.Event, error)
	// Redact takes the person out of a raw event and leaves the rest as it was; same
	// tells whether it decodes to the same facts but for the person, and ok is false
	// where that cannot be had. Where Redact is nil, events about people whose data
	// were erased are not stored.
	Redact func(raw []byte, same func(clean []byte) bool) (clean []byte, ok bool)
	// RedactPart is Redact for an event that also tells of people who stay: it keeps
	// to objects whose id is erased, and to texts that tell an erased address.
	RedactPart func(raw []byte, erased, tells func(string) bool, same func(clean []byte) bool) (clean []byte, ok bool)
	// Personal lists what Redact takes out: where in the event, and the text.
	Personal func(raw []byte) [][2]string
	Now      func() time.Time
	// Adoption is the fingerprint of the rules of adoption that Decode goes by; ""
	// where it has none.
	Adoption string
	Log      *slog.Logger
}

// maxKey bounds what is used as an index key; Stripe's ids are shorter than 255
// characters (https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible).
const maxKey = 255

// Receive stores a raw event and merges its facts in one transaction. When it
// returns without error, the event is durable, merged or parked; with an error
// nothing was stored and the sender must try again.
func (in *Inbox) Receive(ctx context.Context, raw []byte) (Outcome, error) {
	r := in.open(raw)
	return in.receive(ctx, &r)
}

func (in *Inbox) receive(ctx context.Context, r *received) (Outcome, error) {
	var outcome Outcome
	var parkedFor error
	err := retryConflicts(ctx, func() error {
		return in.storing(ctx, func(tx pgx.Tx) (err error) {
			outcome, parkedFor, err = in.take(ctx, tx, r)
			return err
		})
	})
	if err != nil {
		return "", fmt.Errorf("storing event %s: %w", r.event.ID, err)
	}
	if outcome == Parked {
		in.Log.Warn("event parked", "event", r.event.ID, "type", r.event.Type, "error", parkedFor)
	}
	return outcome, nil
}

// transaction runs do in one. Merging looks up a few rows by their keys, with
// statements that are long to plan. So each connection plans them once, and by
// indexes only: a plan made while the tables were small, or before Postgres had
// looked at them, would read them whole as they grow.
func (in *Inbox) transaction(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, in.DB, pgx.TxOptions{BeginQuery: beginSQL}, do)
}

const beginSQL = "begin; set local plan_cache_mode = force_generic_plan; " +
	"set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; " +
	"set local work_mem = '32MB'"

// A replica that froze, or whose network was cut, keeps whoever erases waiting no
// longer than this.
const storingSQL = beginSQL + "; set local idle_in_transaction_session_timeout = '30s'; " + payments.StoringSQL

// storing is transaction for what stores events: nobody is erased meanwhile.
func (in *Inbox) storing(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, in.DB, pgx.TxOptions{BeginQuery: storingSQL}, do)
}

// take is called again from the start where Postgres broke a deadlock. With
// Parked it gives the reason.
func (in *Inbox) take(ctx context.Context, tx pgx.Tx, r *received) (_ Outcome, parkedFor, _ error) {
	told := []received{*r}
	concerned, err := in.mayConcern(ctx, tx, told)
	if err != nil {
		return "", nil, err
	}
	stored := told
	if concerned {
		stored = emptiedOf(told)
	}
	isNew, err := in.insert(ctx, tx, stored)
	if err != nil {
		return "", nil, err
	}
	if len(isNew) == 0 {
		return Duplicate, nil, nil
	}
	outcome, parkedFor := r.outcome(), stored[0].broken
	if outcome == Merged {
		unmerged := payments.Merge(ctx, tx, r.event.Facts)
		if unmerged != nil && !ofTheEvent(unmerged) {
			return "", nil, unmerged
		}
		if unmerged != nil {
			if concerned {
				unmerged = plain(unmerged)
			}
			outcome, parkedFor = Parked, unmerged
			_, err = tx.Exec(ctx, `
				update inbox_events set status = 'parked', error = $3, retry_at = $4 where event_id = $1 and api_version = $2`,
				r.event.ID, r.event.APIVersion, reason(unmerged), in.Now().Add(backoff(1)))
			if err != nil {
				return "", nil, err
			}
		}
	}
	if concerned {
		err = in.fill(ctx, tx, told, isNew)
	}
	return outcome, parkedFor, err
}

// ofTheEvent tells an event that cannot be merged from a database that is away:
// the first is parked, the second is Stripe's to send again. The classes are
// Postgres's (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func ofTheEvent(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch pg.Code[:2] {
	case "08", "25", "40", "53", "55", "57", "58", "F0", "XX":
		return false
	}
	return true
}

// retryConflicts repeats what Postgres ended to break a deadlock.
func retryConflicts(ctx context.Context, do func() error) error {
	var err error
	for range 5 {
		err = do()
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pg.Code != "40P01" && pg.Code != "40001" || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func reason(err error) string {
	text := []rune(err.Error())
	if len(text) > 2000 {
		text = text[:2000]
	}
	return string(text)
}

// instant is nil for a time that no event can have: none, or one that Postgres
// could not hold.
func instant(t time.Time) *time.Time {
	if t.IsZero() || t.Year() > 9999 {
		return nil
	}
	return &t
}

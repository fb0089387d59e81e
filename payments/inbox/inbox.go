// Package inbox keeps every event that Stripe sent, as it was received: stored
// before Stripe is answered, taken in once, parked and tried again when taking
// it in fails, and replayed from files.
package inbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
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
	Now    func() time.Time
	Log    *slog.Logger
}

// maxKey bounds what is used as an index key; Stripe's ids are shorter than 255
// characters (https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible).
const maxKey = 255

// Receive stores a raw event and merges its facts in one transaction. When it
// returns without error, the event is durable, merged or parked; with an error
// nothing was stored and the sender must try again.
func (in *Inbox) Receive(ctx context.Context, raw []byte) (Outcome, error) {
	event, broken := in.Decode(raw)
	if event.ID == "" || len(event.ID) > maxKey {
		sum := sha256.Sum256(raw)
		event.ID = "sha256:" + hex.EncodeToString(sum[:])
		if broken == nil {
			broken = errors.New("the event's id is not one of Stripe's")
		}
	}
	if len(event.APIVersion) > maxKey {
		event.APIVersion = strings.ToValidUTF8(event.APIVersion[:maxKey], "")
	}
	var outcome Outcome
	var parkedFor error
	err := retryConflicts(ctx, func() error {
		return in.transaction(ctx, func(tx pgx.Tx) (err error) {
			outcome, parkedFor, err = in.take(ctx, tx, event, raw, broken)
			return err
		})
	})
	if err != nil {
		return "", fmt.Errorf("storing event %s: %w", event.ID, err)
	}
	if outcome == Parked {
		in.Log.Warn("event parked", "event", event.ID, "type", event.Type, "error", parkedFor)
	}
	return outcome, nil
}

// transaction runs do in one. Merging looks up a few rows by their keys, with
// statements that are long to plan. So each connection plans them once, and by
// indexes only: a plan made while the tables were small, or before Postgres had
// looked at them, would read them whole as they grow.
func (in *Inbox) transaction(ctx context.Context, do func(pgx.Tx) error) error {
	planned := pgx.TxOptions{BeginQuery: "begin; set local plan_cache_mode = force_generic_plan; " +
		"set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off"}
	return pgx.BeginTxFunc(ctx, in.DB, planned, do)
}

// take is called again from the start where Postgres broke a deadlock. With
// Parked it gives the reason.
func (in *Inbox) take(ctx context.Context, tx pgx.Tx, event payments.Event, raw []byte, broken error) (_ Outcome, parkedFor, _ error) {
	outcome := Merged
	if !event.Handled {
		outcome = Ignored
	}
	var seq int64
	err := tx.QueryRow(ctx, `
		insert into inbox_events (event_id, api_version, type, created_at, received_at, status, payload)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict do nothing returning seq`,
		event.ID, event.APIVersion, event.Type, instant(event.Created), in.Now(), outcomeOr(outcome, broken), raw).Scan(&seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return Duplicate, nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	if broken == nil && event.Handled {
		if broken = payments.Merge(ctx, tx, event.Facts); broken != nil && !ofTheEvent(broken) {
			return "", nil, broken
		}
	}
	if broken == nil {
		return outcome, nil, nil
	}
	_, err = tx.Exec(ctx, `
		update inbox_events set status = 'parked', error = $2, retry_at = $3 where seq = $1`,
		seq, reason(broken), in.Now().Add(backoff(1)))
	return Parked, broken, err
}

// outcomeOr keeps the row's constraint true between its insertion and parking.
func outcomeOr(o Outcome, broken error) Outcome {
	if broken != nil {
		return Ignored
	}
	return o
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

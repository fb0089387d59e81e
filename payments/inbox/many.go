package inbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// received is an event as it came and what could be read of it.
type received struct {
	raw    []byte
	event  payments.Event
	broken error // why it cannot be merged
}

// open reads an event. One without a usable id is kept under its content's hash.
func (in *Inbox) open(raw []byte) received {
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
	return received{raw: raw, event: event, broken: broken}
}

// outcome is what becomes of the event if it is new and can be merged.
func (r *received) outcome() Outcome {
	switch {
	case r.broken != nil:
		return Parked
	case !r.event.Handled:
		return Ignored
	default:
		return Merged
	}
}

// ReceiveMany is Receive for many events in one transaction, far faster than one
// by one. Where one of them cannot be merged, the halves are taken each by itself,
// and so on, so that only that one is parked. After an error nothing of them was
// stored, or, in that second case, only some; telling them again is always right.
func (in *Inbox) ReceiveMany(ctx context.Context, raws [][]byte) (Tally, error) {
	opened := make([]received, len(raws))
	for i, raw := range raws {
		opened[i] = in.open(raw)
	}
	return in.receiveMany(ctx, opened)
}

func (in *Inbox) receiveMany(ctx context.Context, opened []received) (Tally, error) {
	var tally Tally
	err := retryConflicts(ctx, func() error {
		return in.storing(ctx, func(tx pgx.Tx) (err error) {
			tally, err = in.takeMany(ctx, tx, opened)
			return err
		})
	})
	if err == nil || !ofTheEvent(err) {
		if err != nil {
			return Tally{}, fmt.Errorf("storing %d events: %w", len(opened), err)
		}
		if tally.Parked > 0 {
			in.Log.Warn("events parked", "events", tally.Parked)
		}
		return tally, nil
	}
	if len(opened) == 1 {
		outcome, err := in.receive(ctx, &opened[0])
		if err != nil {
			return Tally{}, err
		}
		tally = Tally{}
		tally.add(outcome)
		return tally, nil
	}
	half := len(opened) / 2
	tally, err = in.receiveMany(ctx, opened[:half])
	if err != nil {
		return tally, err
	}
	rest, err := in.receiveMany(ctx, opened[half:])
	tally.Add(rest)
	return tally, err
}

func (in *Inbox) takeMany(ctx context.Context, tx pgx.Tx, opened []received) (Tally, error) {
	// In one order, so that two who bring the same events do not wait for each
	// other in a ring; without repetition, which one statement cannot see.
	sorted := slices.Clone(opened)
	same := func(a, b received) int {
		return cmp.Or(strings.Compare(a.event.ID, b.event.ID), strings.Compare(a.event.APIVersion, b.event.APIVersion))
	}
	slices.SortStableFunc(sorted, same)
	sorted = slices.CompactFunc(sorted, func(a, b received) bool { return same(a, b) == 0 })

	concerned, err := in.mayConcern(ctx, tx, sorted)
	if err != nil {
		return Tally{}, err
	}
	stored := sorted
	if concerned {
		stored = emptiedOf(sorted)
	}
	isNew, err := in.insert(ctx, tx, stored)
	if err != nil {
		return Tally{}, err
	}
	tally := Tally{Events: len(opened), Duplicate: len(opened) - len(isNew)}
	var facts payments.Facts
	for i := range sorted {
		r := &sorted[i]
		if !isNew[key{r.event.ID, r.event.APIVersion}] {
			continue
		}
		switch r.outcome() {
		case Merged:
			tally.New++
			facts.Add(r.event.Facts)
		case Ignored:
			tally.Ignored++
		case Parked:
			tally.Parked++
		}
	}
	if tally.New > 0 {
		if err := payments.MergeMany(ctx, tx, facts); err != nil {
			return Tally{}, err
		}
	}
	if concerned {
		return tally, in.fill(ctx, tx, sorted, isNew)
	}
	return tally, nil
}

// key is what an event is stored under.
type key struct{ id, version string }

// insert stores the events that are not there yet and tells which they are. One
// that is there only as a copy that could not be merged is not there: a broken
// copy must not keep the true one out.
func (in *Inbox) insert(ctx context.Context, tx pgx.Tx, sorted []received) (map[key]bool, error) {
	n := len(sorted)
	now := in.Now()
	rested := now.Add(backoff(1))
	var (
		ids, versions, types, statuses, errs = make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
		created, retry                       = make([]*time.Time, n), make([]*time.Time, n)
		payloads                             = make([][]byte, n)
	)
	for i := range sorted {
		r := &sorted[i]
		ids[i], versions[i], types[i], statuses[i] = r.event.ID, r.event.APIVersion, r.event.Type, string(r.outcome())
		created[i], payloads[i] = instant(r.event.Created), r.raw
		if r.broken != nil {
			errs[i], retry[i] = reason(r.broken), &rested
		}
	}
	rows, err := tx.Query(ctx, `
		insert into inbox_events (event_id, api_version, type, created_at, received_at, status, error, retry_at, payload)
		select id, version, type, created, $9, status, error, retry, payload
		from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[], $8::bytea[])
			as t (id, version, type, created, status, error, retry, payload)
		on conflict (event_id, api_version) do update set type = excluded.type, created_at = excluded.created_at,
			status = excluded.status, error = '', retry_at = null, payload = excluded.payload, attempts = inbox_events.attempts + 1
			where inbox_events.status = 'parked' and excluded.status <> 'parked' and inbox_events.payload <> excluded.payload
		returning event_id, api_version`,
		ids, versions, types, created, statuses, errs, retry, payloads, now)
	if err != nil {
		return nil, err
	}
	isNew := make(map[key]bool, n)
	var k key
	_, err = pgx.ForEachRow(rows, []any{&k.id, &k.version}, func() error {
		isNew[k] = true
		return nil
	})
	return isNew, err
}

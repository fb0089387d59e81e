package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// fillOverlap is how far each filling of gaps reaches back behind the last:
	// Stripe's list may show an event late.
	fillOverlap = time.Hour
	// fillFirst is how far back the first filling reaches, and one that has lost its
	// place.
	fillFirst = 24 * time.Hour
	// eventsKept is how long Stripe lists events
	// (https://docs.stripe.com/api/events).
	eventsKept = 30 * 24 * time.Hour
)

// The names of watermarks. Each holds times of one clock only: two that differ
// must not be taken for each other.
const (
	watermarkEvents = "events"              // Stripe's time of the newest event of its list that was taken in
	watermarkRead   = "events_read"         // our time of the last reading of the list that came to its end
	watermarkMissed = "events_missed"       // Stripe's time from which on events are missing that it lists no more
	watermarkNoted  = "events_missed_noted" // our time at which that was noted
)

// Filled is what one filling of gaps did.
type Filled struct {
	Tally Tally
	// Missed is set where the last filling is longer ago than Stripe lists events:
	// those made after it and before Since can no longer be had as events.
	Missed time.Time
	Since  time.Time // events made from here on are in the books
}

// FillGaps takes in every event of Stripe's list since the newest that it knows,
// so that an outage of the endpoint, or an event that got lost on its way, heals
// by itself. The first time nothing is asked for but the last day: what was before
// is for an import. After an error the next call begins at the same place. From
// where on it asks goes by Stripe's clock alone: with ours wrong, it asks for the
// same.
func (in *Inbox) FillGaps(ctx context.Context, from Source) (Filled, error) {
	now := in.Now()
	reached, err := in.beginFilling(ctx, now)
	if err != nil {
		return Filled{}, fmt.Errorf("filling gaps: %w", err)
	}
	asked := reached.Add(-fillOverlap)
	done := Filled{Since: asked}
	read, err := in.watermark(ctx, watermarkRead)
	if err != nil {
		return done, fmt.Errorf("filling gaps: %w", err)
	}
	if read.IsZero() { // no reading ever came to its end
		read = reached
	}
	if oldest := now.Add(-eventsKept); read.Before(oldest) {
		done.Missed, done.Since = reached, oldest
		if err := in.noteMissed(ctx, reached, now); err != nil {
			return done, err
		}
	}
	var newest time.Time
	if done.Tally, newest, err = in.Fetch(ctx, from, asked, false, func(Tally) {}); err != nil {
		return done, fmt.Errorf("filling gaps since %s: %w", done.Since.UTC().Format(time.RFC3339), err)
	}
	if err := in.endFilling(ctx, now, reached, newest); err != nil {
		return done, fmt.Errorf("filling gaps: %w", err)
	}
	return done, nil
}

// beginFilling gives where the last filling ended.
func (in *Inbox) beginFilling(ctx context.Context, now time.Time) (reached time.Time, err error) {
	_, err = in.DB.Exec(ctx, `insert into watermarks (name, reached) values ($1, $2) on conflict do nothing`,
		watermarkEvents, now.Add(fillOverlap-fillFirst))
	if err != nil {
		return time.Time{}, err
	}
	// Noted by a clock that was ahead: it was before now all the same.
	_, err = in.DB.Exec(ctx, `update watermarks set reached = $2 where name = $1 and reached > $2`, watermarkNoted, now)
	if err != nil {
		return time.Time{}, err
	}
	return in.watermark(ctx, watermarkEvents)
}

// endFilling notes how far a reading came that began now at reached and saw
// newest as the newest event, a zero time where it saw none.
func (in *Inbox) endFilling(ctx context.Context, now, reached, newest time.Time) error {
	place := reached
	switch {
	case !newest.IsZero():
		// Reached is the time of an event, which the overlap has shown again; where
		// all that it showed is older, reached was wrong.
		place = newest
	case reached.After(now):
		// No event was ever made then: a clock of ours was wrong.
		place = now.Add(fillOverlap - fillFirst)
	}
	_, err := in.DB.Exec(ctx, `update watermarks set reached = $3 where name = $1 and (reached = $2 or reached < $3)`,
		watermarkEvents, reached, place)
	if err != nil {
		return err
	}
	_, err = in.DB.Exec(ctx, `
		insert into watermarks (name, reached) values ($1, $2)
		on conflict (name) do update set reached = excluded.reached`, watermarkRead, now)
	return err
}

// watermark is zero where there is none.
func (in *Inbox) watermark(ctx context.Context, name string) (time.Time, error) {
	var reached time.Time
	err := in.DB.QueryRow(ctx, `select reached from watermarks where name = $1`, name).Scan(&reached)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, nil
	}
	return reached, err
}

// noteMissed remembers from when on events are missing, until an import that
// begins after now and reaches back so far has brought what they told.
func (in *Inbox) noteMissed(ctx context.Context, since, now time.Time) error {
	_, err := in.DB.Exec(ctx, `
		insert into watermarks as w (name, reached) values ($1, $2), ($3, $4)
		on conflict (name) do update set reached = case w.name when $1 then least(w.reached, excluded.reached) else excluded.reached end`,
		watermarkMissed, since, watermarkNoted, now)
	if err != nil {
		return fmt.Errorf("noting that events are missing since %s: %w", since, err)
	}
	return nil
}

// forgiveMissed forgets that events are missing where an import of what was made
// at since or later has brought what they told: one that began before it was
// noted may have read its lists before they came.
func (in *Inbox) forgiveMissed(ctx context.Context, since, began time.Time) error {
	_, err := in.DB.Exec(ctx, `
		delete from watermarks where name in ($1, $2)
			and exists (select from watermarks where name = $1 and reached >= $3)
			and not exists (select from watermarks where name = $2 and reached > $4)`,
		watermarkMissed, watermarkNoted, since, began)
	if err != nil {
		return fmt.Errorf("noting that what was missing is here: %w", err)
	}
	return nil
}

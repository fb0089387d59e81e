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
	// fillDelay is how long an event may take into Stripe's list.
	fillDelay = time.Minute
	// eventsKept is how long Stripe lists events
	// (https://docs.stripe.com/api/events).
	eventsKept = 30 * 24 * time.Hour
)

// The names of watermarks.
const (
	watermarkEvents = "events"        // up to here Stripe's list of events was taken in
	watermarkMissed = "events_missed" // from here on events are missing that Stripe does not list any more
)

// Filled is what one filling of gaps did.
type Filled struct {
	Tally Tally
	// Missed is set where the last filling is longer ago than Stripe lists events:
	// those made after it and before Since can no longer be had as events.
	Missed time.Time
	Since  time.Time // from where on events were asked for
}

// FillGaps takes in every event of Stripe's list since the last time, so that an
// outage of the endpoint, or an event that got lost on its way, heals by itself.
// The first time nothing is asked for but the last hour: what was before is for
// an import. After an error the next call begins at the same place.
func (in *Inbox) FillGaps(ctx context.Context, from Source) (Filled, error) {
	now := in.Now()
	_, err := in.DB.Exec(ctx, `insert into watermarks (name, reached) values ($1, $2) on conflict do nothing`, watermarkEvents, now)
	if err != nil {
		return Filled{}, fmt.Errorf("filling gaps: %w", err)
	}
	reached, err := in.watermark(ctx, watermarkEvents)
	if err != nil {
		return Filled{}, fmt.Errorf("filling gaps: %w", err)
	}
	done := Filled{Since: reached.Add(-fillOverlap)}
	if oldest := now.Add(-eventsKept); reached.Before(oldest) {
		done.Missed, done.Since = reached, oldest
		if err := in.noteMissed(ctx, reached); err != nil {
			return done, err
		}
	}
	var newest time.Time
	if done.Tally, newest, err = in.Fetch(ctx, from, done.Since, false, func(Tally) {}); err != nil {
		return done, fmt.Errorf("filling gaps since %s: %w", done.Since.UTC().Format(time.RFC3339), err)
	}
	if settled := now.Add(-fillDelay); newest.Before(settled) {
		newest = settled
	}
	_, err = in.DB.Exec(ctx, `update watermarks set reached = greatest(reached, $2) where name = $1`, watermarkEvents, newest)
	if err != nil {
		return done, fmt.Errorf("filling gaps: %w", err)
	}
	return done, nil
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
// reaches back so far has brought what they told.
func (in *Inbox) noteMissed(ctx context.Context, since time.Time) error {
	_, err := in.DB.Exec(ctx, `
		insert into watermarks as w (name, reached) values ($1, $2)
		on conflict (name) do update set reached = least(w.reached, excluded.reached)`, watermarkMissed, since)
	if err != nil {
		return fmt.Errorf("noting that events are missing since %s: %w", since, err)
	}
	return nil
}

func (in *Inbox) forgiveMissed(ctx context.Context, imported time.Time) error {
	_, err := in.DB.Exec(ctx, `delete from watermarks where name = $1 and reached >= $2`, watermarkMissed, imported)
	if err != nil {
		return fmt.Errorf("noting that what was missing is here: %w", err)
	}
	return nil
}

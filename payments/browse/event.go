package browse

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Told is one event with all that it says.
type Told struct {
	Event
	// Payload is what Stripe sent, byte by byte, but for what an erasure took out of it.
	Payload []byte
}

// Event gives one event by its id. Errors: NotFound; Unavailable.
func (b *Books) Event(ctx context.Context, id string) (Told, error) {
	var e Told
	err := b.read(ctx, "reading an event", func(tx pgx.Tx) error {
		find, err := tidyFind(id)
		if err != nil || find == "" {
			return notFound("there is no event %.60q", id)
		}
		err = tx.QueryRow(ctx, `select `+eventColumns+`, e.payload from inbox_events e where e.event_id = $1`, find).
			Scan(append(eventFields(&e.Event), &e.Payload)...)
		if errors.Is(err, pgx.ErrNoRows) {
			return notFound("there is no event %.60q", id)
		}
		return err
	})
	return e, err
}

package browse

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// EventFilter says which stored events to list, the newest first. Zero values do not
// filter.
type EventFilter struct {
	Status string // one of EventStatuses
	Type   string // such as charge.succeeded
	Find   string // an event's id, or that of an object that it tells of
}

// Event is an event as it came.
type Event struct {
	ID, Type   string
	APIVersion string    // that its shape is of
	CreatedAt  time.Time // by Stripe's clock; zero where it told none
	ReceivedAt time.Time // when it was stored here
	Status     string    // one of EventStatuses
	Error      string    // why it is parked
	Attempts   int64
	RetryAt    time.Time // when it is tried again by itself; zero where it is not
	// Object is the one that it tells of and State that one's status, in a donation's
	// story alone; "" where it told none.
	Object, State string
}

// Asked tells what was asked of Stripe, and stored so that it is not lost, from what
// Stripe told by itself.
func (e Event) Asked() bool { return strings.HasPrefix(e.Type, "readerfund.") }

const eventColumns = `e.event_id, e.type, e.api_version, coalesce(e.created_at, timestamptz '0001-01-01 00:00Z'), e.received_at, e.status, e.error, e.attempts,
	coalesce(e.retry_at, timestamptz '0001-01-01 00:00Z')`

func eventFields(e *Event) []any {
	return []any{&e.ID, &e.Type, &e.APIVersion, &e.CreatedAt, &e.ReceivedAt, &e.Status, &e.Error, &e.Attempts, &e.RetryAt}
}

// Events lists stored events.
func (b *Books) Events(ctx context.Context, f EventFilter, turn Turn) (Page[Event], error) {
	var page Page[Event]
	err := b.read(ctx, "listing events", func(tx pgx.Tx) error {
		l, err := f.list()
		if err != nil {
			return err
		}
		page, err = l.read(ctx, tx, turn)
		return err
	})
	return page, err
}

func (f EventFilter) list() (*list[Event], error) {
	l := &list[Event]{name: "events", filter: f, columns: eventColumns, from: "inbox_events e", fields: eventFields,
		key: "e.seq", as: "bigint", id: "e.seq", idAs: "bigint", down: true}
	w := &l.where
	if err := oneOf("status", f.Status, EventStatuses()); err != nil {
		return nil, err
	}
	w.exactly("e.status", f.Status)
	kind, err := tidyFind(f.Type)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		w.and("e.type = %s", kind)
	}
	find, err := tidyFind(f.Find)
	if err != nil {
		return nil, err
	}
	if find != "" {
		w.and(`e.seq = any(array(select seq from inbox_events where event_id = %s
			union all select seq from inbox_events where event_objects(payload) @> array[%s::text]))`, find, find)
	}
	return l, nil
}

package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Source is what the inbox asks of Stripe.
type Source interface {
	// APIVersion is the version in whose shapes Objects and Object answer.
	APIVersion() string
	// Events hands on the events made at since or later, page by page, in the order
	// in which they happened; with undelivered only those that no endpoint took.
	Events(ctx context.Context, since time.Time, undelivered bool, page func(events []json.RawMessage) error) error
	// Objects hands on the objects of a list that were made at since or later (a
	// zero since: all), newest first, page by page, beginning after an object's id
	// or, with "", at the newest. at is a moment not after that of which the objects
	// tell.
	Objects(ctx context.Context, list string, since time.Time, after string,
		page func(objects []json.RawMessage, at time.Time) error) error
	// Object reads one object by its path below /v1/. Its error has the code
	// payments.NotFound where there is none.
	Object(ctx context.Context, path string) (object json.RawMessage, at time.Time, err error)
}

// Fetch takes in the events that Stripe made at since or later. Those that are
// here already, in the shape of whichever API version, count as duplicates; one
// that is parked in every shape is taken, for Stripe's copy may be readable.
// progress hears after each page. newest is when the newest of them was made, by
// Stripe's clock, zero where there was none.
func (in *Inbox) Fetch(ctx context.Context, from Source, since time.Time, undelivered bool, progress func(Tally)) (sum Tally, newest time.Time, err error) {
	err = from.Events(ctx, since, undelivered, func(events []json.RawMessage) error {
		missing, last, err := in.missing(ctx, events)
		if err != nil {
			return err
		}
		tally, err := in.ReceiveMany(ctx, missing)
		if err != nil {
			return err
		}
		known := len(events) - len(missing)
		tally.Events, tally.Duplicate = tally.Events+known, tally.Duplicate+known
		sum.Add(tally)
		if last.After(newest) {
			newest = last
		}
		progress(sum)
		return nil
	})
	return sum, newest, err
}

// missing gives the events whose id is not in the inbox, or only parked, and the time of the
// newest of all.
func (in *Inbox) missing(ctx context.Context, events []json.RawMessage) (missing [][]byte, newest time.Time, err error) {
	ids := make([]string, len(events))
	for i, raw := range events {
		var e struct {
			ID      string `json:"id"`
			Created int64  `json:"created"`
		}
		// What cannot be read has no id that could be known: it is taken and parked.
		if json.Unmarshal(raw, &e) == nil {
			ids[i] = e.ID
		}
		if at := time.Unix(e.Created, 0); e.Created > 0 && at.After(newest) {
			newest = at
		}
	}
	rows, err := in.DB.Query(ctx, `select distinct event_id from inbox_events where event_id = any($1) and status <> 'parked'`, ids)
	if err != nil {
		return nil, newest, fmt.Errorf("looking for known events: %w", err)
	}
	known := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return nil, newest, fmt.Errorf("looking for known events: %w", err)
		}
		known[id] = true
	}
	if err := rows.Err(); err != nil {
		return nil, newest, fmt.Errorf("looking for known events: %w", err)
	}
	for i, raw := range slices.All(events) {
		if !known[ids[i]] {
			missing = append(missing, raw)
		}
	}
	return missing, newest, nil
}

// typeListed is the type of the events in which the inbox keeps what Stripe
// answered, so that a rebuild has it too.
const typeListed = "readerfund.listed"

// asEvent wraps an object that Stripe answered with, so that it is stored and
// merged like any event. Its id is the object's with what it was asked for.
func asEvent(object json.RawMessage, version, id string, at time.Time) ([]byte, error) {
	type data struct {
		Object json.RawMessage `json:"object"`
	}
	raw, err := json.Marshal(struct {
		ID         string `json:"id"`
		Object     string `json:"object"`
		APIVersion string `json:"api_version"`
		Created    int64  `json:"created"`
		Type       string `json:"type"`
		Data       data   `json:"data"`
	}{id, "event", version, at.Unix(), typeListed, data{object}})
	if err != nil {
		return nil, fmt.Errorf("keeping an object that Stripe answered with: %w", err)
	}
	return raw, nil
}

// idOf reads an object's id, "" where it has none.
func idOf(object json.RawMessage) string {
	var o struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(object, &o) != nil {
		return ""
	}
	return o.ID
}

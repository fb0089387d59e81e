package stripegw

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// EventsKept is how far back Stripe lists events
// (https://docs.stripe.com/api/events).
const EventsKept = 30 * 24 * time.Hour

// Events hands on the events that Stripe made at since or later, in the order in
// which they happened, page by page, each in the shape it was made in. With
// undelivered, only those that an endpoint has not taken. Stripe has none older
// than EventsKept. Errors are as with Objects.
//
// ending_before gives the order of time, but needs an event to begin from
// (https://docs.stripe.com/webhooks/process-undelivered-events): the oldest is
// looked for first.
func (g *Gateway) Events(ctx context.Context, since time.Time, undelivered bool, page func([]json.RawMessage) error) error {
	q := query{}
	if undelivered {
		q["delivery_success"] = "false"
	}
	got, err := g.oldest(ctx, q, since)
	newest, seen := "", places(nil)
	for err == nil && len(got.Data) > 0 {
		if newest, err = seen.next(newest, got.Data[0]); err != nil {
			return fmt.Errorf("listing events: %w", err)
		}
		slices.Reverse(got.Data) // a page has its newest first, whatever it was asked for
		if err := page(got.Data); err != nil {
			return err
		}
		if !got.More {
			return nil
		}
		got, _, err = g.page(ctx, q.with("ending_before", newest).path("events"))
	}
	if err != nil {
		return fmt.Errorf("listing events: %w", sorted(err))
	}
	return nil
}

// oldest is the page with the oldest events since then; its More tells whether
// there are newer ones. Of a time whose events do not fit on a page it looks at
// the earlier half, or where that is empty at the later one, until they do: in a
// month's worth of seconds after some twenty questions.
func (g *Gateway) oldest(ctx context.Context, q query, since time.Time) (listed, error) {
	from := since.Unix()
	asked := q.with("created[gte]", strconv.FormatInt(from, 10))
	got, _, err := g.page(ctx, asked.path("events"))
	if err != nil || !got.More || len(got.Data) == 0 {
		return got, err
	}
	var newest struct {
		Created int64 `json:"created"`
	}
	if err := json.Unmarshal(got.Data[0], &newest); err != nil {
		return got, err
	}
	// Always: there are events in [from, until), and more than a page holds.
	for until := newest.Created + 1; until-from > 1; {
		middle := from + (until-from)/2
		asked = q.with("created[gte]", strconv.FormatInt(from, 10)).with("created[lt]", strconv.FormatInt(middle, 10))
		got, _, err = g.page(ctx, asked.path("events"))
		switch {
		case err != nil:
			return got, err
		case len(got.Data) == 0:
			from = middle
		case got.More:
			until = middle
		default:
			got.More = true
			return got, nil
		}
	}
	return g.oldestOfSecond(ctx, q, from)
}

// oldestOfSecond follows the list of one second, which has more events than a
// page holds, to its end.
func (g *Gateway) oldestOfSecond(ctx context.Context, q query, second int64) (listed, error) {
	asked := q.with("created[gte]", strconv.FormatInt(second, 10)).with("created[lt]", strconv.FormatInt(second+1, 10))
	got, _, err := g.page(ctx, asked.path("events"))
	last, seen := "", places(nil)
	for err == nil && got.More && len(got.Data) > 0 {
		if last, err = seen.next(last, got.Data[len(got.Data)-1]); err != nil {
			break
		}
		var next listed
		if next, _, err = g.page(ctx, asked.with("starting_after", last).path("events")); err == nil && len(next.Data) > 0 {
			got = next
			continue
		}
		break
	}
	if err == nil && len(got.Data) == 0 { // they were delivered while we looked
		return g.oldest(ctx, q, time.Unix(second+1, 0))
	}
	got.More = true
	return got, err
}

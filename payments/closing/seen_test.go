package closing_test

import (
	"errors"
	"testing"

	"github.com/readerfund/readerfund/payments/closing"
)

// A reason covers what was shown when it was given. What is unfinished besides, or in
// the place of that, keeps the month open.
func TestAReasonIsForWhatWasSeen(t *testing.T) {
	h := newHouse(t)
	h.finished(t)
	parks := func(id string) {
		h.exec(t, `insert into inbox_events (event_id, api_version, type, received_at, status, error, payload) values ($1, '', 'x', now(), 'parked', 'broken', '{}')`, id)
	}
	looks := func() []string {
		items, err := h.Checklist(t.Context(), october)
		if err != nil {
			t.Fatal(err)
		}
		seen := []string{}
		for _, i := range items {
			if i.Blocks {
				seen = append(seen, i.Digest())
			}
		}
		return seen
	}
	closes := func(seen []string) (closing.Closing, error) {
		return h.Close(t.Context(), closing.Order{Month: october, By: "Carla", Anyway: true, Reason: "fees come tomorrow", Seen: seen})
	}
	refused := func(seen []string, items int) {
		t.Helper()
		_, err := closes(seen)
		if unfinished, is := errors.AsType[*closing.UnfinishedError](err); !is || len(unfinished.Items) != items {
			t.Errorf("%v", err)
		}
	}
	h.tells(t, at(5), gift("a", 5, "succeeded")...)
	seen := looks()
	if len(seen) != 1 {
		t.Fatalf("%v", seen)
	}
	refused([]string{}, 1)
	parks("evt_x")
	refused(seen, 2)
	seen = looks()
	h.exec(t, `delete from inbox_events where event_id = 'evt_x'`)
	parks("evt_y") // as many, and another
	refused(seen, 2)
	seen = looks()
	h.exec(t, `delete from inbox_events where event_id = 'evt_y'`) // less than was seen
	if c, err := closes(seen); err != nil || len(c.Unfinished) != 1 || c.Reason != "fees come tomorrow" {
		t.Errorf("%+v, %v", c, err)
	}
}

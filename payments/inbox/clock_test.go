package inbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
)

// shelf is a source whose lists a test fills by hand.
type shelf struct {
	events  []json.RawMessage
	charges []json.RawMessage
	failing string // the list that cannot be had
}

func (s *shelf) APIVersion() string { return "2023-10-16" }

func (s *shelf) Events(_ context.Context, since time.Time, _ bool, page func([]json.RawMessage) error) error {
	if s.failing == "events" {
		return errCut
	}
	var found []json.RawMessage
	for _, raw := range s.events {
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return err
		}
		if e.Created >= since.Unix() {
			found = append(found, raw)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return page(found)
}

func (s *shelf) Objects(_ context.Context, list string, _ time.Time, _ string, page func([]json.RawMessage, time.Time) error) error {
	switch {
	case list == s.failing:
		return errCut
	case list == "charges" && len(s.charges) > 0:
		return page(s.charges, time.Unix(1_790_000_000, 0))
	}
	return nil
}

func (s *shelf) Object(context.Context, string) (json.RawMessage, time.Time, error) {
	return nil, time.Time{}, errors.New("nobody asks")
}

// charge is an event of a gift that was given at a time.
func (s *shelf) charge(t *testing.T, id string, at time.Time) {
	t.Helper()
	s.events = append(s.events, raw(t, event{
		ID: "evt_" + id, Object: "event", APIVersion: "2023-10-16", Created: at.Unix(), Type: "charge.succeeded",
		Data: object{"object": object{
			"id": "ch_" + id, "object": "charge", "amount": 2500, "currency": "usd", "status": "succeeded", "captured": true,
			"created": at.Unix(), "metadata": object{"readerfund_checkout": "checkout-" + id},
		}},
	}))
}

func standingOf(t *testing.T, in *inbox.Inbox) inbox.Standing {
	t.Helper()
	standing, err := in.Standing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return standing
}

func fillFrom(t *testing.T, in *inbox.Inbox, s inbox.Source, now time.Time) inbox.Filled {
	t.Helper()
	in.Now = func() time.Time { return now }
	done, err := in.FillGaps(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// A clock that was wrong for one reading, by days or by months, either way, keeps
// no event of Stripe's from the books.
func TestAWrongClockDoesNotEndTheFilling(t *testing.T) {
	right := time.Unix(1_790_000_000, 0)
	for _, wrong := range []time.Duration{48 * time.Hour, 29*24*time.Hour + 30*time.Minute, 90 * 24 * time.Hour, -400 * 24 * time.Hour} {
		t.Run(wrong.String(), func(t *testing.T) {
			db := pgtest.New(t)
			in := newInbox(t, db)
			s := &shelf{}
			s.charge(t, "before", right.Add(-time.Hour))
			fillFrom(t, in, s, right)
			s.charge(t, "lost", right.Add(time.Minute))
			fillFrom(t, in, s, right.Add(wrong))
			s.charge(t, "later", right.Add(3*time.Hour))
			fillFrom(t, in, s, right.Add(4*time.Hour))
			if got := books(t, db); len(got) != 3 {
				t.Errorf("%v", got)
			}
			if got := standingOf(t, in); !got.Newest.Equal(right.Add(3*time.Hour)) || !got.Gapless.Equal(right.Add(4*time.Hour)) {
				t.Errorf("newest %s, gapless %s", got.Newest, got.Gapless)
			}
		})
	}
}

// The first time the last day is asked for, and where nothing happens the place
// stays.
func TestTheFirstFillingReachesADayBack(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	now := time.Unix(1_790_000_000, 0)
	s := &shelf{}
	s.charge(t, "old", now.Add(-25*time.Hour))
	s.charge(t, "day", now.Add(-24*time.Hour))
	if done := fillFrom(t, in, s, now); done.Tally.New != 1 {
		t.Errorf("%s", done.Tally)
	}
	for hours := range 3 {
		fillFrom(t, in, s, now.Add(time.Duration(hours)*time.Hour))
	}
	if got := standingOf(t, in); !got.Newest.Equal(now.Add(-24 * time.Hour)) {
		t.Errorf("it stands at %s", got.Newest)
	}
}

// A place in the future, which no event ever had, is left by the next reading.
func TestAWatermarkInTheFutureHeals(t *testing.T) {
	now := time.Unix(1_790_000_000, 0)
	for name, ahead := range map[string]time.Duration{"so that nothing is seen": 48 * time.Hour, "within the overlap": 30 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.New(t)
			in := newInbox(t, db)
			if _, err := db.Exec(t.Context(), `insert into watermarks (name, reached) values ('events', $1)`, now.Add(ahead)); err != nil {
				t.Fatal(err)
			}
			s := &shelf{}
			s.charge(t, "lost", now.Add(-10*time.Minute))
			fillFrom(t, in, s, now)
			s.charge(t, "next", now.Add(time.Minute))
			fillFrom(t, in, s, now.Add(5*time.Minute))
			if got := books(t, db); len(got) != 2 {
				t.Errorf("%v", got)
			}
			if got := standingOf(t, in); !got.Newest.Equal(now.Add(time.Minute)) {
				t.Errorf("it stands at %s", got.Newest)
			}
		})
	}
}

// An import that began before it was known that events are missing has read some
// of its lists before they were made.
func TestAnImportBegunBeforeTheGapDoesNotCloseIt(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	day := time.Unix(1_790_000_000, 0)
	since := day.Add(-1000 * 24 * time.Hour)
	s := &shelf{failing: "balance_transactions"}
	fillFrom(t, in, s, day)
	if _, err := in.Import(t.Context(), s, since, func(inbox.ImportProgress) {}); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	back := day.Add(45 * 24 * time.Hour) // the machine was off
	if done := fillFrom(t, in, s, back); done.Missed.IsZero() {
		t.Fatal("nothing is missing after 45 days")
	}
	missed := day.Add(5 * 24 * time.Hour)
	s.failing, s.charges = "", []json.RawMessage{fmt.Appendf(nil,
		`{"id":"ch_1","object":"charge","status":"succeeded","captured":true,"amount":2500,"currency":"usd","created":%d,"metadata":{"readerfund_checkout":"c1"}}`, missed.Unix())}
	for range 2 { // the end of the first, and one that begins now
		if standingOf(t, in).Missed.IsZero() {
			t.Fatal("what was missed is forgotten before an import has brought it")
		}
		if _, err := in.Import(t.Context(), s, since, func(inbox.ImportProgress) {}); err != nil {
			t.Fatal(err)
		}
	}
	if got := standingOf(t, in); !got.Missed.IsZero() || len(books(t, db)) != 1 {
		t.Errorf("missed %s: %v", got.Missed, books(t, db))
	}
}

// A note that was made by a clock that was ahead does not outlast the import.
func TestAGapNotedByAWrongClockIsClosed(t *testing.T) {
	in := newInbox(t, pgtest.New(t))
	day := time.Unix(1_790_000_000, 0)
	s := &shelf{}
	fillFrom(t, in, s, day)
	if done := fillFrom(t, in, s, day.Add(300*24*time.Hour)); done.Missed.IsZero() {
		t.Fatal("nothing is missing after 300 days")
	}
	fillFrom(t, in, s, day.Add(time.Hour))
	in.Now = func() time.Time { return day.Add(2 * time.Hour) }
	if _, err := in.Import(t.Context(), s, day.Add(-48*time.Hour), func(inbox.ImportProgress) {}); err != nil {
		t.Fatal(err)
	}
	if got := standingOf(t, in); !got.Missed.IsZero() {
		t.Errorf("missed %s", got.Missed)
	}
}

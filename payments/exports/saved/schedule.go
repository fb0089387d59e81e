package saved

import (
	"time"

	"github.com/readerfund/readerfund/payments/calendar"
)

// Every is how often a saved export runs by itself.
type Every string

// How often that may be.
const (
	Never   Every = ""
	Daily   Every = "daily"
	Weekly  Every = "weekly"
	Monthly Every = "monthly"
)

// Schedule says when a saved export runs.
type Schedule struct {
	Every    Every
	Weekday  time.Weekday // where weekly
	MonthDay int          // where monthly, 1 to LastMonthDay
	Minute   int          // of the day on the zone's clocks, 0 to 1439
}

// LastMonthDay is the last day of a month on which an export can run: each month has it.
const LastMonthDay = 28

// Turn is one time that a schedule names.
type Turn struct {
	Day calendar.Day // of which its period is told
	At  time.Time    // when it is due
}

// After gives the first turn of a day that comes after another day.
func (s Schedule) After(day calendar.Day, zone *time.Location) Turn {
	switch next := day.Add(1); s.Every {
	case Weekly:
		return s.turn(next.Add((int(s.Weekday)-int(next.UTC().Weekday())+7)%7), zone)
	case Monthly:
		first := calendar.Date(next.Year, next.Month, s.MonthDay)
		if first.Before(next) {
			first = calendar.Date(next.Year, next.Month+1, s.MonthDay)
		}
		return s.turn(first, zone)
	default:
		return s.turn(next, zone)
	}
}

// From gives the first turn that is due after a moment.
func (s Schedule) From(now time.Time, zone *time.Location) Turn {
	// A time that clocks went over may be due on the day after its own.
	t := s.After(calendar.Of(now.In(zone)).Add(-2), zone)
	for !t.At.After(now) {
		t = s.After(t.Day, zone)
	}
	return t
}

// turn is that of a day: a time that does not exist on it is due at the next that does,
// one that is twice is due the first time.
func (s Schedule) turn(day calendar.Day, zone *time.Location) Turn {
	return Turn{Day: day, At: day.At(time.Duration(s.Minute)*time.Minute, zone)}
}

// CaughtUp is how many missed turns are caught up at most, the latest ones: a week of
// daily exports, half a year of monthly ones.
const CaughtUp = 7

// due gives the turns from next on that are due by now, the oldest first, at most
// CaughtUp of them, how many older ones are passed over, and the turn that comes after.
func (s Schedule) due(next Turn, now time.Time, zone *time.Location) (due []Turn, passed int, after Turn) {
	for ; !next.At.After(now); next = s.After(next.Day, zone) {
		if due = append(due, next); len(due) > CaughtUp {
			due, passed = due[1:], passed+1
		}
	}
	return due, passed, next
}

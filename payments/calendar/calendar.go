// Package calendar reckons days of the calendar in a time zone. A day is a year, a
// month and a number, not a moment: where clocks are changed at midnight a day begins
// at one o'clock, or has its midnight twice, and a moment moved on by a day, or made by
// the time package for a midnight that does not exist, may be of another day than the
// one that was meant. So it is in Santiago, Havana, Cairo and Beirut every year.
package calendar

import (
	"fmt"
	"time"
)

// Day is a day of the Gregorian calendar, of no zone. Make it with Date, Of or Parse;
// days that are the same are equal.
type Day struct {
	Year  int
	Month time.Month
	Day   int // of the month
}

// Date makes a day. A month or day outside of its usual range is counted on, as
// time.Date does: 32 January is 1 February.
func Date(year int, month time.Month, day int) Day {
	return Of(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// Of is the day that the calendar shows at a moment, in the moment's own zone.
func Of(t time.Time) Day {
	year, month, day := t.Date()
	return Day{year, month, day}
}

// From is the first day that begins at a moment or after it, in the moment's own zone:
// days are within a period from one moment up to another where they are not before the
// From of the one, and before the From of the other.
func From(t time.Time) Day {
	d := Of(t).Add(2)
	for before := d.Add(-1); !before.In(t.Location()).Before(t); before = d.Add(-1) {
		d = before
	}
	return d
}

// Parse reads a day of the years 1 to 9999 as 2026-01-31.
func Parse(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1 {
		return Day{}, fmt.Errorf("%q is not a day, written as 2026-01-31", text)
	}
	return Of(t), nil
}

// Begins tells whether a day begins at a moment, in the moment's own zone.
func Begins(t time.Time) bool { return Of(t).In(t.Location()).Equal(t) }

// Add is the day so many days later; earlier where there are fewer than none.
func (d Day) Add(days int) Day { return Date(d.Year, d.Month, d.Day+days) }

// Since is how many days a day comes after another.
func (d Day) Since(other Day) int { return int(d.UTC().Sub(other.UTC()) / (24 * time.Hour)) }

// Before tells whether a day comes before another.
func (d Day) Before(other Day) bool { return d.UTC().Before(other.UTC()) }

// UTC is the day's midnight in UTC, as Stripe and Postgres write a day that has no zone.
func (d Day) UTC() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// String writes the day as 2026-01-31.
func (d Day) String() string { return d.UTC().Format(time.DateOnly) }

// In is the first moment of the day in a zone: midnight, the earlier of two, or the
// moment at which clocks went over it. A day that a zone left out altogether begins
// when the next does.
func (d Day) In(zone *time.Location) time.Time { return d.At(0, zone) }

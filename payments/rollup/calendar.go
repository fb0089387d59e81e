package rollup

import (
	"time"

	"github.com/readerfund/readerfund/payments/calendar"
)

// Compared is a stretch of time and the same one of the year before, as far as the
// clock has come: at half past ten on 3 May, the year before counts until half past ten
// on 3 May too. Before is empty where the year before had no such day.
type Compared struct{ This, Before Range }

// Column is a day or a month of a chart, whole, and the same of the year before.
type Column struct {
	Begins time.Time // in the zone
	Compared
}

// Calendar is the days of a zone at a moment.
type Calendar struct {
	Today, Month, Year Compared
	Until              time.Time // in the zone: the end of the quarter of an hour that lasts
	Days               []Column  // of the month that lasts
	Months             []Column  // of the year that lasts
}

// NewCalendar makes it. All its moments are beginnings of quarters of an hour.
func NewCalendar(now time.Time, zone *time.Location) Calendar {
	now = now.In(zone)
	year, month, day := now.Date()
	date := func(year int, month time.Month, day int) time.Time { return calendar.Date(year, month, day).In(zone) }
	until := now.Truncate(quarter).Add(quarter)
	// The quarter of an hour that lasts counts on both sides.
	then := date(year-1, month, day)
	before := earlier(date(year-1, month, day+1), time.Date(year-1, month, day, now.Hour(), now.Minute(), 0, 0, zone).Truncate(quarter).Add(quarter))
	// On 29 February all of the February before counts. And where clocks went over this
	// time of that day, time.Date may have chosen the evening before it.
	if day > daysIn(year-1, month) || before.Before(then) {
		before = then
	}
	c := Calendar{
		Until: until,
		Today: Compared{Range{date(year, month, day), until}, Range{then, before}},
		Month: Compared{Range{date(year, month, 1), until}, Range{date(year-1, month, 1), before}},
		Year:  Compared{Range{date(year, 1, 1), until}, Range{date(year-1, 1, 1), before}},
	}
	for d := 1; d <= daysIn(year, month); d++ {
		col := Column{Begins: date(year, month, d), Compared: Compared{This: Range{date(year, month, d), date(year, month, d+1)}}}
		if d <= daysIn(year-1, month) {
			col.Before = Range{date(year-1, month, d), date(year-1, month, d+1)}
		}
		c.Days = append(c.Days, col)
	}
	for m := time.January; m <= time.December; m++ {
		c.Months = append(c.Months, Column{Begins: date(year, m, 1), Compared: Compared{
			Range{date(year, m, 1), date(year, m+1, 1)}, Range{date(year-1, m, 1), date(year-1, m+1, 1)},
		}})
	}
	return c
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func daysIn(year int, month time.Month) int {
	return calendar.Date(year, month+1, 0).Day
}

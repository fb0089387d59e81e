package rollup

import "time"

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
	until := now.Truncate(quarter).Add(quarter)
	// The quarter of an hour that lasts counts on both sides.
	then := date(year-1, month, day, zone)
	before := earlier(date(year-1, month, day+1, zone), time.Date(year-1, month, day, now.Hour(), now.Minute(), 0, 0, zone).Truncate(quarter).Add(quarter))
	if day > daysIn(year-1, month) { // 29 February: of the year before, all of February counts
		before = then
	}
	c := Calendar{
		Until: until,
		Today: Compared{Range{date(year, month, day, zone), until}, Range{then, before}},
		Month: Compared{Range{date(year, month, 1, zone), until}, Range{date(year-1, month, 1, zone), before}},
		Year:  Compared{Range{date(year, 1, 1, zone), until}, Range{date(year-1, 1, 1, zone), before}},
	}
	for d := 1; d <= daysIn(year, month); d++ {
		col := Column{Begins: date(year, month, d, zone), Compared: Compared{This: Range{date(year, month, d, zone), date(year, month, d+1, zone)}}}
		if d <= daysIn(year-1, month) {
			col.Before = Range{date(year-1, month, d, zone), date(year-1, month, d+1, zone)}
		}
		c.Days = append(c.Days, col)
	}
	for m := time.January; m <= time.December; m++ {
		c.Months = append(c.Months, Column{Begins: date(year, m, 1, zone), Compared: Compared{
			Range{date(year, m, 1, zone), date(year, m+1, 1, zone)}, Range{date(year-1, m, 1, zone), date(year-1, m+1, 1, zone)},
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
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// date is the first moment of a day in a zone. There are days that do not begin at
// midnight, and days that have it twice, where clocks are changed just then: what
// time.Date gives of those may lie a day before, or an hour late.
func date(year int, month time.Month, day int, zone *time.Location) time.Time {
	wanted := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	at := time.Date(year, month, day, 0, 0, 0, 0, zone)
	begin, end := at.ZoneBounds()
	if of(at).Before(wanted) {
		return end.In(zone) // midnight is left out: the day begins with the other time
	}
	if !begin.IsZero() && at.Sub(begin) < 24*time.Hour {
		_, now := at.Zone()
		_, was := begin.Add(-time.Second).In(zone).Zone()
		if twice := at.Add(-time.Duration(was-now) * time.Second); was > now && twice.Before(begin) && of(twice).Equal(wanted) {
			return twice
		}
	}
	return at
}

// of is the day that a moment is of, as midnight UTC.
func of(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

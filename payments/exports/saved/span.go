package saved

import (
	"time"

	"github.com/readerfund/readerfund/payments/calendar"
)

// Span is a kind of period, told from the day on which an export runs. All of them end
// before that day begins: a day that is not over is in no scheduled report.
type Span string

// The spans.
const (
	Yesterday      Span = "yesterday"
	LastWeek       Span = "last_week" // Monday to Sunday, as ISO 8601 has weeks
	LastMonth      Span = "last_month"
	LastQuarter    Span = "last_quarter" // three months from January, April, July or October on
	LastFiscalYear Span = "last_fiscal_year"
	// YearSoFar is the calendar's year of the day before, up to that day: on 1 January
	// it is the whole year before.
	YearSoFar Span = "year_so_far"
)

// Spans lists the kinds of periods there are, the shortest first.
func Spans() []Span {
	return []Span{Yesterday, LastWeek, LastMonth, LastQuarter, LastFiscalYear, YearSoFar}
}

// Period is whole days of a zone: From is included, To is not.
type Period struct{ From, To calendar.Day }

// On gives the period of an export that runs on a day. fiscal is the month with which
// the fiscal year starts.
func (s Span) On(day calendar.Day, fiscal time.Month) Period {
	switch s {
	case LastWeek:
		to := day.Add(-daysSince(time.Monday, day))
		return Period{to.Add(-7), to}
	case LastMonth:
		return Period{calendar.Date(day.Year, day.Month-1, 1), calendar.Date(day.Year, day.Month, 1)}
	case LastQuarter:
		begun := day.Month - (day.Month-1)%3
		return Period{calendar.Date(day.Year, begun-3, 1), calendar.Date(day.Year, begun, 1)}
	case LastFiscalYear:
		to := calendar.Date(day.Year, fiscal, 1)
		if day.Before(to) {
			to = calendar.Date(day.Year-1, fiscal, 1)
		}
		return Period{calendar.Date(to.Year-1, fiscal, 1), to}
	case YearSoFar:
		return Period{calendar.Date(day.Add(-1).Year, 1, 1), day}
	default: // Yesterday
		return Period{day.Add(-1), day}
	}
}

// In gives the moments of the period in a zone.
func (p Period) In(zone *time.Location) (from, to time.Time) { return p.From.In(zone), p.To.In(zone) }

// daysSince is how many days before a day, or on it, the last such weekday was.
func daysSince(weekday time.Weekday, day calendar.Day) int {
	return (int(day.UTC().Weekday()) - int(weekday) + 7) % 7
}

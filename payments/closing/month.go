package closing

import (
	"fmt"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/report"
)

// Month is a month of the calendar, written as 2026-10. A fiscal year is its months.
type Month struct {
	Year int
	Of   time.Month
}

// ParseMonth reads a month of the years 1 to 9999 as 2026-10. Errors: Invalid.
func ParseMonth(text string) (Month, error) {
	d, err := calendar.Parse(text + "-01")
	if err != nil {
		return Month{}, &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf("%.40q is not a month; write it as 2026-10", text)}
	}
	return Month{d.Year, d.Month}, nil
}

// MonthOf is the month that the calendar shows at a moment, in the moment's own zone.
func MonthOf(t time.Time) Month {
	d := calendar.Of(t)
	return Month{d.Year, d.Month}
}

// Add is the month so many months later; earlier where there are fewer than none.
func (m Month) Add(months int) Month {
	d := calendar.Date(m.Year, m.Of+time.Month(months), 1)
	return Month{d.Year, d.Month}
}

// Before tells whether a month comes before another.
func (m Month) Before(other Month) bool {
	return m.Year < other.Year || m.Year == other.Year && m.Of < other.Of
}

// In is when the month begins in a zone, and when it is over: the first moment that is
// no longer of it.
func (m Month) In(zone *time.Location) (from, to time.Time) {
	return calendar.Date(m.Year, m.Of, 1).In(zone), calendar.Date(m.Year, m.Of+1, 1).In(zone)
}

// String writes the month as 2026-10.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, int(m.Of)) }

// Words writes the month as October 2026.
func (m Month) Words() string { return fmt.Sprintf("%s %d", m.Of, m.Year) }

// query is that of the month's reports.
func (m Month) query(zone *time.Location) report.Query {
	q := report.Query{Zone: zone}
	q.From, q.To = m.In(zone)
	return q
}

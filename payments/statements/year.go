package statements

import (
	"fmt"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
)

// The years of which there are statements.
const (
	firstYear = 2000
	lastYear  = 9998
)

// span is a calendar year of a zone: its first moment, and that of the next year.
type span struct {
	year     int
	from, to time.Time
}

// spanOf gives the span of a year. Errors: Invalid where there is no such year.
func spanOf(year int, zone *time.Location) (span, error) {
	if year < firstYear || year > lastYear {
		return span{}, &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf("Write a year from %d on, with its four digits.", firstYear)}
	}
	return span{year, calendar.Date(year, time.January, 1).In(zone), calendar.Date(year+1, time.January, 1).In(zone)}, nil
}

// check refuses a year that cannot be told of yet. One that has begun and not ended is
// let through where somebody asks for it knowingly.
func (s span) check(now time.Time, anyway bool) error {
	switch {
	case now.Before(s.from):
		return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf("%d has not begun yet.", s.year)}
	case now.Before(s.to) && !anyway:
		return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(
			"%d has not ended yet, so that a statement of it would lack gifts. Wait until the year is over, or say that it is meant.", s.year)}
	}
	return nil
}

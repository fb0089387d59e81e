package report

import (
	"fmt"
	"time"
)

// unfinished says that the last sum of a journal is of days that were not over when
// the snapshot was taken: what Stripe books in them later belongs to the same number.
// It is nil where each sum is of days that are over. Journals of single entries need
// no such word: what comes later has numbers of its own.
func unfinished(q Query, by Summary, asOf time.Time) []string {
	if by == Each || q.Basis == Booked || !asOf.Before(q.To) {
		return nil
	}
	return []string{fmt.Sprintf("the period ends at %s and was not over at %s: the last sums lack what Stripe books until then, "+
		"and a later export gives them other amounts under the same numbers. Import this only to look at it, and export again once the period is over",
		q.To.In(q.Zone).Format(time.RFC3339), asOf.In(q.Zone).Format(time.RFC3339))}
}

// nothingBooked says why a journal holds nothing; it is nil where it holds something.
func nothingBooked(q Query, rows int64) []string {
	if rows > 0 {
		return nil
	}
	note := "nothing was booked in this period that fits what was asked for: there is nothing to import"
	if q.Currency != "" {
		note += fmt.Sprintf("; currency %s is %s", q.Currency, CurrencyOf("journal"))
	}
	return []string{note}
}

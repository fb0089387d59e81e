package desk

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/report"
)

// reportWords say what a report has a row for.
func reportWords(name string) string {
	switch name {
	case "donations":
		return "every gift, with donor, fee and payout"
	case "recurring":
		return "recurring donations that ran in the period"
	case "donors":
		return "who gave in the period, and how much"
	case "appeals":
		return "what each appeal brought"
	case "payouts":
		return "what each payout carried"
	case "journal":
		return "every line of the ledger"
	}
	return ""
}

// labelWords are what an export is called on a page.
func labelWords(run exports.Run) string {
	label := run.Label()
	first, size := utf8.DecodeRuneInString(label)
	return string(unicode.ToUpper(first)) + label[size:]
}

// tookWords say how long something took.
func tookWords(d time.Duration) string {
	if d < time.Second {
		return "less than a second"
	}
	return d.Round(time.Second).String()
}

// formatWords say what a format is for.
func formatWords(format string) string {
	switch format {
	case "csv":
		return "CSV, for spreadsheets and imports"
	case "xlsx":
		return "Excel, with real dates and a sheet of totals"
	case "jsonl":
		return "JSON Lines, for programs"
	case "parquet":
		return "Parquet, for DuckDB, pandas and their like"
	}
	if b, forBooks := exports.ReadFormat(format); forBooks {
		return booksWords(b)
	}
	return format
}

// basisWords say which day of a row falls into the period.
func basisWords(b report.Basis) string {
	switch b {
	case report.Received:
		return "received"
	case report.Available:
		return "available for payout"
	case report.PaidOut:
		return "arrival of the payout"
	case report.Booked:
		return "booked"
	}
	return string(b)
}

// periodWords are a period as people say it, with its last day and not the one after.
func periodWords(q report.Query) string {
	from, to := q.From.In(q.Zone), q.To.In(q.Zone)
	if !calendar.Begins(from) || !calendar.Begins(to) {
		return from.Format("2006-01-02 15:04:05") + " to " + to.Format("2006-01-02 15:04:05") + ", " + q.Zone.String()
	}
	first, last := calendar.Of(from), calendar.Of(to).Add(-1)
	words := first.String() + " to " + last.String()
	if first == last {
		words = first.String()
	}
	return words + ", " + q.Zone.String()
}

// narrowedWords say what a report is narrowed to; "" for nothing.
func narrowedWords(q report.Query) string {
	var parts []string
	if q.Currency != "" {
		parts = append(parts, string(q.Currency))
	}
	if q.Campaign != "" {
		parts = append(parts, "campaign "+q.Campaign)
	}
	if q.Basis != report.Own {
		parts = append(parts, "by "+basisWords(q.Basis))
	}
	return strings.Join(parts, ", ")
}

// sizeWords write a number of bytes in units of 1,000.
func sizeWords(bytes int64) string {
	units, size := []string{"kB", "MB", "GB", "TB"}, float64(bytes)/1000
	if bytes < 1000 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	for size >= 999.95 && len(units) > 1 {
		units, size = units[1:], size/1000
	}
	return fmt.Sprintf("%.1f %s", size, units[0])
}

// span is a period to choose, of whole days.
type span struct {
	Value, Label string
	from, end    calendar.Day // end is the day after the last
}

// spans are the periods that are offered on a day: the last month first, since that is
// what is asked for when a month is closed. fiscal is the month that the fiscal year
// begins with.
func spans(today calendar.Day, fiscal time.Month) []span {
	month := calendar.Date(today.Year, today.Month, 1)
	quarter := calendar.Date(today.Year, (today.Month-1)/3*3+1, 1)
	year := calendar.Date(today.Year, 1, 1)
	before := func(d calendar.Day, months int) calendar.Day {
		return calendar.Date(d.Year, d.Month-time.Month(months), 1)
	}
	end := today.Add(1)
	all := []span{
		{"last-month", "last month", before(month, 1), month},
		{"this-month", "this month so far", month, end},
		{"last-quarter", "last quarter", before(quarter, 3), quarter},
		{"this-year", "this year so far", year, end},
		{"last-year", "last year", before(year, 12), year},
	}
	if fiscal > time.January && fiscal <= time.December {
		begins := calendar.Date(today.Year, fiscal, 1)
		if today.Before(begins) {
			begins = before(begins, 12)
		}
		all = append(all,
			span{"this-fiscal-year", "this fiscal year so far", begins, end},
			span{"last-fiscal-year", "last fiscal year", before(begins, 12), begins})
	}
	for i := range all {
		s := &all[i]
		s.Label += " (" + s.from.String() + " to " + s.end.Add(-1).String() + ")"
	}
	return all
}

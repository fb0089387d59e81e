package saved

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/report"
)

// mostReaders bounds how many are told of one saved export.
const mostReaders = 50

// checked brings into form what was typed, or says what is wrong with it.
func checked(e Export) (Export, error) {
	e.Name = strings.Join(strings.Fields(e.Name), " ")
	e.Readers = slices.Compact(slices.Sorted(slices.Values(e.Readers)))
	s := &e.Schedule
	if s.MonthDay == 0 && s.Every != Monthly {
		s.MonthDay = 1
	}
	switch {
	case e.Name == "" || utf8.RuneCountInString(e.Name) > LongestName || !utf8.ValidString(e.Name) || strings.ContainsFunc(e.Name, unicode.IsControl):
		return e, invalid("Write a name, in at most %d letters.", LongestName)
	case strings.ContainsFunc(e.Name, turning) || !strings.ContainsFunc(e.Name, seen):
		return e, invalid("Write a name that can be read: without signs that turn the direction of writing.")
	case slices.ContainsFunc(append([]string{e.Campaign, string(e.Currency)}, e.Readers...), noText):
		return e, invalid("The campaign, the currency or a reader has letters in it that are none. Choose again.")
	case !slices.Contains(report.Names(), e.Report):
		return e, invalid("Choose a report: %s.", strings.Join(report.Names(), ", "))
	case !slices.Contains(Spans(), e.Span):
		return e, invalid("Choose a period.")
	case e.Zone == nil || e.Zone == time.Local || e.Zone.String() == "":
		return e, invalid("Name the time zone, such as Europe/London or UTC.")
	case len(e.Campaign) > 255 || len(e.Currency) > 255:
		return e, invalid("A campaign and a currency have at most 255 letters.")
	case e.Folder != "" && !folderName().MatchString(e.Folder):
		return e, invalid("Name the folder in small letters a to z, digits and hyphens, such as month-end; at most 63 of them.")
	case len(e.Readers) > mostReaders:
		return e, invalid("At most %d people can be told of one export.", mostReaders)
	}
	if err := exports.CheckFormat(e.Report, e.Format); err != nil {
		return e, &payments.Error{Code: payments.Invalid, Sentence: err.Error(), Err: err}
	}
	if b, _ := exports.ReadFormat(e.Format); b.Opens == exports.First {
		return e, invalid("A ledger has one first journal: order that by itself, and save the others, with accounts in a file of their own.")
	}
	if err := s.check(); err != nil {
		return e, err
	}
	if err := report.CheckFilters(e.Report, report.Query{Zone: e.Zone, Currency: e.Currency, Campaign: e.Campaign, Basis: e.Basis}); err != nil {
		words := err.Error()
		return e, &payments.Error{Code: payments.Invalid, Sentence: strings.ToUpper(words[:1]) + words[1:] + ".", Err: err}
	}
	return e, nil
}

// turning tells of the signs that make a text look as if it were another one
// (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
func turning(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }

// seen tells of signs that leave something on a page.
func seen(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// noText tells of what Postgres takes for no text.
func noText(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) }

// folderName is what a folder may be called: nothing that leads elsewhere, that is
// hidden, or that a file of a run is called.
func folderName() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`) }

func (s Schedule) check() error {
	switch {
	case s.Every != Never && s.Every != Daily && s.Every != Weekly && s.Every != Monthly:
		return invalid("Choose how often it runs: never by itself, each day, each week or each month.")
	case s.Weekday < time.Sunday || s.Weekday > time.Saturday:
		return invalid("Choose the day of the week.")
	case s.MonthDay < 1 || s.MonthDay > LastMonthDay:
		return invalid("Choose a day of the month from 1 to %d: each month has those.", LastMonthDay)
	case s.Minute < 0 || s.Minute >= 24*60:
		return invalid("Write the time as on a clock of 24 hours, such as 06:30.")
	}
	return nil
}

func invalid(format string, a ...any) error {
	return &payments.Error{Code: payments.Invalid, Sentence: fmt.Sprintf(format, a...)}
}

func unknown() error {
	return &payments.Error{Code: payments.NotFound, Sentence: "There is no such saved export; maybe somebody removed it."}
}

// explain makes a sentence of what the database refused, and of what it could not do.
func explain(err error, doing string) error {
	if err == nil || payments.CodeOf(err) != "" {
		return err
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch refused.ConstraintName {
		case "saved_exports_name":
			return &payments.Error{Code: payments.Invalid, Sentence: "There is a saved export of this name already. Choose another name.", Err: err}
		case "saved_exports_folder":
			return &payments.Error{Code: payments.Invalid, Sentence: "Another saved export puts its files into this folder. Choose another folder.", Err: err}
		}
	}
	return &payments.Error{Code: payments.Unavailable, Sentence: "The books cannot be reached at the moment. Please try again in a minute.", Err: fmt.Errorf("%s: %w", doing, err)}
}

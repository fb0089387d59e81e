package desk

import (
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// table is what the template of that name shows.
type table struct {
	ID, Caption string
	Columns     []column
	Rows        []row
	Foot        []row
	Empty       string // what is said where there are no rows
	Named       bool   // the page's head says already what it is
	Cards       bool   // on a phone each row is a card with the columns' names in it, and nothing is cut
}

// Label is the name of the column of a cell; "" where it has none.
func (t table) Label(i int) string {
	if i >= len(t.Columns) {
		return ""
	}
	return t.Columns[i].Label
}

// column is a head; a number's stand at the right.
type column struct {
	Label  string
	Number bool
}

// row is one line; Quiet stands back.
type row struct {
	Cells []cell
	Quiet bool
}

// cell is one value, maybe with a link and with a second line.
type cell struct {
	Text, Href string
	Note       string
	Mark       string // good, wrong, wait: how the text is set off
	Number     bool
	Code       bool // an id: it may break anywhere
}

// fact is a name with its value, for a page's head.
type fact struct {
	Name string
	cell
}

func text(s string) cell { return cell{Text: s} }

func code(s string) cell { return cell{Text: s, Code: true} }

func number(s string) cell { return cell{Text: s, Number: true} }

func link(s, href string) cell { return cell{Text: s, Href: href} }

// amount writes an amount with its code, as a number.
func amount(a money.Amount) cell { return number(inWords(a)) }

// inWords writes an amount with its code: "1,234.50 EUR".
func inWords(a money.Amount) string {
	if a.Currency == "" {
		return "–"
	}
	return figure(a) + "\u00a0" + string(a.Currency)
}

// amounts writes one of each currency.
func amounts(all []money.Amount) cell {
	if len(all) == 0 {
		return number("–")
	}
	parts := make([]string, len(all))
	for i, a := range all {
		parts[i] = inWords(a)
	}
	return number(strings.Join(parts, ", "))
}

// clock writes a moment in the desk's zone; "–" for none.
func (l *lister) clock(t time.Time) string {
	if t.IsZero() || t.Year() < 2 {
		return "–"
	}
	return t.In(l.Zone).Format("2006-01-02 15:04:05")
}

// date writes its day.
func (l *lister) date(t time.Time) string {
	if t.IsZero() || t.Year() < 2 {
		return "–"
	}
	return t.In(l.Zone).Format(time.DateOnly)
}

// bankDay writes a day that Stripe tells as midnight UTC, and that no zone moves.
func bankDay(t time.Time) string {
	if t.IsZero() || t.Year() < 2 {
		return "–"
	}
	return t.UTC().Format(time.DateOnly)
}

// plainWords makes a code's words readable: "past_due" is "past due".
func plainWords(code string) string { return strings.ReplaceAll(code, "_", " ") }

// orDash writes something where there is nothing.
func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// kindWords are those of a gift's kind.
func kindWords(kind string) string {
	if kind == "one_time" {
		return "once"
	}
	return kind
}

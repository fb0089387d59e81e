// Package sheet writes a report's rows in the formats that finance asks for: CSV,
// JSON Lines, XLSX and Parquet. A report says once what its columns are and gives
// typed cells; what a date, an amount or an empty cell looks like in each format is
// decided here. Rows are written as they come: no format holds a report in memory.
package sheet

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Format is how a report is written.
type Format string

// The formats that there are.
const (
	// CSV is RFC 4180 with a header, lines end with \n. A text that a spreadsheet would
	// run as a formula gets an apostrophe before it.
	CSV Format = "csv"
	// XLSX is a workbook with real dates and numbers, a sheet of the totals and one that
	// says what was asked for.
	XLSX Format = "xlsx"
	// JSONL is one JSON object a line. Amounts are strings, since many programs read
	// JSON's numbers as floats.
	JSONL Format = "jsonl"
	// Parquet is a table of typed columns for DuckDB, pandas, Spark and their like.
	Parquet Format = "parquet"
)

// Formats lists the formats that there are.
func Formats() []Format { return []Format{CSV, XLSX, JSONL, Parquet} }

// Kind is what the cells of a column are.
type Kind uint8

// The kinds of cells. Any cell can be empty instead: an empty field in CSV, an empty
// cell in XLSX, null in JSON Lines and Parquet.
const (
	// Text is text. An empty text is an empty cell.
	Text Kind = iota
	// Time is a moment, to the whole second: RFC 3339 in the report's zone in CSV and
	// JSON Lines, the time on that zone's clock in XLSX, UTC in Parquet.
	Time
	// Date is a day that no zone moves.
	Date
	// Amount is money, in major units with the currency's own digits; the currency stands
	// in a column of its own. In Parquet it is a DECIMAL with three digits, which holds
	// every currency exactly.
	Amount
	// Count is a whole number.
	Count
	// Flag is true or false.
	Flag
	// Rate is a decimal number that is no money and is shown as it was told, such as
	// Stripe's exchange rate: text, but a number in XLSX.
	Rate
)

// Column is a column of a report.
type Column struct {
	Name string
	Kind Kind
}

// Options say what is common to all rows.
type Options struct {
	Title   string // what the report is called: the name of the sheet, of Parquet's schema
	Zone    *time.Location
	Columns []Column
	// TempDir is where the rows of a workbook stand until it is whole; "" for the
	// system's own place. It has to be there.
	TempDir string
}

// Note is something to know about a report: "timezone", "Europe/Berlin".
type Note struct{ Name, Value string }

// Total is the sum of a column in one currency.
type Total struct {
	Of     string // which rows: "status succeeded"; "" for all
	Column string
	Amount money.Amount
}

// Summary is what is known of a report when its last row is written.
type Summary struct {
	Notes  []Note
	Totals []Total
}

// Writer writes the rows of a report.
type Writer interface {
	// Write writes a row. It keeps nothing of it: the caller fills the same Row again.
	Write(r *Row) error
	// Close writes what is left, and not before it is the file whole. What the file is
	// written to stays open.
	Close(s Summary) error
	// Abandon gives up a file that will not be whole, and what was kept for it on disk.
	// After Close it does nothing.
	Abandon()
}

// Option changes how a file is written.
type Option func(*limits)

// limits are what a format may hold.
type limits struct{ sheetRows int }

// RowsInSheet is how many rows a sheet of XLSX has at most, its header included; without
// it, as many as Excel has.
func RowsInSheet(most int) Option { return func(l *limits) { l.sheetRows = most } }

// New begins a file of the format on w.
func New(f Format, w io.Writer, o Options, options ...Option) (Writer, error) {
	l := limits{sheetRows: maxSheetRows}
	for _, option := range options {
		option(&l)
	}
	switch f {
	case CSV:
		return newCSV(w, o)
	case JSONL:
		return newJSONL(w, o), nil
	case XLSX:
		return newXLSX(w, o, l.sheetRows)
	case Parquet:
		return newParquet(w, o), nil
	}
	var known []string
	for _, f := range Formats() {
		known = append(known, string(f))
	}
	return nil, fmt.Errorf("format %q is not known; known: %s", f, strings.Join(known, ", "))
}

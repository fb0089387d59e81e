package bank

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxFile bounds a statement, in bytes.
const maxFile = 64 << 20

// headWithin is within how many rows the headings must come: many banks put the
// account and the period before them.
const headWithin = 40

// row is a record of the file and the line that it begins on.
type row struct {
	line  int
	cells []string
}

// table splits the file at the mark with which the headings can be found, and gives
// the rows below them. Where they are not found, the columns have no headings.
func table(text string, o Options) ([]row, columns, error) {
	marks := []rune{',', ';', '\t', '|'}
	switch {
	case strings.EqualFold(o.Delimiter, "tab"):
		marks = []rune{'\t'}
	case utf8.RuneCountInString(o.Delimiter) == 1 && !strings.Contains("\"\r\n\ufffd", o.Delimiter):
		marks = []rune(o.Delimiter)
	case o.Delimiter != "":
		return nil, columns{}, fmt.Errorf("--delimiter %q is none: write one character, or tab", o.Delimiter)
	}
	var near nearest
	known := headings()
	for _, mark := range marks {
		rows, err := split(text, mark)
		for i, r := range rows {
			if i == headWithin {
				break
			}
			c, ok := find(r.cells, known, o.Columns)
			if ok {
				if err != nil {
					return nil, c, err
				}
				rows = rows[i+1:]
				c.settle(rows, o.Columns)
				return rows, c, c.once(rows, known, o.Columns)
			}
			near.look(r, c, err)
		}
	}
	if strings.TrimSpace(text) == "" {
		return nil, columns{}, errors.New("the file is empty")
	}
	if err := notCSV(text); err != nil {
		return nil, columns{}, err
	}
	return nil, columns{}, o.noHeadings(near)
}

// split gives the rows up to the first that cannot be read, and why. A quotation mark
// in the middle of a text does no harm; one that opens and never closes would take all
// rows below it into that text.
func split(text string, mark rune) ([]row, error) {
	rows, err := splitBy(text, mark, false)
	if err == nil {
		return rows, nil
	}
	broken, isCSV := errors.AsType[*csv.ParseError](err)
	if !isCSV {
		return rows, fmt.Errorf("the file is not readable as CSV: %w", err)
	}
	if rows, err = splitBy(text, mark, true); err != nil {
		return rows, fmt.Errorf("the file is not readable as CSV: %w", err)
	}
	at := slices.IndexFunc(rows, func(r row) bool {
		return slices.ContainsFunc(r.cells, func(cell string) bool { return strings.Contains(cell, "\n") })
	})
	if at < 0 {
		return rows, nil
	}
	return rows[:at], fmt.Errorf("row %d: a quotation mark (row %d, character %d) makes it doubtful where texts end; take out the one that stands alone, or write it twice",
		rows[at].line, broken.Line, broken.Column)
}

func splitBy(text string, mark rune, lazy bool) ([]row, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = mark, -1, lazy
	var rows []row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, row{line, cells})
	}
}

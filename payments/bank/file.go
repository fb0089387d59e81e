package bank

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// maxFile bounds a statement, in bytes.
const maxFile = 64 << 20

// headWithin is within how many rows the headings must come: many banks put the
// account and the period before them.
const headWithin = 40

// decoded gives the file as UTF-8. Older programs of banks write Windows-1252.
func decoded(raw []byte) (string, error) {
	noText := errors.New("this is no text: export the statement as CSV, not as a spreadsheet or PDF")
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return "", fmt.Errorf("the file is not readable as UTF-16: %w", err)
		}
		if bytes.IndexByte(text, 0) >= 0 {
			return "", noText
		}
		return string(text), nil
	case bytes.IndexByte(raw, 0) >= 0, bytes.HasPrefix(raw, []byte("%PDF-")):
		return "", noText
	case utf8.Valid(raw):
		return strings.TrimPrefix(string(raw), "\ufeff"), nil
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return "", fmt.Errorf("the file is neither UTF-8 nor Windows-1252: %w", err)
	}
	return string(text), nil
}

// row is a record of the file and the line that it begins on.
type row struct {
	line  int
	cells []string
}

// table splits the file at the mark with which the headings can be found, and gives
// the rows below them.
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
	var broken error
	known := headings()
	for _, mark := range marks {
		rows, err := split(text, mark)
		if err != nil {
			broken = errors.Join(broken, err)
		}
		for i, r := range rows {
			if i == headWithin {
				break
			}
			if c, ok := find(r.cells, known, o.Columns); ok {
				if err != nil {
					return nil, c, err
				}
				rows = rows[i+1:]
				c.settle(rows, o.Columns)
				return rows, c, c.once(rows, known, o.Columns)
			}
		}
	}
	if strings.TrimSpace(text) == "" {
		return nil, columns{}, errors.New("the file is empty")
	}
	return nil, columns{}, errors.Join(o.noHeadings(), broken)
}

// noHeadings says what the row of headings must have.
func (o Options) noHeadings() error {
	var told []string
	for _, r := range roles() {
		if name, is := o.Columns[r]; is && name != noColumn {
			told = append(told, fmt.Sprintf("%s=%s", r, name))
		}
	}
	if told == nil {
		return errors.New("no row has the headings of a date, an amount (or credit and debit) and a text; " +
			"name those of the file, as in --column date=Buchungstag --column amount=Betrag --column text=Verwendungszweck")
	}
	return fmt.Errorf("no row has all headings that were told (%s) and those of a date, an amount (or credit and debit) and a text; write them as they stand in the file",
		strings.Join(told, ", "))
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

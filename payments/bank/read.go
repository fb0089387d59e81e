package bank

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/readerfund/readerfund/payments/money"
)

// Options say how a file is written, where that cannot be seen from it.
type Options struct {
	DateFormat string         // one of DateFormats; "" is found out
	Decimal    string         // . or ,; "" is found out
	Delimiter  string         // one character, or "tab"; "" is found out
	Currency   money.Currency // of files without a column for it
	// Columns are the headings of the file by what stands below them: date, amount,
	// credit, debit, currency, text. Those of many banks are known.
	Columns map[string]string
	// Names are what payouts are called on the statement, beside Stripe.
	Names []string
}

// maxFile bounds a statement, in bytes.
const maxFile = 64 << 20

// headWithin is within how many rows the headings must come: many banks put the
// account and the period before them.
const headWithin = 40

// Read reads a statement: a file with headings, of a date, an amount (or credit and
// debit) and a text, in any order. How dates and amounts are written is found out
// from all of them together; where two ways fit and differ, the error says what to
// tell. skipped counts rows that are no bookings: without a date and an amount, or of
// nothing. Errors are sentences for whoever has the file.
func Read(r io.Reader, o Options) (lines []Line, skipped int, err error) {
	if err := checkOwn(o.Columns); err != nil {
		return nil, 0, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("reading the file: %w", err)
	case len(raw) > maxFile:
		return nil, 0, fmt.Errorf("the file is larger than %d MiB: export a shorter period", maxFile>>20)
	}
	text, err := decoded(raw)
	if err != nil {
		return nil, 0, err
	}
	rows, c, err := table(text, o)
	if err != nil {
		return nil, 0, err
	}
	return o.lines(rows, c)
}

// decoded gives the file as UTF-8. Older programs of banks write Windows-1252.
func decoded(raw []byte) (string, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return "", fmt.Errorf("the file is not readable as UTF-16: %w", err)
		}
		return string(text), nil
	case bytes.IndexByte(raw, 0) >= 0:
		return "", errors.New("this is no text: export the statement as CSV, not as a spreadsheet or PDF")
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
	for _, mark := range marks {
		rows, err := split(text, mark)
		if err != nil {
			broken = errors.Join(broken, err)
		}
		for i, r := range rows {
			if i == headWithin {
				break
			}
			if c, ok := find(r.cells, o.Columns); ok {
				if err != nil {
					return nil, c, err
				}
				return rows[i+1:], c, nil
			}
		}
	}
	if strings.TrimSpace(text) == "" {
		return nil, columns{}, errors.New("the file is empty")
	}
	return nil, columns{}, errors.Join(fmt.Errorf("no row has the headings of a date, an amount (or credit and debit) and a text; "+
		"name those of the file, as in --column date=Buchungstag --column amount=Betrag --column text=Verwendungszweck"), broken)
}

// split gives the rows up to the first that cannot be read, and why.
func split(text string, mark rune) ([]row, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = mark, -1, true
	var rows []row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, fmt.Errorf("the file is not readable as CSV: %w", err)
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, row{line, cells})
	}
}

// lines reads the rows.
func (o Options) lines(rows []row, c columns) (lines []Line, skipped int, err error) {
	var days []dated
	var amounts []figure
	for _, r := range rows {
		day, amount, out := cell(r.cells, c.date), cell(r.cells, c.amount), false
		if c.amount < 0 {
			amount = cell(r.cells, c.credit)
			if isNothing(amount) {
				if debit := cell(r.cells, c.debit); debit != "" {
					amount, out = debit, true
				}
			}
		}
		switch {
		case day == "" && amount == "", isNothing(amount) && (day == "" || amount != ""), amount == "" && c.text(r.cells) == "":
			skipped++
			continue
		case day == "":
			return nil, 0, fmt.Errorf("row %d has an amount, %q, and no date; take it out of the file if it is no booking", r.line, clip(amount))
		case amount == "":
			return nil, 0, fmt.Errorf("row %d has a date, %q, and no amount; take it out of the file if it is no booking", r.line, clip(day))
		}
		currency, err := o.currency(r, c)
		if err != nil {
			return nil, 0, err
		}
		days = append(days, dated{r.line, day})
		amounts = append(amounts, figure{r.line, amount, currency, out})
		text := c.text(r.cells)
		lines = append(lines, Line{Row: r.line, Text: text, Stripes: names(text, append([]string{"stripe"}, o.Names...))})
	}
	read, err := readDates(days, o.DateFormat)
	if err != nil {
		return nil, 0, err
	}
	minor, err := readFigures(amounts, o.Decimal)
	if err != nil {
		return nil, 0, err
	}
	kept := lines[:0]
	for i, l := range lines {
		l.Day, l.Amount = read[i], money.New(minor[i], amounts[i].currency)
		if l.Amount.IsZero() {
			skipped++
			continue
		}
		kept = append(kept, l)
	}
	return kept, skipped, nil
}

// isNothing tells an empty cell, or a zero as banks put it in the column that does
// not apply.
func isNothing(amount string) bool { return strings.Trim(amount, "0.,- ") == "" }

func (o Options) currency(r row, c columns) (money.Currency, error) {
	code := cell(r.cells, c.currency)
	if code == "" || c.currency < 0 {
		if o.Currency == "" {
			return "", fmt.Errorf("row %d: the file does not say its currency; say it, as in --currency EUR", r.line)
		}
		return o.Currency, nil
	}
	currency := money.FromCode(code)
	if len(currency) != 3 || strings.Trim(string(currency), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", fmt.Errorf("row %d: %q is not a currency; a code such as EUR stands in that column", r.line, clip(code))
	}
	return currency, nil
}

package bank

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/readerfund/readerfund/payments/money"
)

// Options say how a file is written, where that cannot be seen from it.
type Options struct {
	DateFormat string         // one of DateFormats; "" is found out
	Decimal    string         // . or ,; "" is found out
	Delimiter  string         // one character, or "tab"; "" is found out
	Currency   money.Currency // of files that do not say it; a file that says another is refused
	// Columns are the headings of the file by what stands below them: date, amount,
	// credit, debit, sign, currency, text. Those of many banks are known. For sign and
	// currency, "-" says that there is no such column.
	Columns map[string]string
	// Names are what payouts are called on the statement, beside Stripe.
	Names []string
}

// File is a statement as it was read.
type File struct {
	Lines   []Line
	Skipped []int    // rows that are no bookings: without a date and an amount, of nothing, not booked yet, balances and sums
	Read    []string // what was taken as what, for whoever has the file
	Doubt   string   // a sentence, where the reading rests on what the file lacks; "" mostly
	Content [sha256.Size]byte
}

// Read reads a statement: a file with headings, of a date, an amount (or credit and
// debit) and a text, in any order. How dates and amounts are written is found out
// from all of them together; where two ways fit and differ, the error says what to
// tell. Errors are sentences for whoever has the file.
func Read(r io.Reader, o Options) (File, error) {
	if err := checkOwn(o.Columns); err != nil {
		return File{}, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return File{}, fmt.Errorf("reading the file: %w", err)
	case len(raw) > maxFile:
		return File{}, fmt.Errorf("the file is larger than %d MiB: export a shorter period", maxFile>>20)
	}
	texts, err := decoded(raw)
	if err != nil {
		return File{}, err
	}
	var unfound error
	for _, t := range texts {
		rows, c, err := table(t.text, o)
		switch {
		case err != nil && c.heads == nil:
			if unfound == nil {
				unfound = err
			}
			continue
		case err != nil:
			return File{}, err
		}
		f, err := o.file(rows, c)
		if t.coding != "" && err == nil {
			f.Read = append(f.Read, "coding "+t.coding)
		}
		f.Content = sha256.Sum256(raw)
		return f, err
	}
	return File{}, unfound
}

// file reads the rows.
func (o Options) file(rows []row, c columns) (f File, err error) {
	var days []dated
	var amounts []figure
	var kept []row
	for _, r := range rows {
		day, amount, booking, err := c.booking(r)
		if err != nil {
			return File{}, err
		}
		if !booking {
			f.Skipped = append(f.Skipped, r.line)
			continue
		}
		if amount.currency, err = o.currency(r, c); err != nil {
			return File{}, err
		}
		days, amounts, kept = append(days, dated{r.line, day}), append(amounts, amount), append(kept, r)
	}
	read, format, err := readDates(days, o.DateFormat)
	if err != nil {
		return File{}, err
	}
	values, mark, err := readFigures(amounts, o.Decimal)
	if err != nil {
		return File{}, err
	}
	if err := c.direct(kept, amounts, values); err != nil {
		return File{}, err
	}
	m := mentions{names: o.Names}
	for i, r := range kept {
		if values[i].minor == 0 {
			f.Skipped = append(f.Skipped, r.line)
			continue
		}
		text, stripes := m.of(c, r.cells, c.text(r.cells))
		f.Lines = append(f.Lines, Line{Row: r.line, Day: read[i], Amount: money.New(values[i].minor, amounts[i].currency), Text: text, Stripes: stripes})
	}
	slices.Sort(f.Skipped)
	f.Read, f.Doubt = append(o.said(c, format, mark), m.said(c)...), c.doubt(values)
	return f, nil
}

// booking gives the day and the amount of a row as they stand there, unless it is one of
// the rows that book nothing.
func (c columns) booking(r row) (day string, amount figure, is bool, err error) {
	if c.isBalance(r.cells) || slices.Contains(pendingWords(), signWord(cell(r.cells, c.state))) {
		return "", figure{}, false, nil
	}
	day, amount = cell(r.cells, c.date), figure{row: r.line, text: cell(r.cells, c.amount)}
	if c.amount < 0 {
		credit, debit := cell(r.cells, c.credit), cell(r.cells, c.debit)
		if amount.text = credit; isNothing(credit) && debit != "" {
			amount.text, amount.debit = debit, true
		}
		if !isNothing(credit) && !isNothing(debit) {
			return "", figure{}, false, fmt.Errorf("row %d has %q in the column %s and %q in the column %s: one booking goes one way; write it as two rows, or take out what is no amount of it",
				r.line, clip(credit), c.head(c.credit), clip(debit), c.head(c.debit))
		}
	}
	switch text := amount.text; {
	case day == "" && text == "", isNothing(text) && (day == "" || text != ""), text == "" && c.text(r.cells) == "":
		return "", figure{}, false, nil
	case day == "":
		return "", figure{}, false, fmt.Errorf("row %d has an amount, %q, and no date; take it out of the file if it is no booking", r.line, clip(text))
	case text == "":
		return "", figure{}, false, fmt.Errorf("row %d has a date, %q, and no amount; take it out of the file if it is no booking", r.line, clip(day))
	}
	for at := len(c.heads); at < len(r.cells); at++ {
		if beyond := cell(r.cells, at); beyond != "" {
			return "", figure{}, false, fmt.Errorf("row %d has more columns than there are headings, %q among them: a mark between columns stands in a text or an amount; put that into quotation marks",
				r.line, clip(beyond))
		}
	}
	return day, amount, true, nil
}

// isBalance tells a row that sums up others: without a date or an amount, or with a
// text that speaks of a balance. What names Stripe is never one.
func (c columns) isBalance(row []string) bool {
	text := c.text(row)
	if names(text, []string{"stripe"}) {
		return false
	}
	first := func(text string) bool {
		words := strings.Fields(strings.ToLower(text))
		return len(words) > 0 && slices.Contains(balanceWords(), strings.Trim(words[0], ".:"))
	}
	day := cell(row, c.date)
	partial := day == "" || cell(row, c.amount)+cell(row, c.credit)+cell(row, c.debit) == ""
	if first(day) || partial && first(text) {
		return true
	}
	text = strings.Trim(strings.ToLower(text), ".:")
	return slices.ContainsFunc(balanceTexts(), func(balance string) bool {
		return text == balance || strings.Contains(balance, " ") && strings.HasPrefix(text, balance+" ")
	})
}

// isNothing tells an empty cell, or a zero as banks put it in the column that does
// not apply.
func isNothing(amount string) bool {
	if strings.Trim(amount, "0.,- ") == "" {
		return true
	}
	return strings.Contains(amount, "0") && !strings.ContainsAny(amount, "123456789") && len(strings.Fields(amount)) < 3
}

// currency is that of a row. What the row says, what the heading of its amounts says
// and what was told must agree.
func (o Options) currency(r row, c columns) (money.Currency, error) {
	said, by := o.Currency, "--currency"
	if c.of != "" {
		if said != "" && said != c.of {
			return "", fmt.Errorf("the heading of the amounts says %s, and --currency says %s: leave --currency out, or read the right file", c.of, said)
		}
		said, by = c.of, "the heading of the amounts"
	}
	code := cell(r.cells, c.currency)
	if code == "" {
		if said == "" {
			return "", fmt.Errorf("row %d: the file does not say its currency; say it, as in --currency EUR", r.line)
		}
		return said, nil
	}
	currency := money.FromCode(code)
	switch {
	case !isCode(code):
		return "", fmt.Errorf("row %d: %q is not a currency; a code such as EUR stands in that column", r.line, clip(code))
	case said != "" && said != currency:
		return "", fmt.Errorf("row %d: the column %s says %s, and %s says %s; leave --currency out where the file is right, or say --column currency=- where that column is of something else",
			r.line, c.head(c.currency), currency, by, said)
	}
	return currency, nil
}

package sheet

import (
	"fmt"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Row is one row: its cells are appended in the order of the columns. It holds its
// texts itself and is meant to be filled again and again, so that a row costs no
// memory once the widest one was seen.
type Row struct {
	cells []cell
	text  []byte
}

// cell is one value; which field holds it depends on its kind.
type cell struct {
	kind     Kind
	empty    bool
	counted  bool  // of an amount: it is part of the totals
	n        int64 // Unix seconds, days since 1970, minor units, number, 1 for true
	currency money.Currency
	from, to int // of the row's text
}

// Reset empties the row.
func (r *Row) Reset() { r.cells, r.text = r.cells[:0], r.text[:0] }

// Empty appends an empty cell to a column of any kind.
func (r *Row) Empty() { r.cells = append(r.cells, cell{empty: true}) }

// Text appends a text; "" is an empty cell.
func (r *Row) Text(s string) {
	from := len(r.text)
	r.text = append(r.text, s...)
	r.cells = append(r.cells, cell{kind: Text, from: from, to: len(r.text), empty: s == ""})
}

// Bytes appends a text of UTF-8, which is copied.
func (r *Row) Bytes(b []byte) {
	from := len(r.text)
	r.text = append(r.text, b...)
	r.cells = append(r.cells, cell{kind: Text, from: from, to: len(r.text), empty: len(b) == 0})
}

// Time appends a moment; the zero time is an empty cell.
func (r *Row) Time(t time.Time) {
	r.cells = append(r.cells, cell{kind: Time, n: t.Unix(), empty: t.IsZero()})
}

// Unix appends a moment in Unix seconds.
func (r *Row) Unix(seconds int64) { r.cells = append(r.cells, cell{kind: Time, n: seconds}) }

// Day appends the day, in UTC, of a moment in Unix seconds.
func (r *Row) Day(seconds int64) {
	days := seconds / secondsPerDay
	if seconds%secondsPerDay < 0 {
		days--
	}
	r.cells = append(r.cells, cell{kind: Date, n: days})
}

const secondsPerDay = 24 * 60 * 60

// Amount appends money that is counted in the totals.
func (r *Row) Amount(a money.Amount) {
	r.cells = append(r.cells, cell{kind: Amount, n: a.Minor, currency: a.Currency, counted: true})
}

// Shown appends money that is no part of the totals, such as that of a payout on the
// second of its rows.
func (r *Row) Shown(a money.Amount) {
	r.cells = append(r.cells, cell{kind: Amount, n: a.Minor, currency: a.Currency})
}

// Nothing appends an empty cell that counts as zero of the currency, so that the
// totals have the column.
func (r *Row) Nothing(c money.Currency) {
	r.cells = append(r.cells, cell{kind: Amount, currency: c, counted: true, empty: true})
}

// Count appends a whole number.
func (r *Row) Count(n int64) { r.cells = append(r.cells, cell{kind: Count, n: n}) }

// Flag appends true or false.
func (r *Row) Flag(yes bool) {
	c := cell{kind: Flag}
	if yes {
		c.n = 1
	}
	r.cells = append(r.cells, c)
}

// Rate appends a decimal number as it was told; "" is an empty cell.
func (r *Row) Rate(s string) {
	r.Text(s)
	r.cells[len(r.cells)-1].kind = Rate
}

// Counted is the amount of a cell that belongs into the totals, if it does.
func (r *Row) Counted(column int) (money.Amount, bool) {
	c := &r.cells[column]
	return c.money(), c.counted
}

// TextAt is the text of a cell, until the row is filled again.
func (r *Row) TextAt(column int) []byte { return r.textOf(&r.cells[column]) }

// money is the amount of a cell.
func (c *cell) money() money.Amount { return money.Amount{Minor: c.n, Currency: c.currency} }

// textOf is the text of a cell, until the row is filled again.
func (r *Row) textOf(c *cell) []byte { return r.text[c.from:c.to] }

// fits tells whether the row has the columns' cells: a report whose cells slipped by
// one column must not be written.
func (r *Row) fits(columns []Column) error {
	if len(r.cells) != len(columns) {
		return fmt.Errorf("a row has %d cells for %d columns", len(r.cells), len(columns))
	}
	for i := range r.cells {
		if c := &r.cells[i]; c.kind != columns[i].Kind && !c.empty {
			return fmt.Errorf("the column %s has a cell of another kind", columns[i].Name)
		}
	}
	return nil
}

// appendTime writes a moment as RFC 3339 in the zone.
func appendTime(b []byte, c *cell, zone *time.Location) []byte {
	return time.Unix(c.n, 0).In(zone).AppendFormat(b, time.RFC3339)
}

// appendDate writes a day as 2026-11-23.
func appendDate(b []byte, c *cell) []byte {
	return time.Unix(c.n*secondsPerDay, 0).UTC().AppendFormat(b, time.DateOnly)
}

// appendAmount writes money in major units.
func appendAmount(b []byte, c *cell) []byte {
	return c.money().AppendMajor(b)
}

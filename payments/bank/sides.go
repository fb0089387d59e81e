package bank

import "fmt"

// sides reads a file of two columns, of what came and of what went, or of the first
// alone. Below a heading of what went some banks put a minus before everything. Where
// only some of it has one, that is what came back, or what did not: somebody has to
// say which.
func (c *columns) sides(rows []row, cells []figure, values []value) error {
	if c.sign >= 0 && c.sign != c.debit {
		return fmt.Errorf("--column sign=%s is for files of one amount, and this one is read by what stands below %s: "+
			"name the amount too, as in --column amount=HEADING, or leave sign out", c.quoted(c.sign), c.head(c.credit))
	}
	if c.unsigned {
		return nil
	}
	if c.debit < 0 {
		return c.came(rows)
	}
	with, without, plus := -1, -1, -1
	for i, v := range values {
		switch {
		case !cells[i].debit:
		case v.minor > 0 && v.signed() && plus < 0:
			plus = i
		case v.letters != 0:
		case v.minor < 0 && with < 0:
			with = i
		case v.minor > 0 && without < 0:
			without = i
		}
	}
	if c.sign < 0 && (plus >= 0 || with >= 0 && without >= 0) {
		says, of := "a plus", plus
		if plus < 0 {
			says, of = fmt.Sprintf("a minus, and %q in row %d has none", clip(cells[without].text), cells[without].row), with
		}
		return fmt.Errorf("row %d: %q in the column %s has %s: say --column sign=%s where all below that heading went, and a minus says that it came back, "+
			"or --column sign=- where a minus says that it went, and what has none came",
			cells[of].row, clip(cells[of].text), c.head(c.debit), says, c.quoted(c.debit))
	}
	for i := range values {
		if v := &values[i]; cells[i].debit && v.letters == 0 && (c.sign >= 0 || v.minor > 0) {
			v.minor = -v.minor
		}
	}
	return nil
}

// came refuses a file that has a column of what came, none of what went, and another
// that says that some of it went.
func (c *columns) came(rows []row) error {
	for at := range c.heads {
		if at == c.date || at == c.credit || at == c.currency {
			continue
		}
		if s := c.speech(rows, at); s.went >= 0 && s.counts(c, at) {
			r := rows[s.went]
			return fmt.Errorf("row %d: %q in the column %s and the heading %s contradict each other: say --column amount=%s where that column is right, "+
				"or --column sign=- where the heading is", r.line, clip(cell(r.cells, at)), c.head(at), c.head(c.credit), c.quoted(c.credit))
		}
	}
	return nil
}

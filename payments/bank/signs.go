package bank

import (
	"fmt"
	"slices"
)

// direct gives amounts the direction that they are meant to have: by a column of its
// own that says it (told, known by its heading, or holding nothing else), by their own
// marks, by the column that they stand in. It fills in c.sign. What is not understood,
// or can be read in two ways, is refused, since a debit that is taken for a credit
// would tick a payout off that never came.
func (c *columns) direct(rows []row, cells []figure, values []value) error {
	switch {
	case c.amount < 0:
		return c.sides(rows, cells, values)
	case c.unsigned:
		return nil
	case c.sign == c.amount:
		return c.marked(rows, values)
	}
	if c.sign < 0 {
		var err error
		if slices.ContainsFunc(values, func(v value) bool { return v.signed() }) {
			c.sign, err = c.beside(rows, values)
		} else {
			c.sign, err = c.silent(rows)
		}
		if err != nil {
			return err
		}
		if c.sign < 0 {
			return c.bare(rows, values)
		}
	}
	return c.worded(rows, values)
}

// worded gives amounts the direction that the column c.sign says.
func (c *columns) worded(rows []row, values []value) error {
	words := signWords()
	with, without := -1, -1 // the first of what went that has a minus, and that has none
	for i, r := range rows {
		text := cell(r.cells, c.sign)
		out, known := words[signWord(text)]
		v := &values[i]
		switch {
		case !known && text == "":
			return fmt.Errorf("row %d: nothing stands in the column %s, which says of the others whether money came or went", r.line, c.head(c.sign))
		case !known:
			return fmt.Errorf("row %d: %q in the column %s says neither that money came nor that it went; write debit or credit there, "+
				"or say --column sign=- where the amounts have their own minus", r.line, clip(text), c.head(c.sign))
		case !out && v.minor < 0, out && v.signed() && v.minor > 0:
			return c.contradicts(r, c.sign)
		case out && v.sign < 0 && with < 0:
			with = i
		case out && !v.signed() && without < 0:
			without = i
		}
		if out && v.minor > 0 {
			v.minor = -v.minor
		}
	}
	if with >= 0 && without >= 0 {
		a, b := rows[with], rows[without]
		return fmt.Errorf("row %d: %q has a minus and %q in row %d has none, and the column %s says of both that money went; "+
			"take the minus out where money went, and write credit where it came back, or say --column sign=- where the amounts have their own minus",
			a.line, clip(cell(a.cells, c.amount)), clip(cell(b.cells, c.amount)), b.line, c.head(c.sign))
	}
	return nil
}

// contradicts says that an amount's own sign is not what a column says.
func (c *columns) contradicts(r row, at int) error {
	return fmt.Errorf("row %d: the amount %q and %q in the column %s contradict each other; correct one of them, "+
		"or say --column sign=- where the amount's own sign is right", r.line, clip(cell(r.cells, c.amount)), clip(cell(r.cells, at)), c.head(at))
}

// bare refuses amounts without a mark where only money that came has one: nobody can
// say whether they came too. Where money that went is marked, they came.
func (c *columns) bare(rows []row, values []value) error {
	var went marks
	bare, came := -1, -1
	for i, v := range values {
		went.sign, went.letters = min(went.sign, v.sign), min(went.letters, v.letters)
		if !v.signed() && bare < 0 {
			bare = i
		}
	}
	for i, v := range values {
		if came < 0 && (v.sign > 0 && went.sign == 0 || v.letters > 0 && went.letters == 0) {
			came = i
		}
	}
	if bare < 0 || came < 0 {
		return nil
	}
	a, b := rows[bare], rows[came]
	return fmt.Errorf("row %d: %q has no mark, and %q in row %d has one: say --column sign=%s where what has none went, "+
		"or --column sign=- where it came; where a column says it, name that one, as in --column sign=HEADING",
		a.line, clip(cell(a.cells, c.amount)), clip(cell(b.cells, c.amount)), b.line, c.quoted(c.amount))
}

// marked takes what has no mark as money that went, as was told.
func (c *columns) marked(rows []row, values []value) error {
	for i := range values {
		switch v := &values[i]; {
		case v.sign < 0 && v.letters == 0:
			return fmt.Errorf("row %d: %q has a minus, and --column sign=%s says that money that went has no mark; take the minus out where money went, "+
				"write a plus where it came back, or say --column sign=- where all amounts have their own sign",
				rows[i].line, clip(cell(rows[i].cells, c.amount)), c.quoted(c.amount))
		case !v.signed():
			v.minor = -v.minor
		}
	}
	return nil
}

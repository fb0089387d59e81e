package bank

import (
	"fmt"
	"slices"
	"strings"
)

// direct gives amounts the direction that a column of its own says: the one that was
// told or is known by its heading, else, where no amount has a sign, one that says
// nothing but that. It fills in c.sign. Whatever is not understood is refused, since a
// debit that is taken for a credit would tick a payout off that never came.
func (c *columns) direct(rows []row, values []value) error {
	if c.amount < 0 || c.unsigned {
		return nil
	}
	if c.sign < 0 {
		signed := slices.ContainsFunc(values, func(v value) bool { return v.signed })
		if signed {
			return nil
		}
		var err error
		if c.sign, err = c.silent(rows); err != nil || c.sign < 0 {
			return err
		}
	}
	words := signWords()
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
		case v.signed && !out && v.minor < 0, v.signed && out && v.minor > 0:
			return fmt.Errorf("row %d: the amount %q and %q in the column %s contradict each other; correct one of them, "+
				"or say --column sign=- where the amount's own sign is right", r.line, clip(cell(r.cells, c.amount)), clip(text), c.head(c.sign))
		case out && v.minor > 0:
			v.minor = -v.minor
		}
	}
	return nil
}

// signWord is a cell as the table of words has it.
func signWord(text string) string {
	return strings.Trim(strings.ToLower(strings.Join(strings.Fields(text), " ")), ".:()")
}

// silent finds the column that says of every row whether money came or went though
// its heading does not tell; -1 where there is none.
func (c *columns) silent(rows []row) (int, error) {
	found := -1
	for at := range c.heads {
		if at == c.date || at == c.amount || at == c.currency {
			continue
		}
		says, err := c.saysOfAll(rows, at)
		if err != nil {
			return -1, err
		}
		if !says {
			continue
		}
		if found < 0 {
			found = at
			continue
		}
		words := signWords()
		for _, r := range rows {
			if one, other := cell(r.cells, found), cell(r.cells, at); words[signWord(one)] != words[signWord(other)] {
				return -1, fmt.Errorf("row %d: %q in the column %s and %q in the column %s contradict each other: say which is meant, as in --column sign=HEADING",
					r.line, clip(one), c.head(found), clip(other), c.head(at))
			}
		}
	}
	return found, nil
}

// saysOfAll tells whether a column holds nothing but words of the two directions. One
// that speaks of a direction in some rows, and of something else in others, leaves a doubt. Letters mean much else: they count where they are those of one language.
func (c *columns) saysOfAll(rows []row, at int) (bool, error) {
	words, letters := signWords(), ""
	var other *row
	said, all := "", true
	for i, r := range rows {
		text := signWord(cell(r.cells, at))
		_, known := words[text]
		switch {
		case !known:
			all = false
			if other == nil {
				other = &rows[i]
			}
		case len(text) == 1:
			letters += text
		case said == "":
			said = cell(r.cells, at)
		}
	}
	if all && letters != "" {
		all = false
		if slices.Contains(c.texts, at) {
			return false, nil
		}
		for _, pair := range []string{"sh", "dc", "dh", "+-"} {
			all = all || strings.Trim(letters, pair) == ""
		}
	}
	// Among the texts, the word alone is somebody's text.
	if !all && said != "" && other != nil && !slices.Contains(c.texts, at) {
		return false, fmt.Errorf("row %d: %q in the column %s says neither that money came nor that it went, and other rows say %q there; "+
			"write debit or credit, or say --column sign=- where all amounts are money that came", other.line, clip(cell(other.cells, at)), c.head(at), clip(said))
	}
	return all && len(rows) > 0, nil
}

package bank

import (
	"errors"
	"fmt"
	"strings"
)

// nearest is the row that comes nearest to the headings that are looked for, to tell
// people what was seen.
type nearest struct {
	row    row // line 0 is none
	known  int // how many of a date, an amount and a text
	lacks  []string
	filled int   // cells that are not empty
	broken error // where the file, so split, cannot be read to its end
}

// look takes a row where it is nearer.
func (n *nearest) look(r row, c columns, broken error) {
	filled, lacks := 0, []string(nil)
	for at := range r.cells {
		if cell(r.cells, at) != "" {
			filled++
		}
	}
	for _, role := range []struct {
		found bool
		what  string
	}{{c.date >= 0, "a date"}, {c.amount >= 0 || c.credit >= 0, "an amount"}, {len(c.texts) > 0, "a text"}} {
		if !role.found {
			lacks = append(lacks, role.what)
		}
	}
	if known := 3 - len(lacks); n.row.line == 0 || known > n.known || known == n.known && filled > n.filled {
		*n = nearest{r, known, lacks, filled, broken}
	}
}

// noHeadings says what the row of headings must have, and which row comes nearest.
func (o Options) noHeadings(n nearest) error {
	var told []string
	for _, r := range roles() {
		if name, is := o.Columns[r]; is && name != noColumn {
			told = append(told, fmt.Sprintf("%s=%s", r, name))
		}
	}
	said := "no row has the headings of a date, an amount (or credit and debit) and a text; " +
		"name those of the file, as in --column date=Buchungstag --column amount=Betrag --column text=Verwendungszweck"
	if told != nil {
		said = fmt.Sprintf("no row has all headings that were told (%s) and those of a date, an amount (or credit and debit) and a text; write them as they stand in the file",
			strings.Join(told, ", "))
	}
	switch {
	case n.filled > 1:
		said += n.says()
	case o.Delimiter == "":
		said += ". No row has more than one column: where something else than , ; tab or | stands between them, say it with --delimiter"
	default:
		said += fmt.Sprintf(". No row has more than one column: is %s what stands between them?", o.Delimiter)
	}
	return errors.Join(errors.New(said), n.broken)
}

// maxHeads is how many headings an error lists.
const maxHeads = 20

// says what stands in the row, and what of it is not known.
func (n nearest) says() string {
	var heads []string
	for at := range n.row.cells {
		if head := cell(n.row.cells, at); head != "" {
			heads = append(heads, fmt.Sprintf("%q", clip(head)))
		}
	}
	if len(heads) > maxHeads {
		heads = append(heads[:maxHeads], "…")
	}
	said := fmt.Sprintf(". Row %d comes nearest, with %s", n.row.line, strings.Join(heads, ", "))
	if n.known > 0 && len(n.lacks) > 0 {
		said += ": of these, none is known as " + strings.Join(n.lacks, " or ")
	}
	return said + ". Where the file has no headings, write a row of them above it"
}

package closing

import (
	"slices"
	"time"
)

// What became of a row since its month was closed.
const (
	Added   = "added"   // it was not there
	Gone    = "gone"    // it is not there any more
	Changed = "changed" // some of its columns are otherwise
)

// Change is a row of a report that is otherwise than when its month was closed.
type Change struct {
	Report string
	What   string // Added, Gone or Changed
	Cells  []Cell // of a row that is new or gone those that are not empty, of a changed one those that differ
	Why    []Why  // as far as the books know; never empty once it was explained

	was, is map[string]string // whole rows by column; nil where there is none
}

// Cell is a column before and after, as the report writes it as CSV.
type Cell struct{ Column, Before, After string }

// Why is a reason for which a row changed.
type Why struct {
	Reason Reason
	// Event is the one that told it after the close, and At when it was stored; "" and
	// the zero time where it is not told by an event.
	Event, Type string
	At          time.Time
}

// Value is a column of the row as it is now, and as it was where it is gone.
func (c *Change) Value(column string) string {
	if c.is != nil {
		return c.is[column]
	}
	return c.was[column]
}

// Key names the row: a donation's id, a payout's and its movement's, or an entry's.
func (c *Change) Key() string {
	switch c.Report {
	case "donations":
		return c.Value("donation_id")
	case "payouts":
		if movement := c.Value("balance_transaction_id"); movement != "" {
			return c.Value("payout_id") + " " + movement
		}
		return c.Value("payout_id")
	default:
		return c.Value("entry_id") + " " + c.Value("account")
	}
}

// because adds a reason, once.
func (c *Change) because(r Reason) {
	if !slices.ContainsFunc(c.Why, func(w Why) bool { return w.Reason == r }) {
		c.Why = append(c.Why, Why{Reason: r})
	}
}

// cell is a column that differs; is tells whether it does.
func (c *Change) cell(column string) (Cell, bool) {
	i := slices.IndexFunc(c.Cells, func(x Cell) bool { return x.Column == column })
	if i < 0 {
		return Cell{}, false
	}
	return c.Cells[i], true
}

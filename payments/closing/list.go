package closing

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/report/sheet"
)

// List writes changes as CSV, as RFC 4180 has it: a line for each column of a row that
// differs. It holds nothing in memory but one change.
type List struct {
	out  *csv.Writer
	zone *time.Location
	rows int64
}

// NewList begins a list with its header. Times are written in the zone.
func NewList(w io.Writer, zone *time.Location) (*List, error) {
	l := &List{out: csv.NewWriter(w), zone: zone}
	return l, l.out.Write([]string{"report", "what", "row", "column", "before", "after", "reasons", "event", "event_type", "stored_at"})
}

// Write adds a change. Its cells are those of a report as CSV, in which no text is a
// formula.
func (l *List) Write(c *Change) error {
	var reasons, events, types, stored []string
	for _, w := range c.Why {
		reasons = append(reasons, string(w.Reason))
		if w.Event != "" {
			events, types = append(events, sheet.Harmless(w.Event)), append(types, sheet.Harmless(w.Type))
		}
		if !w.At.IsZero() {
			stored = append(stored, w.At.In(l.zone).Format(time.RFC3339))
		}
	}
	l.rows++
	for _, cell := range c.Cells {
		line := []string{c.Report, c.What, sheet.Harmless(c.Key()), cell.Column, cell.Before, cell.After,
			strings.Join(reasons, " "), strings.Join(events, " "), strings.Join(types, " "), strings.Join(stored, " ")}
		if err := l.out.Write(line); err != nil {
			return fmt.Errorf("writing changes: %w", err)
		}
	}
	return nil
}

// Rows is how many changes were written.
func (l *List) Rows() int64 { return l.rows }

// Close writes what is left.
func (l *List) Close() error {
	l.out.Flush()
	return l.out.Error()
}

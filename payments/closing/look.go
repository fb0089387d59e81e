package closing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
)

// Look is what the last comparison of a closed month found. It is read without
// comparing, and so may be older than the books.
type Look struct {
	Month    Month
	ClosedAt time.Time
	At       time.Time // of the snapshot that was compared; zero where none was since the close
	// Rows is how many rows differ from what was closed, of all reports together, and
	// Unexplained of how many of them the books do not know why.
	Rows, Unexplained int64
	// Since is the comparison that was the first to find just these changes; zero where
	// no row differs.
	Since time.Time
}

// Latest is when the month was last known to be as Rows says: a close differs in
// nothing from itself.
func (l Look) Latest() time.Time {
	if l.At.Before(l.ClosedAt) {
		return l.ClosedAt
	}
	return l.At
}

// Looks tells of each month that is closed now what its last comparison found, the
// newest month first.
func (d *Desk) Looks(ctx context.Context) ([]Look, error) {
	rows, err := d.DB.Query(ctx, `select c.month, c.as_of, p.compared_at, coalesce(p.rows, 0), coalesce(p.unexplained, 0), p.since
		from closed_months m join closings c using (closing_id) left join closing_comparisons p using (closing_id) order by c.month desc`)
	if err != nil {
		return nil, fmt.Errorf("reading what comparisons of closed months found: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Look, err error) {
		var month string
		var at, since *time.Time
		if err := row.Scan(&month, &l.ClosedAt, &at, &l.Rows, &l.Unexplained, &since); err != nil {
			return l, err
		}
		if at != nil {
			l.At = *at
		}
		if l.Rows > 0 {
			l.Since = *since
		}
		l.Month, err = ParseMonth(month)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what comparisons of closed months found: %w", err)
	}
	return all, nil
}

// keep writes down what a comparison found. Of two, the later one stays.
func (d *Desk) keep(ctx context.Context, c Comparison, changes hash.Hash) error {
	_, err := d.DB.Exec(ctx, `insert into closing_comparisons (closing_id, compared_at, rows, unexplained, changes, since) values ($1, $2, $3, $4, $5, $2)
		on conflict (closing_id) do update set compared_at = excluded.compared_at, rows = excluded.rows, unexplained = excluded.unexplained, changes = excluded.changes,
			since = case when closing_comparisons.changes = excluded.changes then closing_comparisons.since else excluded.since end
		where closing_comparisons.compared_at < excluded.compared_at`, c.Closing.ID, c.AsOf, c.Rows(), c.Unexplained(), changes.Sum(nil))
	if err != nil {
		return fmt.Errorf("writing down what was found: %w", err)
	}
	return nil
}

// fingerprint adds a change to the checksum of all: where one more refund of the same
// gift is found, as many rows differ, and it is another change.
func fingerprint(h hash.Hash, c *Change) {
	parts := []string{c.Report, c.What, c.Key()}
	for _, cell := range c.Cells {
		parts = append(parts, cell.Column, cell.Before, cell.After)
	}
	for _, part := range parts {
		sum := sha256.Sum256([]byte(part))
		_, _ = io.WriteString(h, hex.EncodeToString(sum[:])) // a hash takes whatever it is given
	}
	_, _ = h.Write([]byte{'\n'})
}

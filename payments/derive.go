package payments

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// derivation is a table of rows that are computed from others.
type derivation struct {
	table string
	key   string // its column that $1 names; the first of columns
	// columns are all but what another statement writes.
	columns []string
}

// put is the statement part that writes the rows which from gives, a query of
// the same columns in the same order. Rows that are so already are left alone.
func (d derivation) put(from string) string {
	var sets, old, now []string
	for _, c := range d.columns {
		if c != d.key {
			sets = append(sets, c+" = excluded."+c)
			old, now = append(old, "d."+c), append(now, "excluded."+c)
		}
	}
	return fmt.Sprintf("insert into %s as d (%s)\n%s\non conflict (%s) do update set %s\nwhere (%s) is distinct from (%s)",
		d.table, strings.Join(d.columns, ", "), from, d.key, strings.Join(sets, ", "), strings.Join(old, ", "), strings.Join(now, ", "))
}

// deriveAll computes the rows of payments and of subscriptions (recurring)
// again, removes those that no longer follow, and meets the people who are new.
// The caller holds the locks.
func deriveAll(ctx context.Context, tx pgx.Tx, payments, recurring []string) error {
	someGave, err := derive(ctx, tx, "donations", deriveDonationsSQL(), payments)
	if err != nil {
		return err
	}
	someGive, err := derive(ctx, tx, "recurring donations", deriveRecurringSQL(), recurring)
	if err != nil {
		return err
	}
	if someGave || someGive {
		return meetDonors(ctx, tx, payments, recurring)
	}
	return nil
}

// derive tells whether some of the rows name a donor who is still to be met.
func derive(ctx context.Context, tx pgx.Tx, what, query string, ids []string) (newDonors bool, err error) {
	if len(ids) == 0 {
		return false, nil
	}
	rows, err := tx.Query(ctx, query, ids)
	if err != nil {
		return false, fmt.Errorf("deriving %s: %w", what, err)
	}
	var isNew bool
	_, err = pgx.ForEachRow(rows, []any{&isNew}, func() error { newDonors = newDonors || isNew; return nil })
	if err != nil {
		return false, fmt.Errorf("deriving %s: %w", what, err)
	}
	return newDonors, nil
}

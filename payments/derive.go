package payments

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// derivation is a table of rows that are computed from others.
type derivation struct {
	table string
	key   string // column: what each row is derived from
	// query derives the rows whose key is in $1 again, voids those that no longer
	// follow, and returns for each whether its donor is still to be met.
	query string
}

func donations() derivation { return derivation{"donations", "payment", deriveDonationsSQL} }

func recurringDonations() derivation {
	return derivation{"recurring_donations", "subscription", deriveRecurringSQL}
}

// derive computes the rows of ids again. The caller holds the locks of ids.
func (d derivation) derive(ctx context.Context, tx pgx.Tx, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, d.query, ids)
	if err != nil {
		return fmt.Errorf("deriving %s: %w", d.table, err)
	}
	newDonors := false
	var isNew bool
	_, err = pgx.ForEachRow(rows, []any{&isNew}, func() error { newDonors = newDonors || isNew; return nil })
	if err != nil {
		return fmt.Errorf("deriving %s: %w", d.table, err)
	}
	if !newDonors {
		return nil
	}
	return d.meetDonors(ctx, tx, ids)
}

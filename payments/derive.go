package payments

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// derivation is a table of rows that are computed from others.
type derivation struct {
	table string
	// query derives the rows of the payments or subscriptions in $1 again, voids those that no longer
	// follow, and returns for each whether its donor is still to be met.
	query string
}

func donations() derivation { return derivation{"donations", deriveDonationsSQL} }

func recurringDonations() derivation {
	return derivation{"recurring_donations", deriveRecurringSQL}
}

// derive computes the rows of ids again. The caller holds the locks of ids. It
// tells whether some of them name a donor who is still to be met.
func (d derivation) derive(ctx context.Context, tx pgx.Tx, ids []string) (newDonors bool, err error) {
	if len(ids) == 0 {
		return false, nil
	}
	rows, err := tx.Query(ctx, d.query, ids)
	if err != nil {
		return false, fmt.Errorf("deriving %s: %w", d.table, err)
	}
	var isNew bool
	_, err = pgx.ForEachRow(rows, []any{&isNew}, func() error { newDonors = newDonors || isNew; return nil })
	if err != nil {
		return false, fmt.Errorf("deriving %s: %w", d.table, err)
	}
	return newDonors, nil
}

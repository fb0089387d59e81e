package report

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/money"
)

// KnowsCurrency tells whether a report can have rows in a currency, whatever Stripe
// calls it: one that is on the account, that a payout had, or that a reader gives in.
func KnowsCurrency(ctx context.Context, db *pgxpool.Pool, currency money.Currency) (known bool, err error) {
	err = db.QueryRow(ctx, `select exists (select from postings where currency = $1)
		or exists (select from payouts where currency = $1) or exists (select from donations where currency = $1)
		or exists (select from recurring_donations where currency = $1)`, string(currency)).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("looking for the currency %s: %w", currency, err)
	}
	return known, nil
}

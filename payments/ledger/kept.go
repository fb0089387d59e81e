package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// keep stores what a reconciliation found.
func (c *Reconciler) keep(ctx context.Context, r Reconciled) error {
	_, err := c.DB.Exec(ctx, `insert into reconciliations (began, ended, since, found, healed, remaining, equal) values ($1, $2, $3, $4, $5, $6, $7)`,
		r.Began, r.Ended, r.Since, r.Found, r.Healed, len(r.Remaining), r.Balance.Equal())
	if err != nil {
		return fmt.Errorf("keeping what the reconciliation found: %w", err)
	}
	return nil
}

// Run is what is kept of a reconciliation.
type Run struct {
	Began, Ended, Since      time.Time
	Found, Healed, Remaining int
	Equal                    bool // the clearing account and Stripe's balance
}

// Last gives the reconciliation that ended last; ok is false where there was none.
func Last(ctx context.Context, db payments.Querier) (run Run, ok bool, err error) {
	rows, err := db.Query(ctx, `select began, ended, since, found, healed, remaining, equal from reconciliations order by id desc limit 1`)
	if err != nil {
		return run, false, fmt.Errorf("reading the last reconciliation: %w", err)
	}
	runs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Run])
	if err != nil {
		return run, false, fmt.Errorf("reading the last reconciliation: %w", err)
	}
	if len(runs) == 0 {
		return run, false, nil
	}
	return runs[0], true, nil
}

package rollup

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Dispute is one that Stripe waits for an answer to.
type Dispute struct {
	ID     string
	Amount money.Amount
	DueBy  time.Time // evidence is taken until then; zero where Stripe told no deadline
}

// Disputes gives how many disputes wait for an answer, and those of them with the first
// deadlines, at most limit.
func Disputes(ctx context.Context, db payments.Querier, limit int) (first []Dispute, all int64, err error) {
	return waiting(ctx, db, "needs_response", limit)
}

// Inquiries are the same of inquiries: a bank asks, and has taken no money
// (https://docs.stripe.com/disputes/how-disputes-work#inquiries).
func Inquiries(ctx context.Context, db payments.Querier, limit int) (first []Dispute, all int64, err error) {
	return waiting(ctx, db, "warning_needs_response", limit)
}

func waiting(ctx context.Context, db payments.Querier, status string, limit int) (first []Dispute, all int64, err error) {
	// Both names stand in the index.
	rows, err := db.Query(ctx, `select id, currency, amount, due_by, count(*) over () from disputes
		where status in ('needs_response', 'warning_needs_response') and status = $2 order by due_by = 0, due_by, id collate "C" limit $1`, limit, status)
	if err != nil {
		return nil, 0, fmt.Errorf("listing disputes: %w", err)
	}
	first, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d Dispute, err error) {
		var due int64
		if err = row.Scan(&d.ID, &d.Amount.Currency, &d.Amount.Minor, &due, &all); due > 0 {
			d.DueBy = time.Unix(due, 0)
		}
		return d, err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("listing disputes: %w", err)
	}
	return first, all, nil
}

// OnTheWay is a payout that the bank does not have yet.
type OnTheWay struct {
	ID      string
	Amount  money.Amount
	Status  string    // pending or in_transit
	Arrival time.Time // the day on which the bank should have it, as midnight UTC
}

// Payouts gives how many payouts are on their way to the bank, and those that should be
// there first, at most limit.
func Payouts(ctx context.Context, db payments.Querier, limit int) (first []OnTheWay, all int64, err error) {
	rows, err := db.Query(ctx, `select id, currency, amount, status, to_timestamp(arrival), count(*) over () from payouts
		where status in ('pending', 'in_transit') order by arrival, id collate "C" limit $1`, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("listing payouts on their way: %w", err)
	}
	first, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p OnTheWay, err error) {
		return p, row.Scan(&p.ID, &p.Amount.Currency, &p.Amount.Minor, &p.Status, &p.Arrival, &all)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("listing payouts on their way: %w", err)
	}
	return first, all, nil
}

package bank

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// payout is one of Stripe's, as far as a bank sees it.
type payout struct {
	id, status, descriptor string
	amount                 money.Amount
	arrival                time.Time // midnight UTC
	failedOn               time.Time // when it came back to the account, midnight UTC; zero where that is not known
}

func payouts(ctx context.Context, tx pgx.Tx) ([]payout, error) {
	rows, err := tx.Query(ctx, `
		select p.id, p.status, p.descriptor, p.currency, p.amount, p.arrival, coalesce(t.created, 0) from payouts p
		left join balance_transactions t on t.id = p.failure_transaction and p.failure_transaction <> ''
		where p.amount <> 0 and p.currency ~ '^[A-Z]{3}$' and p.arrival > 0 order by p.id`)
	if err != nil {
		return nil, fmt.Errorf("reading payouts: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (payout, error) {
		var p payout
		var arrival, failed int64
		err := row.Scan(&p.id, &p.status, &p.descriptor, &p.amount.Currency, &p.amount.Minor, &arrival, &failed)
		p.arrival = dayOf(arrival)
		if failed > 0 {
			p.failedOn = dayOf(failed)
		}
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading payouts: %w", err)
	}
	return all, nil
}

// dayOf is midnight UTC of the day of a time in Unix seconds: Stripe's arrival dates
// are such midnights
// (https://docs.stripe.com/api/payouts/object#payout_object-arrival_date).
func dayOf(seconds int64) time.Time { return time.Unix(seconds, 0).UTC().Truncate(24 * time.Hour) }

// targets are the movements of a payout that may stand on a statement. One that was
// canceled, or is not sent yet, has none. One that failed may have come and gone back,
// or never have come.
func (p payout) targets() []target {
	deposit := target{payout: p.id, kind: Deposit, amount: p.amount, due: p.arrival, from: addBusinessDays(p.arrival, -daysBefore), to: addBusinessDays(p.arrival, daysAfter)}
	if p.descriptor != "" {
		deposit.names = []string{p.descriptor}
	}
	switch p.status {
	case "paid", "in_transit":
		return []target{deposit}
	case "failed":
		due := p.arrival
		if p.failedOn.After(due) {
			due = p.failedOn
		}
		back := target{payout: p.id, kind: Return, amount: money.New(-p.amount.Minor, p.amount.Currency), due: due, names: deposit.names,
			from: addBusinessDays(p.arrival, -daysBefore), to: addBusinessDays(due, daysReturns)}
		return []target{deposit, back}
	default:
		return nil
	}
}

package report

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// settledSQL goes from one currency of the account to the next, and reads no more of the
// ledger than that: nearly every entry has a line on the clearing account.
const settledSQL = `
with recursive known as (
	(select currency from postings where account = 'stripe_clearing' order by currency limit 1)
	union all
	select (select p.currency from postings p where p.account = 'stripe_clearing' and p.currency > k.currency order by p.currency limit 1)
	from known k where k.currency is not null
)
select currency from known where currency is not null`

// LedgerCurrencies lists the currencies that the ledger is kept in, those in which Stripe
// settles: a journal for a program that takes one currency is of one of them.
func LedgerCurrencies(ctx context.Context, db querier) ([]money.Currency, error) {
	rows, err := db.Query(ctx, settledSQL)
	if err != nil {
		return nil, fmt.Errorf("reading the currencies of the ledger: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[money.Currency])
	if err != nil {
		return nil, fmt.Errorf("reading the currencies of the ledger: %w", err)
	}
	return all, nil
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

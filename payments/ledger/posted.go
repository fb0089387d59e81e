package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// postedSQL finds the balance transactions whose postings do not put their net on
// the clearing account.
const postedSQL = `
with posted as (
	select balance_transaction, currency, sum(amount)::bigint as amount from postings
	where account = '` + payments.AccountClearing + `' group by 1, 2 having sum(amount) <> 0
), wanted as (
	select id, currency, net, created from balance_transactions where currency <> '' and net <> 0
)
select coalesce(w.id, p.balance_transaction), coalesce(w.currency, p.currency), coalesce(w.created, 0), coalesce(p.amount, 0), coalesce(w.net, 0),
	w.id is not null and not exists (select from postings o where o.balance_transaction = w.id)
from wanted w full join posted p on p.balance_transaction = w.id and p.currency = w.currency
where p.amount is distinct from w.net
order by 1, 2`

// posted names the balance transactions that the ledger does not show as they are.
func (r *reconciling) posted(ctx context.Context) error {
	rows, err := r.DB.Query(ctx, postedSQL)
	if err != nil {
		return fmt.Errorf("looking for what is not posted: %w", err)
	}
	var id string
	var here, there money.Amount
	var created int64
	var none bool
	_, err = pgx.ForEachRow(rows, []any{&id, &here.Currency, &created, &here.Minor, &there.Minor, &none}, func() error {
		if slices.ContainsFunc(r.out.Remaining, func(d Difference) bool { return d.ID == id }) {
			return nil // it is named already
		}
		there.Currency = here.Currency
		d := Difference{Kind: NotPosted, Object: "balance transaction", ID: id, Made: time.Unix(created, 0).UTC(),
			Fields: []FieldPair{{Name: "net", Here: here.String(), Stripe: there.String()}}}
		if none {
			d.Fields = []FieldPair{{Name: "entry", Stripe: there.String()}}
		}
		r.find(d)
		r.out.Remaining = append(r.out.Remaining, d)
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking for what is not posted: %w", err)
	}
	return nil
}

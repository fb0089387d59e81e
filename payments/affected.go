package payments

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// affected is what facts that were new bear upon: ids of payments and of
// subscriptions (recurring) whose row is to be derived again, and of objects
// whose payments are.
type affected struct {
	payments, recurring []string

	checkouts, customers, subscriptions, invoices, charges, refunds, disputes []string

	// Balance transactions, and objects that balance transactions may name as their
	// source: what is posted of them may differ.
	bookings, sources []string
}

// derived follows the links that are stored by now to the payments and the
// subscriptions whose derived rows may change. Each list is sorted, without
// repetition and without "".
func (a *affected) derived(ctx context.Context, tx pgx.Tx) (payments, recurring []string, err error) {
	payments, recurring = a.payments, a.recurring
	if len(a.checkouts)+len(a.customers)+len(a.subscriptions)+len(a.invoices)+len(a.charges)+len(a.refunds)+len(a.disputes) > 0 {
		rows, err := tx.Query(ctx, `
			select true, l.payment from invoice_payments l where l.invoice = any($1)
			union all select true, l.payment from invoices i join invoice_payments l on l.invoice = i.id
				where i.subscription = any($2) and i.subscription <> ''
			union all select true, id from payments where customer = any($3) and customer <> ''
			union all select true, payment from charges where customer = any($3) and customer <> ''
			union all select false, id from subscriptions where customer = any($3) and customer <> ''
			union all select true, payment from charges where id = any($4)
			union all select true, c.payment from disputes d join charges c on c.id = d.charge where d.id = any($5)
			union all select true, payment from disputes where id = any($5)
			union all select true, payment from donations where checkout_id = any($6)
			union all select false, subscription from recurring_donations where checkout_id = any($6)
			union all select true, c.payment from refunds r join charges c on c.id = r.charge where r.id = any($7)
			union all select true, payment from refunds where id = any($7)`,
			tidy(a.invoices), tidy(a.subscriptions), tidy(a.customers), tidy(a.charges), tidy(a.disputes), tidy(a.checkouts), tidy(a.refunds))
		if err != nil {
			return nil, nil, fmt.Errorf("following what was told: %w", err)
		}
		var ofPayment bool
		var id string
		_, err = pgx.ForEachRow(rows, []any{&ofPayment, &id}, func() error {
			if ofPayment {
				payments = append(payments, id)
			} else {
				recurring = append(recurring, id)
			}
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("following what was told: %w", err)
		}
	}
	return tidy(payments), tidy(recurring), nil
}

// tidy sorts ids and drops repetitions and "". It gives a list, never nil, which
// Postgres would take for null.
func tidy(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
	if ids == nil {
		return []string{}
	}
	return ids
}

package payments

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// reach is what facts bear upon: the objects they name and, through the links
// that are known, the payments and subscriptions whose derived rows follow from
// them. Each list is sorted, without repetition and without "".
type reach struct {
	checkouts, subscriptions, invoices, sessions, charges, payments []string
}

// lists gives the classes in the order in which they are locked.
func (r *reach) lists() []*[]string {
	return []*[]string{&r.checkouts, &r.subscriptions, &r.invoices, &r.sessions, &r.charges, &r.payments}
}

func (r *reach) tidy() {
	for _, ids := range r.lists() {
		slices.Sort(*ids)
		*ids = slices.DeleteFunc(slices.Compact(*ids), func(id string) bool { return id == "" })
	}
}

// names is what the facts themselves speak of.
func (f *Facts) names() reach {
	var r reach
	for _, x := range f.Attributions {
		r.checkouts = append(r.checkouts, x.CheckoutID)
	}
	for _, x := range f.Subscriptions {
		r.subscriptions = append(r.subscriptions, x.ID)
	}
	for _, x := range f.Invoices {
		r.invoices, r.subscriptions = append(r.invoices, x.ID), append(r.subscriptions, x.Subscription)
	}
	for _, x := range f.Sessions {
		r.sessions, r.subscriptions = append(r.sessions, x.ID), append(r.subscriptions, x.Subscription)
		r.invoices = append(r.invoices, x.Invoice)
	}
	for _, x := range f.InvoicePayments {
		r.invoices = append(r.invoices, x.Invoice)
	}
	for _, x := range f.Charges {
		r.charges = append(r.charges, x.ID)
	}
	for _, x := range f.Payments { // compact named every payment
		r.payments = append(r.payments, x.ID)
	}
	r.tidy()
	return r
}

// reach follows the links that are stored by now. Links that the facts bring
// themselves need no following: both their ends are named.
func (f *Facts) reach(ctx context.Context, tx pgx.Tx) (reach, error) {
	r := f.names()
	if len(r.subscriptions) == 0 && len(r.invoices) == 0 {
		return r, nil
	}
	return r, r.add(ctx, tx, `
		select payment, '' from invoice_payments where invoice = any($1)
		union all
		select p.payment, ''
		from invoices i join invoice_payments p on p.invoice = i.id
		where i.subscription = any($2) and i.subscription <> ''
		union all -- an invoice that does not name its subscription again
		select '', subscription from invoices where id = any($3)`,
		r.invoices, r.subscriptions, keys(f.Invoices, invoices.key))
}

// follow adds what was derived under attributions that turn out to have been
// told otherwise before: metadata that somebody edited. It locks what it adds.
func (r *reach) follow(ctx context.Context, tx pgx.Tx, checkouts []string) error {
	err := r.add(ctx, tx, `
		select payment, subscription from donations where checkout_id = any($1)
		union all
		select '', subscription from recurring_donations where checkout_id = any($1)`, checkouts)
	if err != nil {
		return err
	}
	return r.lock(ctx, tx)
}

func (r *reach) add(ctx context.Context, tx pgx.Tx, query string, args ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("following links: %w", err)
	}
	var payment, subscription string
	_, err = pgx.ForEachRow(rows, []any{&payment, &subscription}, func() error {
		r.payments, r.subscriptions = append(r.payments, payment), append(r.subscriptions, subscription)
		return nil
	})
	if err != nil {
		return fmt.Errorf("following links: %w", err)
	}
	r.tidy()
	return nil
}

// covers tells whether r has all that o has.
func (r *reach) covers(o reach) bool {
	theirs := o.lists()
	for i, ours := range r.lists() {
		for _, id := range *theirs[i] {
			if _, found := slices.BinarySearch(*ours, id); !found {
				return false
			}
		}
	}
	return true
}

// lock holds everything reached until the transaction ends.
func (r *reach) lock(ctx context.Context, tx pgx.Tx) error {
	var ordered []string
	for _, ids := range r.lists() {
		ordered = append(ordered, *ids...)
	}
	if len(ordered) == 0 {
		return nil
	}
	// The subquery keeps the order: rows are produced, and locked, one by one.
	_, err := tx.Exec(ctx, `
		select pg_advisory_xact_lock(hashtextextended(id, 0))
		from (select id from unnest($1::text[]) with ordinality as t (id, place) order by place offset 0) as named`, ordered)
	if err != nil {
		return fmt.Errorf("locking what the facts speak of: %w", err)
	}
	return nil
}

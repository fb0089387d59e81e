package payments

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// reach is what facts bear upon, directly or through links. Each list is sorted,
// without repetition and without "".
type reach struct {
	// All of these are locked; the donations of the payments are derived again.
	checkouts, subscriptions, invoices, sessions, charges, payments []string
	// derive are those of the subscriptions whose recurring donation is, too.
	derive []string
}

// lists gives the classes in the order in which they are locked.
func (r *reach) lists() []*[]string {
	return []*[]string{&r.checkouts, &r.subscriptions, &r.invoices, &r.sessions, &r.charges, &r.payments}
}

func (r *reach) tidy() {
	for _, ids := range append(r.lists(), &r.derive) {
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

// reach follows the links that are stored by now, from what the facts name:
//
//   - to the payments and subscriptions whose derived rows may change (derive);
//   - from those to everything that their derivation reads, which is locked as
//     well, so that nobody who writes any of it at the same moment goes unseen.
//
// Links that the facts bring themselves need no following: both ends are named.
func (f *Facts) reach(ctx context.Context, tx pgx.Tx) (reach, error) {
	r := f.names()
	rows, err := tx.Query(ctx, `
		with session as (
			select payment, subscription, invoice, checkout_id from checkout_sessions where id = any($1)
		), told_invoice as (
			select unnest($2::text[]) as id union select invoice from session
		), told_subscription as (
			select unnest($3::text[]) as id union select subscription from session
			union select subscription from invoices where id = any($4)
		), payment as (
			select unnest($5::text[]) as id union select payment from session
			union select c.payment from charges c where c.id = any($6)
			union select l.payment from told_invoice t join invoice_payments l on l.invoice = t.id
			union select l.payment from told_subscription t
				join invoices i on i.subscription = t.id and i.subscription <> ''
				join invoice_payments l on l.invoice = i.id
		), invoice as (
			select id from told_invoice
			union select l.invoice from payment p join invoice_payments l on l.payment = p.id
		), subscription as (
			select id from told_subscription
			union select i.subscription from invoice n join invoices i on i.id = n.id
		)
		select 'payment', id from payment
		union all select 'derive subscription', id from told_subscription
		union all select 'subscription', id from subscription
		union all select 'invoice', id from invoice
		union all select 'checkout', checkout_id from session
		union all select 'checkout', x.checkout_id from payment p join payments x on x.id = p.id
		union all select 'checkout', x.checkout_id from payment p join charges x on x.payment = p.id
		union all select 'checkout', x.checkout_id from invoice n join invoices x on x.id = n.id
		union all select 'checkout', x.checkout_id from subscription n join subscriptions x on x.id = n.id
		union all select 'checkout', x.checkout_id
			from subscription n join checkout_sessions x on x.subscription = n.id and x.subscription <> ''
		union all select 'checkout', x.checkout_id
			from invoice n join checkout_sessions x on x.invoice = n.id and x.invoice <> ''
		union all select 'checkout', x.checkout_id
			from payment p join checkout_sessions x on x.payment = p.id and x.payment <> ''`,
		r.sessions, r.invoices, r.subscriptions, keys(f.Invoices, invoices.key), r.payments, r.charges)
	if err != nil {
		return r, fmt.Errorf("following links: %w", err)
	}
	var class, id string
	_, err = pgx.ForEachRow(rows, []any{&class, &id}, func() error {
		switch class {
		case "payment":
			r.payments = append(r.payments, id)
		case "derive subscription":
			r.derive = append(r.derive, id)
		case "subscription":
			r.subscriptions = append(r.subscriptions, id)
		case "invoice":
			r.invoices = append(r.invoices, id)
		case "checkout":
			r.checkouts = append(r.checkouts, id)
		}
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("following links: %w", err)
	}
	r.tidy()
	return r, nil
}

// follow adds what was derived under attributions that are told for the first
// time or otherwise than before, and locks it.
func (r *reach) follow(ctx context.Context, tx pgx.Tx, checkouts []string) error {
	rows, err := tx.Query(ctx, `
		select payment, subscription from donations where checkout_id = any($1)
		union all
		select '', subscription from recurring_donations where checkout_id = any($1)`, checkouts)
	if err != nil {
		return fmt.Errorf("following attributions: %w", err)
	}
	var payment, subscription string
	_, err = pgx.ForEachRow(rows, []any{&payment, &subscription}, func() error {
		r.payments, r.subscriptions = append(r.payments, payment), append(r.subscriptions, subscription)
		r.derive = append(r.derive, subscription)
		return nil
	})
	if err != nil {
		return fmt.Errorf("following attributions: %w", err)
	}
	r.tidy()
	return r.lock(ctx, tx)
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

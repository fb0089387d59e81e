package payments

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Merge joins facts into the books within the caller's transaction and derives
// again every donation and recurring donation they bear upon. Facts may come in
// any order, any number of times and concurrently: the books end the same.
// An error leaves the transaction to be rolled back.
func Merge(ctx context.Context, tx pgx.Tx, told Facts) error {
	f := told.compact()
	// Whoever writes an object, or a link to it, holds its lock until commit.
	// Of two transactions that tell the two ends of a link, the later one
	// therefore sees both. The order of the classes is the same for all, with
	// payments last, so that a holder of a payment waits for nobody.
	if err := lock(ctx, tx, f.names()); err != nil {
		return err
	}
	changedAttributions, err := attributions.merge(ctx, tx, f.Attributions)
	if err != nil {
		return err
	}
	if _, err := subscriptions.merge(ctx, tx, f.Subscriptions); err != nil {
		return err
	}
	if _, err := invoices.merge(ctx, tx, f.Invoices); err != nil {
		return err
	}
	if _, err := sessions.merge(ctx, tx, f.Sessions); err != nil {
		return err
	}
	if _, err := charges.merge(ctx, tx, f.Charges); err != nil {
		return err
	}
	if _, err := paymentTable.merge(ctx, tx, f.Payments); err != nil {
		return err
	}
	if err := link(ctx, tx, f.InvoicePayments); err != nil {
		return err
	}
	touchedPayments, touchedSubscriptions, err := f.touched(ctx, tx, changedAttributions)
	if err != nil {
		return err
	}
	// Donations reached through links are derived under their payment's lock
	// too, so that two derivations of one donation never overlap.
	if err := lock(ctx, tx, [][]string{touchedPayments}); err != nil {
		return err
	}
	if err := deriveDonations(ctx, tx, touchedPayments); err != nil {
		return err
	}
	return deriveRecurring(ctx, tx, touchedSubscriptions)
}

// names lists what the facts speak of or link to, class by class.
func (f *Facts) names() [][]string {
	var checkouts, subs, invs, sess, chs, pays []string
	for _, x := range f.Attributions {
		checkouts = append(checkouts, x.CheckoutID)
	}
	for _, x := range f.Subscriptions {
		subs = append(subs, x.ID)
	}
	for _, x := range f.Invoices {
		invs, subs = append(invs, x.ID), append(subs, x.Subscription)
	}
	for _, x := range f.Sessions {
		sess, subs, invs = append(sess, x.ID), append(subs, x.Subscription), append(invs, x.Invoice)
	}
	for _, x := range f.InvoicePayments {
		invs = append(invs, x.Invoice)
	}
	for _, x := range f.Charges {
		chs = append(chs, x.ID)
	}
	for _, x := range f.Payments {
		pays = append(pays, x.ID)
	}
	return [][]string{checkouts, subs, invs, sess, chs, pays}
}

func lock(ctx context.Context, tx pgx.Tx, classes [][]string) error {
	var ordered []string
	for _, ids := range classes {
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			if id != "" {
				ordered = append(ordered, id)
			}
		}
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

func link(ctx context.Context, tx pgx.Tx, links []InvoicePayment) error {
	if len(links) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for _, l := range links {
		batch.Queue("insert into invoice_payments (invoice, payment) values ($1, $2) on conflict do nothing", l.Invoice, l.Payment)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("linking invoices and payments: %w", err)
	}
	return nil
}

// touched finds the payments and subscriptions whose derived rows the facts
// bear upon, through whatever links are known by now.
func (f *Facts) touched(ctx context.Context, tx pgx.Tx, changedAttributions []string) (pays, subs []string, err error) {
	names := f.names()
	subs, pays = names[1], names[5]
	if len(names[1]) == 0 && len(names[2]) == 0 && len(changedAttributions) == 0 {
		return pays, nil, nil
	}
	rows, err := tx.Query(ctx, `
		select p.payment, coalesce(i.subscription, '')
		from invoice_payments p left join invoices i on i.id = p.invoice
		where p.invoice = any($1)
		union all
		select p.payment, ''
		from invoices i join invoice_payments p on p.invoice = i.id
		where i.subscription = any($2) and i.subscription <> ''
		union all
		select payment, subscription from donations where checkout_id = any($3)`,
		names[2], names[1], changedAttributions)
	if err != nil {
		return nil, nil, fmt.Errorf("following links: %w", err)
	}
	var payment, subscription string
	_, err = pgx.ForEachRow(rows, []any{&payment, &subscription}, func() error {
		pays, subs = append(pays, payment), append(subs, subscription)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("following links: %w", err)
	}
	for _, ids := range []*[]string{&pays, &subs} {
		slices.Sort(*ids)
		*ids = slices.Compact(*ids)
	}
	return pays, subs, nil
}

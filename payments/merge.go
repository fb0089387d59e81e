package payments

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// errMoved says that a link was told by somebody else while locks were taken.
var errMoved = errors.New("the books moved while their locks were taken")

// Merge joins facts into the books within the caller's transaction and derives
// again every donation and recurring donation they bear upon. Facts may come in
// any order, any number of times and concurrently: the books end the same.
// After an error the books are as they were before, and the transaction can go
// on.
func Merge(ctx context.Context, tx pgx.Tx, told Facts) error {
	f := told.compact()
	for {
		// Going back to the savepoint releases the locks, so that they can be
		// taken anew in their order.
		err := pgx.BeginFunc(ctx, tx, func(aside pgx.Tx) error { return f.merge(ctx, aside) })
		if !errors.Is(err, errMoved) {
			return err
		}
	}
}

func (f *Facts) merge(ctx context.Context, tx pgx.Tx) error {
	// Whoever writes an object, a link to it or a row derived from it holds its
	// lock until commit: of two transactions that tell the two ends of a link, the
	// later one sees both. All locks are taken at once and in one order, so that
	// no two transactions wait for each other.
	reached, err := f.reach(ctx, tx)
	if err != nil {
		return err
	}
	if err := reached.lock(ctx, tx); err != nil {
		return err
	}
	now, err := f.reach(ctx, tx)
	if err != nil {
		return err
	}
	if !reached.covers(now) {
		return errMoved
	}
	changed, err := f.store(ctx, tx)
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		if err := now.follow(ctx, tx, changed); err != nil {
			return err
		}
	}
	someGave, err := donations().derive(ctx, tx, now.payments)
	if err != nil {
		return err
	}
	someGive, err := recurringDonations().derive(ctx, tx, now.derive)
	if err != nil {
		return err
	}
	if someGave || someGive {
		return meetDonors(ctx, tx, now)
	}
	return nil
}

// store joins the facts into the tables of their objects. It gives back the
// checkouts whose attribution is new or changed.
func (f *Facts) store(ctx context.Context, tx pgx.Tx) (changed []string, err error) {
	if changed, err = attributions.merge(ctx, tx, f.Attributions); err != nil {
		return nil, err
	}
	if _, err := subscriptions.merge(ctx, tx, f.Subscriptions); err != nil {
		return nil, err
	}
	if _, err := invoices.merge(ctx, tx, f.Invoices); err != nil {
		return nil, err
	}
	if _, err := sessions.merge(ctx, tx, f.Sessions); err != nil {
		return nil, err
	}
	if _, err := charges.merge(ctx, tx, f.Charges); err != nil {
		return nil, err
	}
	if _, err := paymentTable.merge(ctx, tx, f.Payments); err != nil {
		return nil, err
	}
	return changed, link(ctx, tx, f.InvoicePayments)
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

package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ended names the recurring donations that Stripe ended in the last week since they
// could not be charged: nobody meant to leave, and a letter may bring them back.
// Stripe says so by the reason payment_failed
// (https://docs.stripe.com/api/subscriptions/object#subscription_object-cancellation_details-reason).
func (w *Watch) ended(ctx context.Context, now time.Time) ([]seen, error) {
	rows, err := w.DB.Query(ctx, `select subscription, canceled_at from recurring_donations
		where status = 'canceled' and cancel_reason = 'payment_failed' and canceled_at > $1 order by subscription`, now.Add(-shownFor))
	if err != nil {
		return nil, fmt.Errorf("looking for what ended after charges failed: %w", err)
	}
	var found []seen
	var id string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &at}, func() error {
		found = append(found, seen{subscription: id, kind: Ended,
			detail: "it ended on " + day(at) + ": it could not be charged, and Stripe gave up"})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for what ended after charges failed: %w", err)
	}
	return found, nil
}

package payments

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// RefundOrder is what Stripe is asked to give back, from a row that was committed
// before.
type RefundOrder struct {
	ID            string // of the row: the root of Stripe's idempotency key, and in the refund's metadata
	PaymentIntent string // "" where the payment has none
	Charge        string // "" where only the payment intent is known
	Gift          money.Amount
	Amount        money.Amount // of the gift, in its currency
	Reason        string       // requested_by_customer, duplicate or fraudulent
	// Tried says that Stripe may have heard of the order before.
	Tried bool
}

// StripeAnswer is an object as Stripe answered with it.
type StripeAnswer struct {
	ID     string
	Status string
	Object json.RawMessage // in the shape of Version
	// Version is the API version of the shape.
	Version string
	// At is a moment by Stripe's clock not after that of which the object tells.
	At time.Time
}

// eraseOrders takes what staff wrote about a reader, and what Stripe said, out of the
// orders of refunds. Who gave back what stays.
func eraseOrders(ctx context.Context, tx pgx.Tx, ids []string) error {
	_, err := tx.Exec(ctx, `
		update refund_orders set note = '', error = case outcome when 'refused' then $2 else '' end
		where payment = any($1) and (note <> '' or error not in ('', $2))`, ids, receiptErased)
	if err != nil {
		return fmt.Errorf("erasing from orders of refunds: %w", err)
	}
	return nil
}

package stripegw

import (
	"context"
	"errors"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments"
)

// followCustomer lets a subscription, and no other of its customer, be charged to
// what the customer pays by. Stripe Checkout writes the card into the subscription,
// where it goes before the customer's; the portal changes the customer's. After each
// call, and after a crash there, every subscription is charged to what it was before.
// https://docs.stripe.com/billing/subscriptions/payment-methods-setting
func (g *Gateway) followCustomer(ctx context.Context, customer, subscription string) error {
	s, err := g.subscription(ctx, subscription)
	if err != nil {
		return err
	}
	if hasEnded(s) {
		return endedAlready(nil)
	}
	if err := g.keepOthers(ctx, customer, subscription); err != nil {
		return err
	}
	own := s.DefaultPaymentMethod
	if own == nil || own.ID == "" {
		return nil
	}
	theirs := &stripe.CustomerParams{InvoiceSettings: &stripe.CustomerInvoiceSettingsParams{DefaultPaymentMethod: stripe.String(own.ID)}}
	theirs.Context = ctx
	if _, err := g.api.Customers.Update(customer, theirs); err != nil {
		return err
	}
	if err := g.payBy(ctx, subscription, ""); err != nil {
		return err
	}
	// The card page of another subscription, opened at the same moment, may have made
	// its card the customer's in between.
	now, err := g.customer(ctx, customer)
	if err != nil {
		return err
	}
	if defaultMethod(now) == own.ID {
		return nil
	}
	if err := g.payBy(ctx, subscription, own.ID); err != nil {
		return err
	}
	return &payments.Error{
		Code: payments.Busy, RetryAfter: time.Second, Err: errors.New("the customer's card was changed at the same time"),
		Sentence: "Another card is being changed at this moment. Please try again.",
	}
}

// keepOthers gives the customer's other subscriptions what they are charged to now,
// where that is the customer's card: it is about to become another.
func (g *Gateway) keepOthers(ctx context.Context, customer, subscription string) error {
	cu, err := g.customer(ctx, customer)
	if err != nil {
		return err
	}
	card := defaultMethod(cu)
	if card == "" {
		return nil
	}
	params := &stripe.SubscriptionListParams{Customer: stripe.String(customer)}
	params.Context = ctx
	params.Limit = stripe.Int64(100)
	all := g.api.Subscriptions.List(params)
	for all.Next() {
		other := all.Subscription()
		// One whose first payment waits for its payer is charged to nothing by itself.
		if other.ID == subscription || hasEnded(other) || hasOwn(other) || other.Status == stripe.SubscriptionStatusIncomplete {
			continue
		}
		if err := g.payBy(ctx, other.ID, card); err != nil {
			return err
		}
	}
	return all.Err()
}

// hasOwn tells whether a subscription is charged to something of its own.
func hasOwn(s *stripe.Subscription) bool {
	return s.DefaultPaymentMethod != nil && s.DefaultPaymentMethod.ID != "" || s.DefaultSource != nil && s.DefaultSource.ID != ""
}

// payBy has a subscription charged to a payment method; "" is the customer's.
func (g *Gateway) payBy(ctx context.Context, subscription, method string) error {
	params := &stripe.SubscriptionParams{DefaultPaymentMethod: stripe.String(method)}
	params.Context = ctx
	_, err := g.api.Subscriptions.Update(subscription, params)
	return err
}

func (g *Gateway) customer(ctx context.Context, id string) (*stripe.Customer, error) {
	params := &stripe.CustomerParams{}
	params.Context = ctx
	return g.api.Customers.Get(id, params)
}

// defaultMethod is what a customer's invoices are charged to: a payment method, or a
// card of the older kind, which can stand for one
// (https://docs.stripe.com/payments/payment-methods/transitioning#compatibility).
func defaultMethod(cu *stripe.Customer) string {
	if s := cu.InvoiceSettings; s != nil && s.DefaultPaymentMethod != nil && s.DefaultPaymentMethod.ID != "" {
		return s.DefaultPaymentMethod.ID
	}
	if cu.DefaultSource != nil {
		return cu.DefaultSource.ID
	}
	return ""
}

package stripegw

import (
	"context"
	"errors"
	"net/http"

	"github.com/stripe/stripe-go/v76"
)

// forgiveDue makes void what a subscription's pause would not hold back: invoices
// that were made before it are charged, or tried again, all the same
// (https://docs.stripe.com/billing/subscriptions/pause-payment). A debit that is under
// way already cannot be called back. Once is enough; more often changes nothing.
func (g *Gateway) forgiveDue(ctx context.Context, subscription, key string) error {
	for _, status := range []stripe.InvoiceStatus{stripe.InvoiceStatusDraft, stripe.InvoiceStatusOpen} {
		params := &stripe.InvoiceListParams{Subscription: stripe.String(subscription), Status: stripe.String(string(status))}
		params.Context = ctx
		params.Limit = stripe.Int64(100)
		params.AddExpand("data.payment_intent")
		var due []*stripe.Invoice
		all := g.api.Invoices.List(params)
		for all.Next() {
			due = append(due, all.Invoice())
		}
		if err := all.Err(); err != nil {
			return explainChange(err)
		}
		for _, invoice := range due {
			if err := g.forgive(ctx, invoice, key); err != nil {
				return explainChange(err)
			}
		}
	}
	return nil
}

// forgive makes one invoice void that would be charged by itself.
func (g *Gateway) forgive(ctx context.Context, invoice *stripe.Invoice, key string) error {
	if pi := invoice.PaymentIntent; pi != nil && pi.Status == stripe.PaymentIntentStatusProcessing {
		return nil
	}
	if invoice.Status == stripe.InvoiceStatusDraft {
		if !invoice.AutoAdvance {
			return nil // somebody holds it: it is charged only when they say so
		}
		// What was made for a subscription cannot be deleted, and only what is final
		// can be made void (https://docs.stripe.com/api/invoices/delete).
		params := &stripe.InvoiceFinalizeInvoiceParams{AutoAdvance: stripe.Bool(false)}
		params.Context = ctx
		params.SetIdempotencyKey(key + "-final-" + invoice.ID)
		final, err := g.api.Invoices.FinalizeInvoice(invoice.ID, params)
		if err != nil {
			return g.unlessOver(ctx, invoice.ID, err)
		}
		if final.Status != stripe.InvoiceStatusOpen {
			return nil // nothing was due
		}
	}
	params := &stripe.InvoiceVoidInvoiceParams{}
	params.Context = ctx
	params.SetIdempotencyKey(key + "-void-" + invoice.ID)
	_, err := g.api.Invoices.VoidInvoice(invoice.ID, params)
	return g.unlessOver(ctx, invoice.ID, err)
}

// unlessOver is nil where an invoice that could not be made void was paid, or made
// void, in the meantime.
func (g *Gateway) unlessOver(ctx context.Context, invoice string, err error) error {
	refused, ok := errors.AsType[*stripe.Error](err)
	if !ok || refused.HTTPStatusCode != http.StatusBadRequest {
		return err
	}
	params := &stripe.InvoiceParams{}
	params.Context = ctx
	now, looked := g.api.Invoices.Get(invoice, params)
	if looked == nil && now.Status != stripe.InvoiceStatusDraft && now.Status != stripe.InvoiceStatusOpen {
		return nil
	}
	return err
}

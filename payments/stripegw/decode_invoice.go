package stripegw

import (
	"errors"

	"github.com/readerfund/readerfund/payments"
)

type subscriptionDetails struct {
	Subscription ref  `json:"subscription"`
	Metadata     meta `json:"metadata"`
}

type invoice struct {
	ID            text                       `json:"id"`
	Subscription  ref                        `json:"subscription"`         // gone since 2025-03-31.basil
	Details       maybe[subscriptionDetails] `json:"subscription_details"` // gone since 2025-03-31.basil
	PaymentIntent ref                        `json:"payment_intent"`       // gone since 2025-03-31.basil
	Charge        ref                        `json:"charge"`               // gone since 2025-03-31.basil
	Paid          flag                       `json:"paid"`                 // gone since 2025-03-31.basil
	Parent        maybe[struct {
		Details maybe[subscriptionDetails] `json:"subscription_details"`
	}] `json:"parent"`
	Payments list[struct {
		Payment maybe[paidBy] `json:"payment"`
	}] `json:"payments"` // only where expanded
	Lines         list[line]     `json:"lines"`
	Metadata      meta           `json:"metadata"`
	Customer      ref            `json:"customer"`
	Status        text           `json:"status"`
	BillingReason text           `json:"billing_reason"`
	Currency      text           `json:"currency"`
	AmountPaid    minor          `json:"amount_paid"`
	AttemptCount  whole          `json:"attempt_count"`
	Created       whole          `json:"created"`
	Email         text           `json:"customer_email"`
	Name          text           `json:"customer_name"`
	Address       maybe[address] `json:"customer_address"`
}

func (i invoice) key() text { return i.ID }

// traits: an invoice repeats its subscription's metadata; before 2023 only its
// lines did.
func (i *invoice) traits() traits {
	shown := traits{metadata: []meta{i.Details.it.Metadata, i.Parent.it.Details.it.Metadata}}
	for _, l := range i.Lines {
		shown.metadata = append(shown.metadata, l.Metadata)
		shown.items = append(shown.items, l.item())
	}
	shown.metadata = append(shown.metadata, i.Metadata)
	return shown
}

func (i *invoice) status() string {
	if i.Paid.is {
		return "paid" // shapes before 2019 have no status
	}
	return string(i.Status)
}

func (i *invoice) tell(f *payments.Facts, told telling) error {
	if i.ID == "" {
		return errNoID
	}
	sub := i.Subscription
	if sub == "" {
		sub = i.Details.it.Subscription
	}
	if sub == "" {
		sub = i.Parent.it.Details.it.Subscription
	}
	f.Invoices = append(f.Invoices, payments.Invoice{
		ID: string(i.ID), Subscription: string(sub), CheckoutID: told.checkout(f, i.traits()), Customer: string(i.Customer),
		Status: i.status(), BillingReason: string(i.BillingReason), Paid: amount(i.AmountPaid, i.Currency),
		// Only an attempt that failed is followed by another.
		Attempts: int64(i.AttemptCount), Failed: told.kind == "invoice.payment_failed" || i.AttemptCount > 1,
		Person:  contact{Email: i.Email, Name: i.Name, Address: i.Address}.person(),
		Created: int64(i.Created),
	})
	payers := []string{paidBy{PaymentIntent: i.PaymentIntent, Charge: i.Charge}.id()}
	for _, p := range i.Payments {
		payers = append(payers, p.Payment.it.id())
	}
	for _, p := range payers {
		if p != "" {
			f.InvoicePayments = append(f.InvoicePayments, payments.InvoicePayment{Invoice: string(i.ID), Payment: p})
		}
	}
	return nil
}

// paidBy names what paid an invoice: a payment intent, or in older accounts a
// charge that has none.
type paidBy struct {
	PaymentIntent ref `json:"payment_intent"`
	Charge        ref `json:"charge"`
}

func (p paidBy) id() string {
	if p.PaymentIntent != "" {
		return string(p.PaymentIntent)
	}
	return string(p.Charge)
}

// invoicePayment is the only one to tell which payment paid which invoice since
// 2025-03-31.basil.
type invoicePayment struct {
	Invoice ref           `json:"invoice"`
	Payment maybe[paidBy] `json:"payment"`
}

func (p *invoicePayment) tell(f *payments.Facts, _ telling) error {
	if p.Invoice == "" {
		return errors.New("it names no invoice")
	}
	// An invoice that was paid outside of Stripe has a record instead of a payment
	// (https://docs.stripe.com/api/invoice-payment/object#invoice_payment_object-payment-type).
	if payment := p.Payment.it.id(); payment != "" {
		f.InvoicePayments = append(f.InvoicePayments, payments.InvoicePayment{Invoice: string(p.Invoice), Payment: payment})
	}
	return nil
}

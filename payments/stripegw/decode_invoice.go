package stripegw

import (
	"encoding/json"
	"errors"

	"github.com/readerfund/readerfund/payments"
)

type subscriptionDetails struct {
	Subscription ref  `json:"subscription"`
	Metadata     meta `json:"metadata"`
}

type invoice struct {
	ID            text                `json:"id"`
	Subscription  ref                 `json:"subscription"`         // gone since 2025-03-31.basil
	Details       subscriptionDetails `json:"subscription_details"` // gone since 2025-03-31.basil
	PaymentIntent ref                 `json:"payment_intent"`       // gone since 2025-03-31.basil
	Parent        struct {
		Details subscriptionDetails `json:"subscription_details"`
	} `json:"parent"`
	Payments list[struct {
		Payment struct {
			PaymentIntent ref `json:"payment_intent"`
		} `json:"payment"`
	}] `json:"payments"`
	Customer      ref     `json:"customer"`
	Status        text    `json:"status"`
	BillingReason text    `json:"billing_reason"`
	Currency      text    `json:"currency"`
	AmountPaid    int64   `json:"amount_paid"`
	AttemptCount  int64   `json:"attempt_count"`
	Created       int64   `json:"created"`
	Email         text    `json:"customer_email"`
	Name          text    `json:"customer_name"`
	Address       address `json:"customer_address"`
}

func tellInvoice(object json.RawMessage, told envelope) (payments.Facts, error) {
	var i invoice
	if err := json.Unmarshal(object, &i); err != nil {
		return payments.Facts{}, err
	}
	if i.ID == "" {
		return payments.Facts{}, errNoID
	}
	var f payments.Facts
	checkout := attribute(&f, i.Details.Metadata)
	if checkout == "" {
		checkout = attribute(&f, i.Parent.Details.Metadata)
	}
	sub := i.Subscription
	if sub == "" {
		sub = i.Parent.Details.Subscription
	}
	f.Invoices = append(f.Invoices, payments.Invoice{
		ID: string(i.ID), Subscription: string(sub), CheckoutID: checkout, Customer: string(i.Customer),
		Status: string(i.Status), BillingReason: string(i.BillingReason),
		Paid:     amount(i.AmountPaid, i.Currency),
		Attempts: i.AttemptCount, Failed: told.Type == "invoice.payment_failed",
		Person:  payments.Person{Email: string(i.Email), Name: string(i.Name), Country: string(i.Address.Country)},
		Created: i.Created,
	})
	intents := []ref{i.PaymentIntent}
	for _, p := range i.Payments.Data {
		intents = append(intents, p.Payment.PaymentIntent)
	}
	for _, p := range intents {
		if p != "" {
			f.InvoicePayments = append(f.InvoicePayments, payments.InvoicePayment{Invoice: string(i.ID), Payment: string(p)})
		}
	}
	return f, nil
}

// invoicePayment is the only one to tell which payment paid which invoice since
// 2025-03-31.basil.
type invoicePayment struct {
	Invoice ref `json:"invoice"`
	Payment struct {
		PaymentIntent ref `json:"payment_intent"`
		Charge        ref `json:"charge"`
	} `json:"payment"`
}

func tellInvoicePayment(object json.RawMessage, _ envelope) (payments.Facts, error) {
	var p invoicePayment
	if err := json.Unmarshal(object, &p); err != nil {
		return payments.Facts{}, err
	}
	payment := p.Payment.PaymentIntent
	if payment == "" {
		payment = p.Payment.Charge
	}
	if p.Invoice == "" || payment == "" {
		return payments.Facts{}, errors.New("it names no invoice or no payment")
	}
	return payments.Facts{InvoicePayments: []payments.InvoicePayment{{Invoice: string(p.Invoice), Payment: string(payment)}}}, nil
}

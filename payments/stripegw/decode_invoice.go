package stripegw

import (
	"encoding/json"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
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
	AttemptCount  int     `json:"attempt_count"`
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
		Paid:     money.New(i.AmountPaid, money.FromCode(string(i.Currency))),
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

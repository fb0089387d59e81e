package stripegw

import (
	"encoding/json"

	"github.com/readerfund/readerfund/payments"
)

type address struct {
	Country text `json:"country"`
}

type contact struct {
	Email   text    `json:"email"`
	Name    text    `json:"name"`
	Address address `json:"address"`
}

func (c contact) person() payments.Person {
	return payments.Person{Email: string(c.Email), Name: string(c.Name), Country: string(c.Address.Country)}
}

type charge struct {
	ID                 text    `json:"id"`
	PaymentIntent      ref     `json:"payment_intent"`
	Invoice            ref     `json:"invoice"` // gone since 2025-03-31.basil
	Customer           ref     `json:"customer"`
	BalanceTransaction ref     `json:"balance_transaction"`
	Amount             int64   `json:"amount"`
	AmountRefunded     int64   `json:"amount_refunded"`
	Currency           text    `json:"currency"`
	Status             text    `json:"status"`
	FailureCode        text    `json:"failure_code"`
	Created            int64   `json:"created"`
	Metadata           meta    `json:"metadata"`
	BillingDetails     contact `json:"billing_details"`
	Method             struct {
		Type text `json:"type"`
		Card struct {
			Country text `json:"country"`
		} `json:"card"`
	} `json:"payment_method_details"`
}

func tellCharge(object json.RawMessage, told envelope) (payments.Facts, error) {
	var c charge
	if err := json.Unmarshal(object, &c); err != nil {
		return payments.Facts{}, err
	}
	if c.ID == "" {
		return payments.Facts{}, errNoID
	}
	return c.facts(told), nil
}

func (c charge) facts(told envelope) payments.Facts {
	var f payments.Facts
	checkout := attribute(&f, c.Metadata)
	payment := string(c.PaymentIntent)
	if payment == "" {
		payment = string(c.ID)
	}
	person := c.BillingDetails.person()
	if person.Country == "" {
		person.Country = string(c.Method.Card.Country)
	}
	f.Charges = append(f.Charges, payments.Charge{
		ID: string(c.ID), Payment: payment, CheckoutID: checkout, Customer: string(c.Customer),
		Amount:   amount(c.Amount, c.Currency),
		Refunded: payments.Refunded{At: told.Created, Minor: c.AmountRefunded}, BalanceTransaction: string(c.BalanceTransaction), Method: string(c.Method.Type),
		Person: person, Created: c.Created,
		Stamp: payments.ChargeStamp(string(c.Status), told.Created, string(told.ID)),
		State: payments.ChargeState{Status: string(c.Status), FailureCode: string(c.FailureCode)},
	})
	if c.Invoice != "" {
		f.InvoicePayments = append(f.InvoicePayments, payments.InvoicePayment{Invoice: string(c.Invoice), Payment: payment})
	}
	return f
}

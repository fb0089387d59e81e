package stripegw

import (
	"encoding/json"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

type session struct {
	ID            text    `json:"id"`
	Mode          text    `json:"mode"`
	Status        text    `json:"status"`
	PaymentStatus text    `json:"payment_status"`
	PaymentIntent ref     `json:"payment_intent"`
	Subscription  ref     `json:"subscription"`
	Invoice       ref     `json:"invoice"`
	Customer      ref     `json:"customer"`
	AmountTotal   int64   `json:"amount_total"`
	Currency      text    `json:"currency"`
	Created       int64   `json:"created"`
	Metadata      meta    `json:"metadata"`
	CustomerEmail text    `json:"customer_email"`
	Details       contact `json:"customer_details"`
}

func tellSession(object json.RawMessage, told envelope) (payments.Facts, error) {
	var s session
	if err := json.Unmarshal(object, &s); err != nil {
		return payments.Facts{}, err
	}
	if s.ID == "" {
		return payments.Facts{}, errNoID
	}
	var f payments.Facts
	checkout := attribute(&f, s.Metadata)
	status := string(s.Status)
	switch told.Type {
	case "checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed":
		status = "complete" // shapes before 2021 have no status
	}
	person := s.Details.person()
	if person.Email == "" {
		person.Email = string(s.CustomerEmail)
	}
	total := amount(s.AmountTotal, s.Currency)
	f.Sessions = append(f.Sessions, payments.Session{
		ID: string(s.ID), CheckoutID: checkout, Mode: string(s.Mode), Status: status,
		PaymentStatus: string(s.PaymentStatus), Payment: string(s.PaymentIntent), Subscription: string(s.Subscription),
		Invoice: string(s.Invoice), Customer: string(s.Customer), Total: total, Person: person, Created: s.Created,
	})
	if p, ok := s.payment(told, status, total); ok {
		p.CheckoutID = checkout
		f.Payments = append(f.Payments, p)
	}
	return f, nil
}

// payment is what a session says of its payment: a session is complete once the
// payer has done their part, and paid, unpaid or failed from then on
// (https://docs.stripe.com/payments/checkout/fulfill-orders#delayed-notification).
func (s session) payment(told envelope, status string, total money.Amount) (payments.Payment, bool) {
	if s.PaymentIntent == "" || status != "complete" {
		return payments.Payment{}, false
	}
	state := payments.PaymentState{Status: "processing", Amount: total}
	switch {
	case s.PaymentStatus == "paid" || told.Type == "checkout.session.async_payment_succeeded":
		state.Status = "succeeded"
	case told.Type == "checkout.session.async_payment_failed":
		state.Status, state.FailureCode = "requires_payment_method", failedSomehow
	}
	return payments.Payment{
		ID: string(s.PaymentIntent), Customer: string(s.Customer), Promised: true,
		Stamp: state.Stamp(told.Created, string(told.ID)), State: state,
	}, true
}

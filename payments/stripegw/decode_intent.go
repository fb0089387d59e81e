package stripegw

import (
	"encoding/json"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

type intent struct {
	ID        text         `json:"id"`
	Customer  ref          `json:"customer"`
	Invoice   ref          `json:"invoice"` // gone since 2025-03-31.basil
	Amount    int64        `json:"amount"`
	Currency  text         `json:"currency"`
	Status    text         `json:"status"`
	Created   int64        `json:"created"`
	Metadata  meta         `json:"metadata"`
	Charges   list[charge] `json:"charges"` // gone since 2022-11-15
	LastError struct {
		Code        text `json:"code"`
		DeclineCode text `json:"decline_code"`
	} `json:"last_payment_error"`
}

func tellIntent(object json.RawMessage, told envelope) (payments.Facts, error) {
	var p intent
	if err := json.Unmarshal(object, &p); err != nil {
		return payments.Facts{}, err
	}
	if p.ID == "" {
		return payments.Facts{}, errNoID
	}
	var f payments.Facts
	checkout := attribute(&f, p.Metadata)
	status := modernStatus(string(p.Status))
	failure := string(p.LastError.DeclineCode)
	if failure == "" {
		failure = string(p.LastError.Code)
	}
	f.Payments = append(f.Payments, payments.Payment{
		ID: string(p.ID), CheckoutID: checkout, Customer: string(p.Customer), Created: p.Created,
		Promised: status == "processing" || status == "succeeded",
		Stamp:    payments.PaymentStamp(status, told.Created, string(told.ID)),
		State: payments.PaymentState{
			Status: status, Amount: money.New(p.Amount, money.FromCode(string(p.Currency))), FailureCode: failure,
		},
	})
	if p.Invoice != "" {
		f.InvoicePayments = append(f.InvoicePayments, payments.InvoicePayment{Invoice: string(p.Invoice), Payment: string(p.ID)})
	}
	for _, c := range p.Charges.Data {
		if c.ID != "" {
			f.Add(c.facts(told))
		}
	}
	return f, nil
}

// modernStatus gives the name that a status has had since API version
// 2019-02-11 to those who still speak the one before
// (https://docs.stripe.com/upgrades#2019-02-11).
func modernStatus(status string) string {
	switch status {
	case "requires_source":
		return "requires_payment_method"
	case "requires_source_action":
		return "requires_action"
	default:
		return status
	}
}

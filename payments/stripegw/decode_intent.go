package stripegw

import (
	"encoding/json"

	"github.com/readerfund/readerfund/payments"
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
	LastError *struct {
		Code        text `json:"code"`
		DeclineCode text `json:"decline_code"`
	} `json:"last_payment_error"`
}

// failedSomehow stands where Stripe tells a failure without a code.
const failedSomehow = "payment_failed"

// failure is why the last attempt failed, "" where it did not.
func (p intent) failure(told envelope) string {
	switch {
	case modernStatus(string(p.Status)) != "requires_payment_method":
		return "" // a new attempt is under way, or none is needed
	case p.LastError != nil && p.LastError.DeclineCode != "":
		return string(p.LastError.DeclineCode)
	case p.LastError != nil && p.LastError.Code != "":
		return string(p.LastError.Code)
	case p.LastError != nil || told.Type == "payment_intent.payment_failed":
		return failedSomehow
	default:
		return ""
	}
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
	state := payments.PaymentState{
		Status: status, Amount: amount(p.Amount, p.Currency), FailureCode: p.failure(told),
	}
	f.Payments = append(f.Payments, payments.Payment{
		ID: string(p.ID), CheckoutID: checkout, Customer: string(p.Customer), Created: p.Created,
		Promised: status == "processing" || status == "succeeded",
		Stamp:    state.Stamp(told.Created, string(told.ID)),
		State:    state,
	})
	if p.Invoice != "" {
		f.InvoicePayments = append(f.InvoicePayments, payments.InvoicePayment{Invoice: string(p.Invoice), Payment: string(p.ID)})
	}
	for _, c := range p.Charges.Data {
		if c.ID != "" {
			if c.PaymentIntent == "" {
				c.PaymentIntent = ref(p.ID)
			}
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

package stripegw

import "github.com/readerfund/readerfund/payments"

type intent struct {
	ID             text               `json:"id"`
	Customer       ref                `json:"customer"`
	Invoice        link[invoice]      `json:"invoice"` // gone since 2025-03-31.basil
	Amount         minor              `json:"amount"`
	AmountReceived minor              `json:"amount_received"`
	Currency       text               `json:"currency"`
	Presentment    maybe[presentment] `json:"presentment_details"`
	Status         text               `json:"status"`
	Created        whole              `json:"created"`
	Metadata       meta               `json:"metadata"`
	Charges        list[charge]       `json:"charges"`       // gone since 2022-11-15
	LatestCharge   link[charge]       `json:"latest_charge"` // since 2022-11-15
	LastError      *maybe[struct {
		Code        text `json:"code"`
		DeclineCode text `json:"decline_code"`
	}] `json:"last_payment_error"`
}

// failedSomehow stands where Stripe tells a failure without a code.
const failedSomehow = "payment_failed"

// failure is why the last attempt failed, "" where it did not.
func (p *intent) failure(told telling) string {
	switch {
	case modernStatus(string(p.Status)) != "requires_payment_method":
		return "" // a new attempt is under way, or none is needed
	case p.LastError != nil && p.LastError.it.DeclineCode != "":
		return string(p.LastError.it.DeclineCode)
	case p.LastError != nil && p.LastError.it.Code != "":
		return string(p.LastError.it.Code)
	case p.LastError != nil || told.kind == "payment_intent.payment_failed":
		return failedSomehow
	default:
		return ""
	}
}

// collected is the amount that the payer was asked for, or, of one that was
// captured only in part, what was collected
// (https://docs.stripe.com/api/payment_intents/object#payment_intent_object-amount_received).
func (p *intent) collected(status string) minor {
	if got := p.AmountReceived; status == "succeeded" && got.told && got.n > 0 && got.n < p.Amount.n {
		return got
	}
	return p.Amount
}

func (p *intent) tell(f *payments.Facts, told telling) error {
	if p.ID == "" {
		return errNoID
	}
	shown := traits{metadata: []meta{p.Metadata}}
	if p.Invoice.it != nil {
		shown = shown.and(p.Invoice.it.traits())
	}
	status := modernStatus(string(p.Status))
	state := payments.PaymentState{
		Status: status, Amount: paidAmount(p.Presentment, amount(p.collected(status), p.Currency)), FailureCode: p.failure(told),
	}
	f.Payments = append(f.Payments, payments.Payment{
		ID: string(p.ID), CheckoutID: told.checkout(f, shown), Customer: string(p.Customer), Created: int64(p.Created),
		Promised: status == "processing" || status == "succeeded",
		Alone:    p.Invoice.told && p.Invoice.id == "",
		Stamp:    state.Stamp(told.at, told.event),
		State:    state,
	})
	if p.Invoice.id != "" {
		f.InvoicePayments = append(f.InvoicePayments, payments.InvoicePayment{Invoice: string(p.Invoice.id), Payment: string(p.ID)})
	}
	p.tellWithin(f, told)
	return nil
}

// tellWithin tells of the objects that Stripe put into the intent. One without
// an id says nothing.
func (p *intent) tellWithin(f *payments.Facts, told telling) {
	charges := p.Charges
	if p.LatestCharge.it != nil {
		charges = append(charges, *p.LatestCharge.it)
	}
	for _, c := range charges {
		if c.PaymentIntent == "" {
			c.PaymentIntent = ref(p.ID)
		}
		_ = c.tell(f, told)
	}
	if p.Invoice.it != nil {
		_ = p.Invoice.it.tell(f, told)
	}
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

package stripegw

import (
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

type session struct {
	ID            text               `json:"id"`
	Mode          text               `json:"mode"`
	Status        text               `json:"status"`
	PaymentStatus text               `json:"payment_status"`
	PaymentIntent ref                `json:"payment_intent"` // told only late since 2022-08-01
	Subscription  ref                `json:"subscription"`
	Invoice       ref                `json:"invoice"`
	SetupIntent   ref                `json:"setup_intent"`
	Customer      ref                `json:"customer"`
	PaymentLink   ref                `json:"payment_link"`
	AmountTotal   minor              `json:"amount_total"`
	Currency      text               `json:"currency"`
	Presentment   maybe[presentment] `json:"presentment_details"`
	Displayed     list[displayed]    `json:"display_items"` // gone since 2020-08-27
	Lines         list[line]         `json:"line_items"`    // only where expanded
	Created       whole              `json:"created"`
	Metadata      meta               `json:"metadata"`
	CustomerEmail text               `json:"customer_email"`
	Details       maybe[contact]     `json:"customer_details"`
}

// displayed is an item of a session, in the shapes that had no total.
type displayed struct {
	Amount   minor      `json:"amount"`
	Currency text       `json:"currency"`
	Quantity quantity   `json:"quantity"`
	Plan     link[plan] `json:"plan"`
}

func (s *session) tell(f *payments.Facts, told telling) error {
	if s.ID == "" {
		return errNoID
	}
	status := s.status(told)
	person := s.Details.it.person()
	if person.Email == "" {
		person.Email = string(s.CustomerEmail)
	}
	checkout := told.checkout(f, s.traits())
	total := s.total()
	var completeBy int64
	if status == "complete" {
		completeBy = told.at
	}
	f.Sessions = append(f.Sessions, payments.Session{
		ID: string(s.ID), CheckoutID: checkout, Mode: s.mode(), Status: status,
		PaymentStatus: string(s.PaymentStatus), Payment: string(s.PaymentIntent), Subscription: string(s.Subscription),
		Invoice: string(s.Invoice), Customer: string(s.Customer), PaymentLink: string(s.PaymentLink),
		Total: total, Person: person, Created: int64(s.Created), CompleteBy: completeBy,
	})
	if p, ok := s.payment(told, status, total); ok {
		p.CheckoutID = checkout
		f.Payments = append(f.Payments, p)
	}
	return nil
}

func (s *session) traits() traits {
	shown := traits{metadata: []meta{s.Metadata}, link: s.PaymentLink}
	for _, l := range s.Lines {
		shown.items = append(shown.items, l.item())
	}
	for _, d := range s.Displayed {
		p := priceOf(link[price]{}, d.Plan)
		shown.items = append(shown.items, item{price: string(p.ID), product: string(p.Product)})
	}
	return shown
}

// status is the session's own; shapes before 2021 leave it to the event's type.
func (s *session) status(told telling) string {
	switch told.kind {
	case "checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed":
		return "complete"
	case "checkout.session.expired":
		return "expired"
	default:
		return string(s.Status)
	}
}

// mode is what the session was for; the oldest shapes leave it to what it made.
func (s *session) mode() string {
	switch {
	case s.Mode != "":
		return string(s.Mode)
	case s.Subscription != "":
		return "subscription"
	case s.PaymentIntent != "":
		return "payment"
	case s.SetupIntent != "":
		return "setup"
	default:
		return ""
	}
}

// total is what the payer was asked for.
func (s *session) total() money.Amount {
	own := amount(s.AmountTotal, s.Currency)
	if own.Currency == "" {
		own = s.displayedTotal()
	}
	return paidAmount(s.Presentment, own)
}

func (s *session) displayedTotal() (sum money.Amount) {
	for _, d := range s.Displayed {
		p := price{UnitAmount: d.Amount, Currency: d.Currency}
		if !d.Amount.told && d.Plan.it != nil {
			p = d.Plan.it.price()
		}
		each, ok := times(p.UnitAmount, p.Exact, count(d.Quantity))
		total := sum.Minor + each
		next := amount(minor{told: true, n: total}, p.Currency)
		if !ok || !countable(total) || next.Currency == "" || sum.Currency != "" && sum.Currency != next.Currency {
			return money.Amount{}
		}
		sum = next
	}
	return sum
}

// payment is what a session says of its payment: a session is complete once the
// payer has done their part, and paid, unpaid or failed from then on
// (https://docs.stripe.com/payments/checkout/fulfill-orders#delayed-notification).
// A session that is only listed, or has no payment_status, promises the payment;
// whether it came is for the intent or the charge to say.
func (s *session) payment(told telling, status string, total money.Amount) (payments.Payment, bool) {
	if s.PaymentIntent == "" || status != "complete" || s.PaymentStatus == "no_payment_required" {
		return payments.Payment{}, false
	}
	p := payments.Payment{ID: string(s.PaymentIntent), Customer: string(s.Customer), Promised: true}
	switch {
	case s.PaymentStatus == "paid" || told.kind == "checkout.session.async_payment_succeeded":
		p.State = payments.PaymentState{Status: "succeeded", Amount: total}
	case told.kind == "checkout.session.async_payment_failed":
		p.State = payments.PaymentState{Status: "requires_payment_method", Amount: total, FailureCode: failedSomehow}
	case told.kind == "checkout.session.completed" && s.PaymentStatus != "":
		p.State = payments.PaymentState{Status: "processing", Amount: total}
	default:
		return p, true
	}
	p.Stamp = p.State.Stamp(told.at, told.event)
	return p, true
}

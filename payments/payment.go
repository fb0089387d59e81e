package payments

import "github.com/readerfund/readerfund/payments/money"

// Payment is what is known of a payment intent, or of a charge that has none.
type Payment struct {
	ID         string // pi_…, or ch_… where there is no payment intent
	CheckoutID string
	Customer   string
	Created    int64 // Unix seconds
	// Promised is set once the payer has done all they can, so that money is on
	// its way or has come. A card that was declined promises nothing.
	Promised bool
	// Alone is set where a shape that would name its invoice names none: it is no
	// part of anything that recurs.
	Alone bool
	Stamp Stamp
	State PaymentState
}

// PaymentState is what moves in a payment, told as one by each event.
type PaymentState struct {
	Status      string // Stripe's, of a payment intent
	Amount      money.Amount
	FailureCode string // of the last attempt, "" where it did not fail
}

// Stamp ranks the state. Succeeded and canceled are final
// (https://docs.stripe.com/payments/paymentintents/lifecycle), and a failure
// told late never takes back a success. In one second, an intent goes from new
// through processing to failed: requires_payment_method is both its first state
// and the one after a failure, and only the failure tells them apart.
func (p PaymentState) Stamp(at int64, event string) Stamp {
	s := Stamp{At: at, Event: event}
	switch {
	case p.Status == "succeeded":
		s.Class = 2
	case p.Status == "canceled":
		s.Class = 1
	case p.FailureCode != "":
		s.Rank = 3
	case p.Status == "processing":
		s.Rank = 2
	case p.Status == "requires_action" || p.Status == "requires_capture":
		s.Rank = 1
	}
	return s
}

func (a Payment) join(b Payment) Payment {
	stamp, state := latest(a.Stamp, a.State, b.Stamp, b.State, func(a, b PaymentState) PaymentState {
		return PaymentState{Status: either(a.Status, b.Status), Amount: eitherAmount(a.Amount, b.Amount),
			FailureCode: either(a.FailureCode, b.FailureCode)}
	})
	return Payment{
		ID: a.ID, CheckoutID: either(a.CheckoutID, b.CheckoutID), Customer: either(a.Customer, b.Customer),
		Created: either(a.Created, b.Created), Promised: a.Promised || b.Promised, Alone: a.Alone || b.Alone, Stamp: stamp, State: state,
	}
}

var paymentTable = table[Payment]{
	title: "payments",
	columns: "id, checkout_id, customer, created, promised, alone, told_class, told_at, told_rank, told_event, " +
		"status, currency, amount, failure_code",
	key:  func(p *Payment) string { return p.ID },
	join: Payment.join,
	fields: func(p *Payment) []any {
		return []any{&p.ID, &p.CheckoutID, &p.Customer, &p.Created, &p.Promised, &p.Alone,
			&p.Stamp.Class, &p.Stamp.At, &p.Stamp.Rank, &p.Stamp.Event,
			&p.State.Status, &p.State.Amount.Currency, &p.State.Amount.Minor, &p.State.FailureCode}
	},
	in: func(f *Facts) *[]Payment { return &f.Payments },
	names: func(x *Payment, r *reach) {
		r.checkout(x.CheckoutID)
		r.payments = append(r.payments, x.ID)
		r.customers = append(r.customers, x.Customer)
	},
	bears: func(_, now *Payment, a *affected) {
		a.payments = append(a.payments, now.ID)
	},
}

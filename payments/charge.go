package payments

import (
	"cmp"

	"github.com/readerfund/readerfund/payments/money"
)

// Charge is what is known of one attempt to move money. A payment has one
// charge for each attempt, of which at most one succeeds.
type Charge struct {
	ID                 string
	Payment            string // its payment intent, or its own id where there is none
	CheckoutID         string
	Customer           string
	Amount             money.Amount
	Refunded           Refunded
	BalanceTransaction string // "" until Stripe has settled the charge's fee
	Method             string // Stripe's type of payment method: card, sepa_debit, …
	// CardExpires is the last month in which its card can be charged: year * 100 +
	// month, 0 where no card paid or nobody said.
	CardExpires int64
	Person      Person
	Created     int64 // Unix seconds
	Stamp       Stamp
	State       ChargeState
}

// ChargeState is what moves in a charge, told as one by each event.
type ChargeState struct {
	Status      string // pending, failed, succeeded; Uncaptured
	FailureCode string
}

// Uncaptured is the status of a charge that is only reserved: Stripe calls it
// succeeded, and no money has moved
// (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method).
const Uncaptured = "uncaptured"

// ChargeStamp ranks a charge's status: one that succeeded has moved money, and only
// a debit that comes back later, which then has failed for good, leaves that state.
// Whoever tries again has another charge. Refunds and disputes are no states of it.
func ChargeStamp(status string, at int64, event string) Stamp {
	s := Stamp{At: at, Event: event}
	switch status {
	case "succeeded":
		s.Class = 2
	case "failed":
		s.Class = 3
	}
	return s
}

// Refunded is the sum of a charge's refunds as Stripe told it at a time. It
// grows with each refund and goes down again where one fails.
type Refunded struct {
	At    int64 // Unix seconds
	Minor int64 // in minor units of the charge's currency
}

// join takes the later telling. Of two in one second it takes the greater: a
// refund is far more common than one that fails at once.
func (a Refunded) join(b Refunded) Refunded {
	if cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Minor, b.Minor)) >= 0 {
		return a
	}
	return b
}

func (a Charge) join(b Charge) Charge {
	stamp, state := latest(a.Stamp, a.State, b.Stamp, b.State, func(a, b ChargeState) ChargeState {
		return ChargeState{Status: either(a.Status, b.Status), FailureCode: either(a.FailureCode, b.FailureCode)}
	})
	return Charge{
		ID: a.ID, Payment: a.payer(b), CheckoutID: either(a.CheckoutID, b.CheckoutID),
		Customer: either(a.Customer, b.Customer), Amount: eitherAmount(a.Amount, b.Amount),
		Refunded: a.Refunded.join(b.Refunded), BalanceTransaction: either(a.BalanceTransaction, b.BalanceTransaction),
		Method: either(a.Method, b.Method), CardExpires: either(a.CardExpires, b.CardExpires), Person: eitherPerson(a.Person, b.Person),
		Created: either(a.Created, b.Created), Stamp: stamp, State: state,
	}
}

// payer prefers a payment intent that either telling names.
func (a Charge) payer(b Charge) string {
	if a.Payment == a.ID && b.Payment != "" {
		return b.Payment
	}
	if b.Payment == a.ID && a.Payment != "" {
		return a.Payment
	}
	return either(a.Payment, b.Payment)
}

var charges = table[Charge]{
	title: "charges",
	columns: "id, payment, checkout_id, customer, currency, amount, refunded_at, amount_refunded, balance_transaction, method, " +
		"email, name, country, created, told_class, told_at, told_rank, told_event, status, failure_code, card_expires",
	key:  func(c *Charge) string { return c.ID },
	join: Charge.join,
	fields: func(c *Charge) []any {
		return []any{&c.ID, &c.Payment, &c.CheckoutID, &c.Customer, &c.Amount.Currency, &c.Amount.Minor,
			&c.Refunded.At, &c.Refunded.Minor,
			&c.BalanceTransaction, &c.Method, &c.Person.Email, &c.Person.Name, &c.Person.Country, &c.Created,
			&c.Stamp.Class, &c.Stamp.At, &c.Stamp.Rank, &c.Stamp.Event, &c.State.Status, &c.State.FailureCode,
			&c.CardExpires}
	},
	in: func(f *Facts) *[]Charge { return &f.Charges },
	names: func(x *Charge, r *reach) {
		r.checkout(x.CheckoutID)
		r.charges = append(r.charges, x.ID)
		r.customers = append(r.customers, x.Customer)
	},
	bears: func(old, now *Charge, a *affected) {
		a.payments = append(a.payments, old.Payment, now.Payment)
		a.sources = append(a.sources, now.ID)
	},
}

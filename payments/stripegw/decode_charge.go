package stripegw

import (
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

type address struct {
	Country text `json:"country"`
}

type contact struct {
	Email   text           `json:"email"`
	Name    text           `json:"name"`
	Address maybe[address] `json:"address"`
}

func (c contact) person() payments.Person {
	return payments.Person{Email: string(c.Email), Name: string(c.Name), Country: string(c.Address.it.Country)}
}

type charge struct {
	ID                 text                     `json:"id"`
	PaymentIntent      ref                      `json:"payment_intent"`
	Invoice            link[invoice]            `json:"invoice"` // gone since 2025-03-31.basil
	Customer           ref                      `json:"customer"`
	BalanceTransaction link[balanceTransaction] `json:"balance_transaction"`
	Dispute            link[dispute]            `json:"dispute"`
	Refunds            list[refund]             `json:"refunds"` // only where expanded since 2022-11-15
	Amount             minor                    `json:"amount"`
	AmountCaptured     minor                    `json:"amount_captured"`
	AmountRefunded     minor                    `json:"amount_refunded"`
	Currency           text                     `json:"currency"`
	Presentment        maybe[presentment]       `json:"presentment_details"`
	Status             text                     `json:"status"`
	Captured           flag                     `json:"captured"`
	FailureCode        text                     `json:"failure_code"`
	Created            whole                    `json:"created"`
	Metadata           meta                     `json:"metadata"`
	BillingDetails     maybe[contact]           `json:"billing_details"`
	Method             maybe[struct {
		Type text        `json:"type"`
		Card maybe[card] `json:"card"`
	}] `json:"payment_method_details"`
}

// card is what paid, as far as it is of interest here.
type card struct {
	Country  text  `json:"country"`
	ExpMonth whole `json:"exp_month"`
	ExpYear  whole `json:"exp_year"`
}

// expires is the last month of a card as payments.Charge has it.
func (c card) expires() int64 {
	if c.ExpMonth < 1 || c.ExpMonth > 12 || c.ExpYear < 2000 || c.ExpYear > 9999 {
		return 0
	}
	return int64(c.ExpYear)*100 + int64(c.ExpMonth)
}

func (c charge) key() text { return c.ID }

func (c *charge) tell(f *payments.Facts, told telling) error {
	if c.ID == "" {
		return errNoID
	}
	shown := traits{metadata: []meta{c.Metadata}}
	if c.Invoice.it != nil {
		shown = shown.and(c.Invoice.it.traits())
	}
	payment := string(c.PaymentIntent)
	if payment == "" {
		payment = string(c.ID)
	}
	person := c.BillingDetails.it.person()
	if person.Country == "" {
		person.Country = string(c.Method.it.Card.it.Country)
	}
	status := string(c.Status)
	if status == "succeeded" && c.Captured.told && !c.Captured.is {
		status = payments.Uncaptured
	}
	var gross money.Amount // of a hold, what will be collected is not known yet
	var refunded payments.Refunded
	if status != payments.Uncaptured {
		gross, refunded = c.money(told.at)
	}
	if told.kind == Listed && c.uncollected() == 0 {
		// The list was read somewhat after the time that is told: its sum may hold a
		// refund of the seconds between, which would then count again. Refunds are
		// listed one by one.
		refunded = payments.Refunded{}
	}
	f.Charges = append(f.Charges, payments.Charge{
		ID: string(c.ID), Payment: payment, CheckoutID: told.checkout(f, shown), Customer: string(c.Customer),
		Amount: gross, Refunded: refunded, BalanceTransaction: string(c.BalanceTransaction.id),
		Method: string(c.Method.it.Type), CardExpires: c.Method.it.Card.it.expires(), Person: person, Created: int64(c.Created),
		Stamp: payments.ChargeStamp(status, told.at, told.event),
		State: payments.ChargeState{Status: status, FailureCode: string(c.FailureCode)},
	})
	if c.Invoice.told && c.Invoice.id == "" {
		f.Payments = append(f.Payments, payments.Payment{ID: payment, Alone: true})
	}
	if c.Invoice.id != "" {
		f.InvoicePayments = append(f.InvoicePayments, payments.InvoicePayment{Invoice: string(c.Invoice.id), Payment: payment})
	}
	c.tellWithin(f, told)
	return nil
}

// tellWithin tells of the objects that Stripe put into the charge. One without
// an id says nothing.
func (c *charge) tellWithin(f *payments.Facts, told telling) {
	for _, r := range c.Refunds {
		if c.released(r) {
			continue
		}
		r.Charge, r.PaymentIntent = ref(c.ID), c.PaymentIntent
		_ = r.tell(f, told)
	}
	if c.Dispute.it != nil {
		_ = c.Dispute.it.tell(f, told)
	}
	if c.BalanceTransaction.it != nil {
		_ = c.BalanceTransaction.it.tell(f, told)
	}
	if c.Invoice.it != nil {
		_ = c.Invoice.it.tell(f, told)
	}
}

// uncollected is the part of a hold that was let go when less was captured.
// Stripe counts it among the refunds, though that money never moved
// (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method#capture-funds).
func (c *charge) uncollected() int64 {
	if got := c.AmountCaptured; got.told && got.n > 0 && got.n < c.Amount.n {
		return c.Amount.n - got.n
	}
	return 0
}

// released recognises the refund that stands for the uncollected part: no
// balance transaction accounts for it.
func (c *charge) released(r refund) bool {
	rest := c.uncollected()
	return rest > 0 && r.Amount.n == rest && r.BalanceTransaction.id == ""
}

// money is what was collected, and what of it was given back. Where the payer
// paid in another currency than the charge is in, part of a sum cannot be told
// in theirs: the refunds, which tell their own amounts, then decide.
func (c *charge) money(at int64) (gross money.Amount, _ payments.Refunded) {
	rest := c.uncollected()
	own := c.Amount
	own.n -= rest
	back := c.AmountRefunded
	if back.n >= rest {
		back.n -= rest
	}
	collected := amount(own, c.Currency)
	paid := paidAmount(c.Presentment, collected)
	switch {
	case !back.told:
		return paid, payments.Refunded{}
	case paid == collected:
		return paid, payments.Refunded{At: at, Minor: back.n}
	case back.n == 0:
		return paid, payments.Refunded{At: at}
	case own.told && back.n >= own.n:
		return paid, payments.Refunded{At: at, Minor: paid.Minor}
	default:
		return paid, payments.Refunded{}
	}
}

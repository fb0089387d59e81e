package manygifts

import (
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// tell adds what Stripe would have told of a gift by the end of the last day.
func (w world) tell(g *gift, f *payments.Facts, bank *bank) {
	f.Attributions = append(f.Attributions, g.order.Attribution)
	intent, charge := "pi_"+g.stem, "ch_"+g.stem
	subscription, invoice, customer := "", "", ""
	if g.chain.number > 0 {
		stem := w.stem(g.chain.began, askChain, g.chain.number)
		subscription, customer, invoice = "sub_"+stem, "cus_"+stem, "in_"+g.stem
		w.tellRecurring(g, f, subscription, invoice, customer)
		f.InvoicePayments = append(f.InvoicePayments, payments.InvoicePayment{Invoice: invoice, Payment: intent})
	}
	if g.chain.number == 0 || g.chain.first {
		s := payments.Session{
			ID: session(g), CheckoutID: g.order.Attribution.CheckoutID, Mode: "payment", Status: "complete", PaymentStatus: "paid",
			Payment: intent, Total: g.order.Amount, Person: g.giver.Person, Created: g.at - 90,
		}
		if subscription != "" {
			s.Mode, s.Payment, s.Subscription, s.Invoice, s.Customer = "subscription", "", subscription, invoice, customer
		}
		if g.fate == pending || g.fate == fails {
			s.PaymentStatus = "unpaid"
		}
		f.Sessions = append(f.Sessions, s)
	}
	checkout := g.order.Attribution.CheckoutID
	if subscription != "" {
		checkout = "" // a subscription's metadata is not its payments'
	}
	p := payments.Payment{
		ID: intent, CheckoutID: checkout, Customer: customer, Created: g.at, Promised: true, Alone: subscription == "",
		State: payments.PaymentState{Status: "succeeded", Amount: g.order.Amount},
	}
	c := payments.Charge{
		ID: charge, Payment: intent, CheckoutID: checkout, Customer: customer, Amount: g.order.Amount, Method: g.method,
		Person: g.giver.Person, Created: g.at, State: payments.ChargeState{Status: "succeeded"},
	}
	if g.method == "card" {
		c.CardExpires = 202812
	}
	told := g.at
	switch g.fate {
	case pending:
		p.State.Status, c.State.Status = "processing", "pending"
	case fails:
		told = g.cameTo
		p.State.Status, p.State.FailureCode = "requires_payment_method", "insufficient_funds"
		c.State = payments.ChargeState{Status: "failed", FailureCode: "insufficient_funds"}
	case returned:
		told = g.cameTo
		c.State = payments.ChargeState{Status: "failed", FailureCode: "insufficient_funds"}
		fallthrough
	default:
		c.BalanceTransaction = "txn_" + g.stem
		w.settle(g, f, bank, &c)
	}
	p.Stamp = p.State.Stamp(told, "evt_"+g.stem)
	c.Stamp = payments.ChargeStamp(c.State.Status, told, "evt_"+g.stem)
	f.Payments, f.Charges = append(f.Payments, p), append(f.Charges, c)
}

// session is the id of the page on which a gift was paid.
func session(g *gift) string { return "cs_live_a1" + g.stem + g.stem }

// tellRecurring adds what is told of a recurring donation with one of its gifts.
func (w world) tellRecurring(g *gift, f *payments.Facts, subscription, invoice, customer string) {
	a := g.order.Attribution
	period := int64(30 * secondsPerDay)
	if a.Kind == payments.Annual {
		period = 365 * secondsPerDay
	}
	s := payments.Subscription{
		ID: subscription, CheckoutID: a.CheckoutID, Customer: customer, Created: g.chain.began,
		Stamp: payments.SubscriptionStamp("active", g.at, "evt_"+g.stem),
		State: payments.SubscriptionState{
			Status: "active", Amount: g.order.Amount, Period: a.Kind.Interval(), PeriodCount: 1, CurrentPeriodEnd: g.at + period,
		},
	}
	if ended := g.at + period - secondsPerDay; g.chain.last && ended < w.end {
		s.Stamp, s.State.Status, s.State.CanceledAt = payments.SubscriptionStamp("canceled", ended, "evt_"+g.stem+"x"), "canceled", ended
		s.Reason = payments.CancelReason{At: ended, Text: "too_expensive"}
	}
	f.Subscriptions = append(f.Subscriptions, s)
	f.Customers = append(f.Customers, payments.Customer{
		ID: customer, Created: g.chain.began, Stamp: payments.Stamp{At: g.chain.began, Event: "evt_" + customer}, Person: g.giver.Person,
	})
	i := payments.Invoice{
		ID: invoice, Subscription: subscription, CheckoutID: a.CheckoutID, Customer: customer, Status: "paid",
		BillingReason: "subscription_cycle", Paid: g.order.Amount, Attempts: 1, Person: g.giver.Person, Created: g.at,
	}
	if g.chain.first {
		i.BillingReason = "subscription_create"
	} else if w.below(33, askRenewal, g.number) == 0 { // it came at the second attempt
		i.Attempts, i.Failed = 2, true
	}
	if g.fate == pending {
		i.Status, i.Paid, i.Attempts = "open", money.Amount{}, 0
	}
	f.Invoices = append(f.Invoices, i)
}

package payments

import "time"

// Event is what one of Stripe's events says once it is decoded.
type Event struct {
	ID         string
	Type       string
	APIVersion string
	Created    time.Time // zero where the event does not say
	// Handled is false for types that tell nothing about gifts.
	Handled bool
	Facts   Facts
}

// Facts is what an event (or a list of Stripe's) tells about objects. Each entry
// says only what it knows; the books hold the join of all entries.
type Facts struct {
	Attributions        []Attribution
	Customers           []Customer
	Sessions            []Session
	Payments            []Payment
	Charges             []Charge
	Refunds             []Refund
	Disputes            []Dispute
	Invoices            []Invoice
	Subscriptions       []Subscription
	InvoicePayments     []InvoicePayment
	BalanceTransactions []BalanceTransaction
	Payouts             []Payout
	PayoutRows          []PayoutRow
	Warnings            []EarlyFraudWarning
	Reviews             []Review
	Mandates            []Mandate
}

// objects is a table of facts of one type, whichever it is.
type objects interface {
	add(to *Facts, from Facts)
	compact(*Facts)
	name(*Facts, *reach)
	store(*storing, *Facts) error
}

// every lists the tables in the order in which they are stored.
func every() []objects {
	return []objects{
		attributions, customers, subscriptions, invoices, sessions, charges, paymentTable, refunds, disputes,
		balanceTransactions, payouts, payoutRows, warnings, reviews, mandates, links{},
	}
}

// Add takes in other facts.
func (f *Facts) Add(o Facts) {
	for _, t := range every() {
		t.add(f, o)
	}
}

// compact joins what is told twice, and gives every payment that is named a
// place of its own, so that a donation can be derived whichever end came first.
func (f Facts) compact() Facts {
	var all Facts
	all.Add(f)
	name := func(id string) {
		if id != "" {
			all.Payments = append(all.Payments, Payment{ID: id})
		}
	}
	for i := range f.Charges {
		name(f.Charges[i].Payment)
	}
	for i := range f.Sessions {
		name(f.Sessions[i].Payment)
	}
	for i := range f.InvoicePayments {
		name(f.InvoicePayments[i].Payment)
	}
	for _, t := range every() {
		t.compact(&all)
	}
	return all
}

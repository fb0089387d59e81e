package payments

import (
	"slices"
	"time"
)

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
	Attributions    []Attribution
	Sessions        []Session
	Payments        []Payment
	Charges         []Charge
	Invoices        []Invoice
	Subscriptions   []Subscription
	InvoicePayments []InvoicePayment
}

// Add takes in other facts.
func (f *Facts) Add(o Facts) {
	f.Attributions = append(f.Attributions, o.Attributions...)
	f.Sessions = append(f.Sessions, o.Sessions...)
	f.Payments = append(f.Payments, o.Payments...)
	f.Charges = append(f.Charges, o.Charges...)
	f.Invoices = append(f.Invoices, o.Invoices...)
	f.Subscriptions = append(f.Subscriptions, o.Subscriptions...)
	f.InvoicePayments = append(f.InvoicePayments, o.InvoicePayments...)
}

// compact joins what is told twice, and gives every payment that is named a
// place of its own, so that a donation can be derived whichever end came first.
func (f Facts) compact() Facts {
	f = f.clone()
	name := func(id string) {
		if id != "" {
			f.Payments = append(f.Payments, Payment{ID: id})
		}
	}
	for i := range f.Charges {
		name(f.Charges[i].Payment)
	}
	for i := range f.Sessions {
		name(f.Sessions[i].Payment)
	}
	for _, link := range f.InvoicePayments {
		name(link.Payment)
	}
	f.Attributions = attributions.compact(f.Attributions)
	f.Sessions = sessions.compact(f.Sessions)
	f.Payments = paymentTable.compact(f.Payments)
	f.Charges = charges.compact(f.Charges)
	f.Invoices = invoices.compact(f.Invoices)
	f.Subscriptions = subscriptions.compact(f.Subscriptions)
	return f
}

func (f Facts) clone() Facts {
	f.Attributions = slices.Clone(f.Attributions)
	f.Sessions = slices.Clone(f.Sessions)
	f.Payments = slices.Clone(f.Payments)
	f.Charges = slices.Clone(f.Charges)
	f.Invoices = slices.Clone(f.Invoices)
	f.Subscriptions = slices.Clone(f.Subscriptions)
	f.InvoicePayments = slices.Clone(f.InvoicePayments)
	return f
}

package payments

import "github.com/readerfund/readerfund/payments/money"

// Invoice is what is known of a Stripe invoice: one period of a recurring
// donation.
type Invoice struct {
	ID            string
	Subscription  string
	CheckoutID    string // from the subscription's metadata, which invoices repeat
	Customer      string
	Status        string       // draft, open, uncollectible, void, paid
	BillingReason string       // subscription_create, subscription_cycle, …
	Paid          money.Amount // only grows
	Attempts      int64        // the most told
	Failed        bool         // an attempt to collect it has failed
	Person        Person
	Created       int64 // Unix seconds
}

// An uncollectible invoice can still be paid or voided; paid and void are final
// (https://docs.stripe.com/invoicing/overview#invoice-statuses).
var invoiceStates = []string{"draft", "open", "uncollectible", "void", "paid"}

func (a Invoice) join(b Invoice) Invoice {
	return Invoice{
		ID: a.ID, Subscription: either(a.Subscription, b.Subscription), CheckoutID: either(a.CheckoutID, b.CheckoutID),
		Customer: either(a.Customer, b.Customer), Status: ranked(invoiceStates, a.Status, b.Status),
		BillingReason: either(a.BillingReason, b.BillingReason), Paid: greater(a.Paid, b.Paid), Attempts: max(a.Attempts, b.Attempts),
		Failed: a.Failed || b.Failed, Person: eitherPerson(a.Person, b.Person), Created: either(a.Created, b.Created),
	}
}

var invoices = table[Invoice]{
	name: "invoices",
	columns: "id, subscription, checkout_id, customer, status, billing_reason, currency, amount_paid, attempts, failed, " +
		"email, name, country, created",
	key:  func(i *Invoice) string { return i.ID },
	join: Invoice.join,
	fields: func(i *Invoice) []any {
		return []any{&i.ID, &i.Subscription, &i.CheckoutID, &i.Customer, &i.Status, &i.BillingReason, &i.Paid.Currency,
			&i.Paid.Minor, &i.Attempts, &i.Failed, &i.Person.Email, &i.Person.Name, &i.Person.Country, &i.Created}
	},
}

// InvoicePayment says that a payment paid (or tried to pay) an invoice. It is
// told by the payment, by the invoice or by neither: a fact of its own.
type InvoicePayment struct{ Invoice, Payment string }

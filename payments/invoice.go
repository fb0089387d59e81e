package payments

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

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
	title: "invoices",
	columns: "id, subscription, checkout_id, customer, status, billing_reason, currency, amount_paid, attempts, failed, " +
		"email, name, country, created",
	key:  func(i *Invoice) string { return i.ID },
	join: Invoice.join,
	fields: func(i *Invoice) []any {
		return []any{&i.ID, &i.Subscription, &i.CheckoutID, &i.Customer, &i.Status, &i.BillingReason, &i.Paid.Currency,
			&i.Paid.Minor, &i.Attempts, &i.Failed, &i.Person.Email, &i.Person.Name, &i.Person.Country, &i.Created}
	},
	in: func(f *Facts) *[]Invoice { return &f.Invoices },
	names: func(x *Invoice, r *reach) {
		r.checkout(x.CheckoutID)
		r.invoices = append(r.invoices, x.ID)
		r.subscriptions = append(r.subscriptions, x.Subscription)
	},
	bears: func(old, now *Invoice, a *affected) {
		a.invoices = append(a.invoices, now.ID)
		a.recurring = append(a.recurring, old.Subscription, now.Subscription)
	},
}

// InvoicePayment says that a payment paid (or tried to pay) an invoice. It is
// told by the payment, by the invoice or by neither: a fact of its own.
type InvoicePayment struct{ Invoice, Payment string }

// links is the one table without a key of its own: a link either is there or is
// not.
type links struct{}

func (links) add(to *Facts, from Facts) {
	to.InvoicePayments = append(to.InvoicePayments, from.InvoicePayments...)
}

func (links) compact(f *Facts) {
	slices.SortFunc(f.InvoicePayments, func(a, b InvoicePayment) int {
		return cmp.Or(strings.Compare(a.Invoice, b.Invoice), strings.Compare(a.Payment, b.Payment))
	})
	f.InvoicePayments = slices.Compact(f.InvoicePayments)
}

func (links) name(f *Facts, r *reach) {
	for _, l := range f.InvoicePayments {
		r.invoices, r.payments = append(r.invoices, l.Invoice), append(r.payments, l.Payment)
	}
}

func (links) store(s *storing, f *Facts) error {
	if len(f.InvoicePayments) == 0 {
		return nil
	}
	var invoices, paid []string
	for _, l := range f.InvoicePayments {
		invoices, paid = append(invoices, l.Invoice), append(paid, l.Payment)
	}
	rows, err := s.tx.Query(s.ctx, `insert into invoice_payments (invoice, payment)
		select * from unnest($1::text[], $2::text[]) on conflict do nothing returning payment`, invoices, paid)
	if err != nil {
		return fmt.Errorf("linking invoices and payments: %w", err)
	}
	var payment string
	_, err = pgx.ForEachRow(rows, []any{&payment}, func() error {
		s.affected.payments = append(s.affected.payments, payment)
		return nil
	})
	if err != nil {
		return fmt.Errorf("linking invoices and payments: %w", err)
	}
	return nil
}

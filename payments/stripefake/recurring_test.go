package stripefake_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// began is when the stories about what recurs begin; its clock stands still
// until a test moves it.
func began() time.Time { return time.Date(2027, 1, 10, 9, 0, 0, 0, time.UTC) }

func recurringStand(t *testing.T, opts stripefake.Options) *stand {
	t.Helper()
	opts.Clock = began
	return newStand(t, opts)
}

// giver is who gives again and again, through the payment page.
func (s *stand) giver(amount int64, interval string, form url.Values) *stripe.Subscription {
	s.t.Helper()
	ss := s.session("usd", amount, interval)
	s.paid(ss.URL, form)
	return s.sub(s.reload(ss.ID).Subscription.ID)
}

func (s *stand) sub(id string) *stripe.Subscription {
	s.t.Helper()
	got, err := s.stripe.Subscriptions.Get(id, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

func (s *stand) wantSub(id string, status stripe.SubscriptionStatus) *stripe.Subscription {
	s.t.Helper()
	got := s.sub(id)
	if got.Status != status {
		s.t.Errorf("subscription is %s, want %s", got.Status, status)
	}
	return got
}

// invoices are a subscription's, oldest first.
func (s *stand) invoices(sub string) []*stripe.Invoice {
	s.t.Helper()
	params := &stripe.InvoiceListParams{Subscription: stripe.String(sub)}
	params.Limit = stripe.Int64(100)
	var out []*stripe.Invoice
	list := s.stripe.Invoices.List(params)
	for list.Next() {
		out = append(out, list.Invoice())
	}
	if err := list.Err(); err != nil {
		s.t.Fatal(err)
	}
	slices.Reverse(out)
	return out
}

// latest is a subscription's newest invoice.
func (s *stand) latest(sub string) *stripe.Invoice {
	s.t.Helper()
	all := s.invoices(sub)
	return all[len(all)-1]
}

// newMethod makes a card and gives it to a customer.
func (s *stand) newMethod(customer, number string) *stripe.PaymentMethod {
	s.t.Helper()
	made, err := s.stripe.PaymentMethods.New(&stripe.PaymentMethodParams{
		Type: stripe.String("card"),
		Card: &stripe.PaymentMethodCardParams{Number: stripe.String(number), ExpMonth: stripe.Int64(9), ExpYear: stripe.Int64(2031)},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	made, err = s.stripe.PaymentMethods.Attach(made.ID, &stripe.PaymentMethodAttachParams{Customer: stripe.String(customer)})
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

// newCustomer is one who is charged to a card by default.
func (s *stand) newCustomer(number string) *stripe.Customer {
	s.t.Helper()
	cu, err := s.stripe.Customers.New(&stripe.CustomerParams{Email: stripe.String("reader@example.org")})
	if err != nil {
		s.t.Fatal(err)
	}
	if number == "" {
		return cu
	}
	m := s.newMethod(cu.ID, number)
	cu, err = s.stripe.Customers.Update(cu.ID, &stripe.CustomerParams{
		InvoiceSettings: &stripe.CustomerInvoiceSettingsParams{DefaultPaymentMethod: stripe.String(m.ID)},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return cu
}

// price makes a recurring price.
func (s *stand) price(amount int64, interval string) string {
	s.t.Helper()
	made, err := s.stripe.Prices.New(&stripe.PriceParams{
		Currency: stripe.String("usd"), UnitAmount: stripe.Int64(amount), Product: stripe.String(s.product()),
		Recurring: &stripe.PriceRecurringParams{Interval: stripe.String(interval)},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return made.ID
}

// truthOf is what became of an invoice by the stand-in's own account.
func (s *stand) truthOf(invoice string) stripefake.TruthInvoice {
	s.t.Helper()
	for _, inv := range s.Truth().Invoices {
		if inv.ID == invoice {
			return inv
		}
	}
	s.t.Fatalf("no invoice %s", invoice)
	return stripefake.TruthInvoice{}
}

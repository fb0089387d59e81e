package payments

import "github.com/readerfund/readerfund/payments/money"

// Session is what is known of a Checkout session.
type Session struct {
	ID            string
	CheckoutID    string
	Mode          string // payment, subscription, setup
	Status        string // open, expired, complete
	PaymentStatus string // unpaid, no_payment_required, paid
	Payment       string
	Subscription  string
	Invoice       string // the first one; only in subscription mode
	Customer      string
	PaymentLink   string
	Total         money.Amount
	Person        Person
	Created       int64 // Unix seconds
	// CompleteBy is a time, in Unix seconds, by which it was told to be complete; 0
	// where it was not. It is of this telling alone, and not kept.
	CompleteBy int64
}

// sessionLasts is for how many seconds a session can be paid on, at the most
// (https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at).
const sessionLasts = 24 * 60 * 60

// paidBy is a time by which whoever told their address here had done so; 0 where
// none is known. A session is made before anybody pays on it.
func (a *Session) paidBy() int64 {
	switch {
	case a.Status == "expired": // nobody did, or will
		return a.Created
	case a.Created == 0:
		return a.CompleteBy
	case a.CompleteBy > 0:
		return min(a.CompleteBy, a.Created+sessionLasts)
	default:
		return a.Created + sessionLasts
	}
}

// A session that is complete or expired stays so
// (https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-status).
var (
	sessionStates = []string{"open", "expired", "complete"}
	sessionPaid   = []string{"unpaid", "no_payment_required", "paid"}
)

func (a Session) join(b Session) Session {
	return Session{
		ID: a.ID, CheckoutID: either(a.CheckoutID, b.CheckoutID), Mode: either(a.Mode, b.Mode),
		Status:        ranked(sessionStates, a.Status, b.Status),
		PaymentStatus: ranked(sessionPaid, a.PaymentStatus, b.PaymentStatus),
		Payment:       either(a.Payment, b.Payment), Subscription: either(a.Subscription, b.Subscription),
		Invoice: either(a.Invoice, b.Invoice), Customer: either(a.Customer, b.Customer),
		PaymentLink: either(a.PaymentLink, b.PaymentLink),
		Total:       eitherAmount(a.Total, b.Total), Person: eitherPerson(a.Person, b.Person),
		Created: either(a.Created, b.Created),
	}
}

var sessions = table[Session]{
	title: "checkout_sessions",
	columns: "id, checkout_id, mode, status, payment_status, payment, subscription, invoice, customer, payment_link, currency, amount, " +
		"email, name, country, created",
	key:  func(s *Session) string { return s.ID },
	join: Session.join,
	fields: func(s *Session) []any {
		return []any{&s.ID, &s.CheckoutID, &s.Mode, &s.Status, &s.PaymentStatus, &s.Payment, &s.Subscription, &s.Invoice,
			&s.Customer, &s.PaymentLink, &s.Total.Currency, &s.Total.Minor, &s.Person.Email, &s.Person.Name, &s.Person.Country, &s.Created}
	},
	in: func(f *Facts) *[]Session { return &f.Sessions },
	names: func(x *Session, r *reach) {
		r.checkout(x.CheckoutID)
		r.sessions = append(r.sessions, x.ID)
		r.subscriptions = append(r.subscriptions, x.Subscription)
		r.invoices = append(r.invoices, x.Invoice)
		r.customers = append(r.customers, x.Customer)
	},
	bears: func(old, now *Session, a *affected) {
		a.payments = append(a.payments, old.Payment, now.Payment)
		a.invoices = append(a.invoices, old.Invoice, now.Invoice)
		a.subscriptions = append(a.subscriptions, old.Subscription, now.Subscription)
		a.recurring = append(a.recurring, old.Subscription, now.Subscription)
		if now.Subscription != "" {
			a.customers = append(a.customers, old.Customer, now.Customer)
		}
	},
}

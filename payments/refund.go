package payments

import "github.com/readerfund/readerfund/payments/money"

// Refund is what is known of money given back.
type Refund struct {
	ID      string
	Charge  string
	Payment string // the payment intent; may be "" where the charge is told
	Status  string // requires_action, pending, succeeded, canceled, failed
	Amount  money.Amount
	Reason  string // as Stripe tells it: requested_by_customer, …
	// FailureReason is why it failed, "" where it did not.
	FailureReason      string
	BalanceTransaction string
	FailureTransaction string // gives the money back to the account
	Created            int64  // Unix seconds
	Undone             int64  // when it was first told to have failed or been canceled; Unix seconds
}

// A refund that succeeded can still fail, and then stays failed
// (https://docs.stripe.com/refunds#failed-refunds).
var refundStates = []string{"requires_action", "pending", "succeeded", "canceled", "failed"}

func (a Refund) join(b Refund) Refund {
	return Refund{
		ID: a.ID, Charge: either(a.Charge, b.Charge), Payment: either(a.Payment, b.Payment),
		Status: ranked(refundStates, a.Status, b.Status), Amount: eitherAmount(a.Amount, b.Amount),
		Reason: either(a.Reason, b.Reason), FailureReason: either(a.FailureReason, b.FailureReason),
		BalanceTransaction: either(a.BalanceTransaction, b.BalanceTransaction),
		FailureTransaction: either(a.FailureTransaction, b.FailureTransaction),
		Created:            either(a.Created, b.Created), Undone: either(a.Undone, b.Undone),
	}
}

var refunds = table[Refund]{
	title: "refunds",
	columns: "id, charge, payment, status, currency, amount, reason, failure_reason, balance_transaction, " +
		"failure_transaction, created, undone_at",
	key:  func(r *Refund) string { return r.ID },
	join: Refund.join,
	fields: func(r *Refund) []any {
		return []any{&r.ID, &r.Charge, &r.Payment, &r.Status, &r.Amount.Currency, &r.Amount.Minor, &r.Reason,
			&r.FailureReason, &r.BalanceTransaction, &r.FailureTransaction, &r.Created, &r.Undone}
	},
	in: func(f *Facts) *[]Refund { return &f.Refunds },
	names: func(x *Refund, r *reach) {
		r.others = append(r.others, x.ID)
		r.charges = append(r.charges, x.Charge)
		r.payments = append(r.payments, x.Payment)
	},
	bears: func(old, now *Refund, a *affected) {
		a.charges = append(a.charges, old.Charge, now.Charge)
		a.sources = append(a.sources, now.ID)
		a.payments = append(a.payments, old.Payment, now.Payment)
	},
}

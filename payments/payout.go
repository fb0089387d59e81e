package payments

import "github.com/readerfund/readerfund/payments/money"

// Payout is what is known of money sent from Stripe to the bank.
type Payout struct {
	ID                 string
	Status             string // pending, in_transit, paid, canceled, failed
	Amount             money.Amount
	Automatic          bool
	Method             string // standard, instant
	BalanceTransaction string
	FailureTransaction string // brings the money back to the account
	FailureCode        string
	Created            int64 // Unix seconds
	Arrival            int64 // when the bank should have it, Unix seconds; Stripe may move it later
	// Reconciled says that Stripe can list what an automatic payout sent
	// (https://docs.stripe.com/api/payouts/object#payout_object-reconciliation_status);
	// before, its list may lack rows.
	Reconciled bool
	// Descriptor is what stands on the bank's statement, "" for the account's own
	// (https://docs.stripe.com/api/payouts/object#payout_object-statement_descriptor).
	Descriptor string
}

// A payout that is paid can still fail, some days later, and then stays failed
// (https://docs.stripe.com/api/payouts/object#payout_object-status).
var payoutStates = []string{"pending", "in_transit", "paid", "canceled", "failed"}

func (a Payout) join(b Payout) Payout {
	return Payout{
		ID: a.ID, Status: ranked(payoutStates, a.Status, b.Status), Amount: eitherAmount(a.Amount, b.Amount),
		Automatic: a.Automatic || b.Automatic, Method: either(a.Method, b.Method),
		BalanceTransaction: either(a.BalanceTransaction, b.BalanceTransaction),
		FailureTransaction: either(a.FailureTransaction, b.FailureTransaction),
		FailureCode:        either(a.FailureCode, b.FailureCode),
		Created:            either(a.Created, b.Created), Arrival: max(a.Arrival, b.Arrival),
		Reconciled: a.Reconciled || b.Reconciled, Descriptor: either(a.Descriptor, b.Descriptor),
	}
}

var payouts = table[Payout]{
	title: "payouts",
	columns: "id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, " +
		"created, arrival, reconciled, descriptor",
	key:  func(p *Payout) string { return p.ID },
	join: Payout.join,
	fields: func(p *Payout) []any {
		return []any{&p.ID, &p.Status, &p.Amount.Currency, &p.Amount.Minor, &p.Automatic, &p.Method, &p.BalanceTransaction,
			&p.FailureTransaction, &p.FailureCode, &p.Created, &p.Arrival, &p.Reconciled, &p.Descriptor}
	},
	in: func(f *Facts) *[]Payout { return &f.Payouts },
	names: func(x *Payout, r *reach) {
		r.others = append(r.others, x.ID)
	},
}

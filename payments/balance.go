package payments

import (
	"cmp"
	"strings"

	"github.com/readerfund/readerfund/payments/money"
)

// BalanceTransaction is Stripe's accounting fact of one movement on the
// account. It never changes (https://docs.stripe.com/api/balance_transactions).
type BalanceTransaction struct {
	ID       string
	Source   string // the charge, refund, dispute or payout that it accounts for
	Type     string
	Category string       // Stripe's reporting_category
	Amount   money.Amount // in the settlement currency, signed
	Fee      int64        // minor units of the same currency
	Net      int64        // Amount less Fee
	// ExchangeRate is Stripe's, as text of a decimal number; "" where nothing was
	// converted.
	ExchangeRate string
	Created      int64 // Unix seconds
	AvailableOn  int64 // Unix seconds
	Told         int64 // when Stripe told it so, Unix seconds; no part of the books
}

// join prefers a telling with its amount, and of two that contradict each other,
// which Stripe should not tell, the later one: so what was stored wrong heals as
// soon as Stripe is asked. Of two of one second the lesser stays, whichever came
// first.
func (a BalanceTransaction) join(b BalanceTransaction) BalanceTransaction {
	known := func(x BalanceTransaction) int { return -min(len(x.Amount.Currency), 1) }
	order := cmp.Or(
		cmp.Compare(known(a), known(b)), cmp.Compare(b.Told, a.Told), cmp.Compare(a.Amount.Minor, b.Amount.Minor), cmp.Compare(a.Fee, b.Fee),
		cmp.Compare(a.Net, b.Net), strings.Compare(string(a.Amount.Currency), string(b.Amount.Currency)),
		strings.Compare(a.Source, b.Source), strings.Compare(a.Type, b.Type), strings.Compare(a.Category, b.Category),
		strings.Compare(a.ExchangeRate, b.ExchangeRate), cmp.Compare(a.Created, b.Created), cmp.Compare(a.AvailableOn, b.AvailableOn),
	)
	if order <= 0 {
		return a
	}
	return b
}

// at is the fact as told at another time.
func (a BalanceTransaction) at(told int64) BalanceTransaction {
	a.Told = told
	return a
}

// takesBack tells whether it takes back a debit that had been booked, as FailedDebitSQL.
func (a *BalanceTransaction) takesBack() bool {
	return a.Category == "charge_failure" || a.Category == "" && a.Type == "payment_failure_refund"
}

// UndoesRefund tells whether it gives back to the account what a refund that failed had
// taken from it (https://docs.stripe.com/refunds#failed-refunds), as failedRefundSQL.
func (a *BalanceTransaction) UndoesRefund() bool {
	return a.Category == "refund_failure" || a.Category == "" && a.Type == "refund_failure"
}

var balanceTransactions = table[BalanceTransaction]{
	title:   "balance_transactions",
	columns: "id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on, told_at",
	key:     func(t *BalanceTransaction) string { return t.ID },
	join:    BalanceTransaction.join,
	fields: func(t *BalanceTransaction) []any {
		return []any{&t.ID, &t.Source, &t.Type, &t.Category, &t.Amount.Currency, &t.Amount.Minor, &t.Fee, &t.Net,
			&t.ExchangeRate, &t.Created, &t.AvailableOn, &t.Told}
	},
	in: func(f *Facts) *[]BalanceTransaction { return &f.BalanceTransactions },
	names: func(x *BalanceTransaction, r *reach) {
		r.others = append(r.others, x.ID)
		r.source(x.Source)
	},
	bears: func(old, now *BalanceTransaction, a *affected) {
		if now.at(old.Told) == *old {
			return // it was only told again
		}
		a.disputes = append(a.disputes, old.Source, now.Source)
		a.sources = append(a.sources, old.Source, now.Source)
		a.bookings = append(a.bookings, now.ID)
		for _, t := range []*BalanceTransaction{old, now} {
			if t.takesBack() {
				a.charges = append(a.charges, t.Source)
			}
			if t.UndoesRefund() {
				a.refunds = append(a.refunds, t.Source)
			}
		}
	},
}

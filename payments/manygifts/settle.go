package manygifts

import (
	"fmt"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// settle adds what Stripe booked of a gift that came, and of what became of it later.
func (w world) settle(g *gift, f *payments.Facts, bank *bank, c *payments.Charge) {
	gross, rate := w.settled(g.order.Amount, g.at)
	fee := gross.Minor*15/1000 + 25
	bank.book(f, payments.BalanceTransaction{
		ID: c.BalanceTransaction, Source: c.ID, Type: "charge", Category: "charge", Amount: gross, Fee: fee,
		ExchangeRate: rate, Created: g.at,
	})
	minus := func(part money.Amount) (money.Amount, string) {
		moved, rate := w.settled(part, g.cameTo)
		moved.Minor = -moved.Minor
		return moved, rate
	}
	switch g.fate {
	case returned:
		moved, rate := minus(g.order.Amount)
		bank.book(f, payments.BalanceTransaction{
			ID: c.BalanceTransaction + "b", Source: c.ID, Type: "payment_failure_refund", Category: "charge_failure", Amount: moved,
			ExchangeRate: rate, Created: g.cameTo,
		})
	case refunded, partly:
		back := g.order.Amount
		if g.fate == partly {
			back.Minor = 1 + w.below(back.Minor, askShare, g.number)
		}
		c.Refunded = payments.Refunded{At: g.cameTo, Minor: back.Minor}
		f.Refunds = append(f.Refunds, payments.Refund{
			ID: "re_" + g.stem, Charge: c.ID, Payment: c.Payment, Status: "succeeded", Amount: back, Reason: "requested_by_customer",
			BalanceTransaction: "txn_" + g.stem + "r", Created: g.cameTo,
		})
		moved, rate := minus(back)
		bank.book(f, payments.BalanceTransaction{
			ID: "txn_" + g.stem + "r", Source: "re_" + g.stem, Type: "refund", Category: "refund", Amount: moved, ExchangeRate: rate, Created: g.cameTo,
		})
	case disputed, lost, won:
		d := payments.Dispute{
			ID: "dp_" + g.stem, Charge: c.ID, Payment: c.Payment, Amount: g.order.Amount, Reason: "fraudulent", Created: g.cameTo,
			State: payments.DisputeState{Status: map[fate]string{disputed: "needs_response", lost: "lost", won: "won"}[g.fate], DueBy: g.cameTo + 20*secondsPerDay},
		}
		d.Stamp = payments.DisputeStamp(d.State.Status, g.cameTo+9*secondsPerDay, "evt_"+g.stem+"d")
		f.Disputes = append(f.Disputes, d)
		moved, rate := minus(g.order.Amount)
		taken := payments.BalanceTransaction{
			ID: "txn_" + g.stem + "d", Source: d.ID, Type: "adjustment", Category: "dispute", Amount: moved, Fee: 1500, ExchangeRate: rate, Created: g.cameTo,
		}
		bank.book(f, taken)
		if g.fate == won {
			taken.ID, taken.Category, taken.Amount.Minor, taken.Fee, taken.Created = "txn_"+g.stem+"w", "dispute_reversal", -moved.Minor, -1500, g.cameTo+9*secondsPerDay
			bank.book(f, taken)
		}
	}
}

// settled is what an amount is on the account: the one in USD takes dollars, the one in
// EUR all else, at a rate of the day, which Stripe tells as text
// (https://docs.stripe.com/api/balance_transactions/object#balance_transaction_object-exchange_rate).
func (w world) settled(a money.Amount, at int64) (money.Amount, string) {
	perTenThousand := map[money.Currency]int64{"GBP": 11700, "CHF": 10500, "JPY": 6100}[a.Currency] // of a minor unit
	if perTenThousand == 0 {
		return a, ""
	}
	perTenThousand += w.below(200, askRate, at/secondsPerDay) - 100
	return money.New(max(1, a.Minor*perTenThousand/10000), "EUR"), fmt.Sprintf("%d.%04d", perTenThousand/10000, perTenThousand%10000)
}

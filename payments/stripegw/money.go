package stripegw

import (
	"math/big"

	"github.com/readerfund/readerfund/payments/money"
)

// amount is unknown without its currency, because a number alone says nothing,
// and where Stripe does not tell the number.
func amount(m minor, currency text) money.Amount {
	c := money.FromCode(string(currency))
	if c == "" || !m.told {
		return money.Amount{}
	}
	return money.New(m.n, c)
}

// presentment is what the payer paid, where Stripe shows the object's own amount
// in the account's currency (since 2025-03-31.basil,
// https://docs.stripe.com/payments/currencies/localize-prices/adaptive-pricing).
// Before, the object's own amount was what the payer paid. The books hold that.
type presentment struct {
	Amount   minor `json:"presentment_amount"`
	Currency text  `json:"presentment_currency"`
}

// paidAmount is what the payer paid, else the object's own amount.
func paidAmount(p maybe[presentment], own money.Amount) money.Amount {
	if paid := amount(p.it.Amount, p.it.Currency); paid.Currency != "" {
		return paid
	}
	return own
}

// times multiplies a unit amount, which may have decimals below the minor unit,
// by a quantity. It is false where that makes no whole minor units, or more of them
// than countable.
func times(unit minor, exact decimal, quantity int64) (int64, bool) {
	price := new(big.Rat)
	switch {
	case unit.told:
		price.SetInt64(unit.n)
	case exact != "":
		if _, ok := price.SetString(string(exact)); !ok {
			return 0, false
		}
	default:
		return 0, false
	}
	total := price.Mul(price, new(big.Rat).SetInt64(quantity))
	if !total.IsInt() || !total.Num().IsInt64() {
		return 0, false
	}
	n := total.Num().Int64()
	return n, countable(n)
}

// countable tells whether an amount is one that Stripe could charge or show.
func countable(n int64) bool { return -mostMinor <= n && n <= mostMinor }

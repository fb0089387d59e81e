package campaign

import (
	"fmt"
	"math/big"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/readerfund/readerfund/payments/money"
)

// Fee is what the payment provider takes of a charge in one currency: a share of
// the whole charge and a fixed part.
type Fee struct {
	PerMillion int64        // the share: 15000 for 1.5 %
	Fixed      money.Amount // may be zero
}

// million is how finely a share is written: four decimals of a percent.
const million = 1_000_000

// Of is what is taken of a charge: the share is rounded to the nearest minor
// unit, a half upwards, as Stripe rounds its fees
// (https://support.stripe.com/questions/rounding-rules-for-stripe-fees).
func (f Fee) Of(charged money.Amount) money.Amount {
	return money.New((charged.Minor*f.PerMillion+million/2)/million+f.Fixed.Minor, charged.Currency)
}

// Total is the least that can be charged so that after the fee the whole gift
// arrives: (gift + fixed) / (1 - share), up to the currency's step, and one step
// less where the rounding of the fee makes that enough.
func (f Fee) Total(gift money.Amount) money.Amount {
	step := gift.Currency.Step()
	part := (million - f.PerMillion) * step
	total := money.New(((gift.Minor+f.Fixed.Minor)*million+part-1)/part*step, gift.Currency)
	for {
		less := money.New(total.Minor-step, total.Currency)
		if less.Minor-f.Of(less).Minor < gift.Minor {
			return total
		}
		total = less
	}
}

// readFee reads what the provider takes in a currency. It is nil where the file
// does not say; then no reader is asked to cover it.
func (t *table) readFee(terms CurrencyTerms) *Fee {
	n := t.values["fee"]
	if n == nil {
		return nil
	}
	fee := t.table(n, `"fee"`, required("percent", "1.5"), required("fixed", amountExample(terms.Currency)))
	if fee == nil || fee.values["percent"] == nil || fee.values["fixed"] == nil {
		return nil
	}
	share, okShare := fee.share(fee.values["percent"])
	fixed, okFixed := fee.fixed(fee.values["fixed"], terms.Currency)
	if !okShare || !okFixed {
		return nil
	}
	f := &Fee{PerMillion: share, Fixed: fixed}
	if most := money.StripeMaximum(terms.Currency); f.Total(terms.Max).Cmp(most) > 0 {
		t.problem(n, fmt.Sprintf("a gift of max %s with its fee is above the most that Stripe charges in %s", terms.Max.Major(), terms.Currency),
			"write a max that leaves room for the fee below "+most.Major())
		return nil
	}
	return f
}

// share reads a percentage exactly: at most four decimals, below 50.
func (d document) share(n *yaml.Node) (int64, bool) {
	text, ok := d.oneLine(n, `"percent"`)
	if !ok {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(strings.TrimSuffix(text, "%"))
	if !ok || strings.ContainsAny(text, "eExX/_") {
		d.problem(n, quote(text)+" is not a percentage", "write it as 1.5")
		return 0, false
	}
	perMillion := r.Mul(r, big.NewRat(million/100, 1))
	if !perMillion.IsInt() || perMillion.Sign() < 0 || perMillion.Cmp(big.NewRat(million/2, 1)) >= 0 {
		d.problem(n, quote(text)+" is not a share that a fee can have", "write a percentage from 0 to below 50 with at most four decimals, such as 1.5")
		return 0, false
	}
	return perMillion.Num().Int64(), true
}

// fixed reads the fixed part, which may be nothing.
func (d document) fixed(n *yaml.Node, c money.Currency) (money.Amount, bool) {
	text, ok := d.oneLine(n, `"fixed"`)
	if !ok {
		return money.Amount{}, false
	}
	a, err := money.Parse(text, c)
	if err != nil {
		d.problem(n, err.Error(), fmt.Sprintf("write the fixed part in %s as %s, or 0", c, amountExample(c)))
		return money.Amount{}, false
	}
	if a.Cmp(money.StripeMaximum(c)) > 0 {
		d.problem(n, fmt.Sprintf("a fixed part of %s is more than any gift", a.Major()), fmt.Sprintf("write it in %s as %s, or 0", c, amountExample(c)))
		return money.Amount{}, false
	}
	return a, true
}

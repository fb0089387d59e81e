package stripefake

import (
	"math/big"
	"strings"
)

// readDecimal reads a decimal number that is not negative, without exponent.
func readDecimal(text string) (*big.Rat, bool) {
	whole, fraction, pointed := strings.Cut(text, ".")
	if whole == "" || pointed && fraction == "" || len(text) > 24 || strings.Trim(whole+fraction, "0123456789") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// writeRate writes a rate with the six significant digits that Stripe's
// exchange_rate has, without zeros at its end.
func writeRate(rate *big.Rat) string {
	digits := 6
	for limit := big.NewRat(1, 1); digits > 0 && rate.Cmp(limit) >= 0; digits-- {
		limit.Mul(limit, big.NewRat(10, 1))
	}
	for limit := big.NewRat(1, 10); digits >= 6 && digits < 18 && rate.Cmp(limit) < 0; digits++ {
		limit.Quo(limit, big.NewRat(10, 1))
	}
	text := rate.FloatString(digits)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// convert turns minor units of one currency into those of another, at what a
// unit is worth. It rounds half up, away from zero for what goes back, to the
// smallest step of the currency it ends in.
func convert(minor int64, from, to currency, rate *big.Rat) int64 {
	amount := new(big.Rat).Mul(new(big.Rat).SetInt64(minor), rate)
	amount.Mul(amount, new(big.Rat).SetFrac(power(to.exponent), power(from.exponent)))
	return roundHalfUp(amount, to.step)
}

// percentOf is a share of an amount in minor units, rounded as a conversion is.
func (cur currency) percentOf(minor int64, percent *big.Rat) int64 {
	amount := new(big.Rat).Mul(new(big.Rat).SetInt64(minor), percent)
	return roundHalfUp(amount.Quo(amount, big.NewRat(100, 1)), cur.step)
}

// roundHalfUp rounds to a multiple of step, halves away from zero.
func roundHalfUp(amount *big.Rat, step int64) int64 {
	steps := new(big.Rat).Quo(new(big.Rat).Abs(amount), new(big.Rat).SetInt64(step))
	steps.Add(steps, big.NewRat(1, 2))
	whole := new(big.Int).Quo(steps.Num(), steps.Denom()).Int64() * step
	if amount.Sign() < 0 {
		return -whole
	}
	return whole
}

func power(exponent int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
}

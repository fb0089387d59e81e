package campaign

import (
	"math"
	"math/big"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Goal is what a campaign hopes to raise, and until when. What counts is what is
// left of the campaign's gifts from Since on and before the deadline, and Start.
type Goal struct {
	Amount   money.Amount
	Deadline time.Time // zero where there is none
	Label    string
	Since    time.Time // zero where every gift to the campaign counts
	// Rates are what one unit of another currency counts in that of the goal. Gifts
	// in a currency without a rate do not count.
	Rates map[money.Currency]Rate
	Start money.Amount // what came by other ways, in the goal's currency; zero where nothing did
}

// Rate is how many units (not minor units) of one currency a unit of another
// counts, exactly as it is written. The zero Rate counts nothing.
type Rate struct {
	digits int64 // 92 for 0.92
	places int   // 2 for 0.92
}

// Counts tells whether gifts in a currency are part of the sum.
func (g *Goal) Counts(c money.Currency) bool {
	_, ok := g.Rates[c]
	return ok || c == g.Amount.Currency
}

// Raised adds up what is left of gifts, at most one amount a currency, in the
// goal's currency. What is less than a minor unit of it is left out, so that a goal
// is never told as reached before it is. It is never below zero.
func (g *Goal) Raised(left []money.Amount) money.Amount {
	sum := new(big.Rat).SetInt64(g.Start.Minor)
	for _, amount := range left {
		rate, ok := g.Rates[amount.Currency]
		switch {
		case amount.Currency == g.Amount.Currency:
			rate = Rate{digits: 1}
		case !ok:
			continue
		}
		// A cent of 0.92 euros is 0.92 cents; a yen of 0.006 euros is 0.6 cents.
		part := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(amount.Minor), big.NewInt(rate.digits)), ten(rate.places))
		part.Mul(part, new(big.Rat).SetFrac(ten(g.Amount.Currency.Exponent()), ten(amount.Currency.Exponent())))
		sum.Add(sum, part)
	}
	if sum.Sign() <= 0 {
		return money.New(0, g.Amount.Currency)
	}
	whole := new(big.Int).Quo(sum.Num(), sum.Denom())
	if !whole.IsInt64() {
		return money.New(math.MaxInt64, g.Amount.Currency)
	}
	return money.New(whole.Int64(), g.Amount.Currency)
}

// Percent is how much of the goal an amount is, rounded down: 100 is the goal
// reached. It ends at a million.
func (g *Goal) Percent(raised money.Amount) int {
	const most = 1_000_000
	percent := new(big.Int).Mul(big.NewInt(raised.Minor), big.NewInt(100))
	percent.Quo(percent, big.NewInt(max(g.Amount.Minor, 1)))
	if !percent.IsInt64() || percent.Int64() > most {
		return most
	}
	return int(percent.Int64())
}

func ten(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

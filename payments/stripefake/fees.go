package stripefake

import "math/big"

// accountCountry is where the account is: a card from elsewhere is international.
const accountCountry = "US"

// feePart is one of the fees that a balance transaction's fee is the sum of.
type feePart struct {
	Amount      int64
	Description string
}

// What Stripe calls its fees in fee_details.
const (
	feeProcessing    = "Stripe processing fees"
	feeInternational = "Stripe international card fee"
	feeConversion    = "Stripe currency conversion fee"
	feeInstant       = "Stripe instant payout fee"
)

// instantMinimum is the smallest fee of an instant payout, in minor units of a
// currency of two decimals. https://docs.stripe.com/payouts/instant-payouts
const instantMinimum = "0.50"

// chargeFees are what a payment of an amount in its settlement currency costs,
// together never more than the amount.
func (st Settlement) chargeFees(amount int64, cur currency, m *method, converted bool) []feePart {
	processing := cur.cardFee(amount)
	amex, special := readDecimal(st.Fees.Amex)
	switch {
	case m.debit():
		processing = cur.debitFee(amount)
	case special && m.Brand == "amex":
		processing = cur.percentOf(amount, amex) + cur.fixedFee
	}
	var parts []feePart
	left := amount
	add := func(fee int64, what string) {
		if fee = min(fee, left); fee > 0 {
			parts = append(parts, feePart{fee, what})
			left -= fee
		}
	}
	add(processing, feeProcessing)
	if percent, set := readDecimal(st.Fees.International); set && !m.debit() && m.Country != accountCountry {
		add(cur.percentOf(amount, percent), feeInternational)
	}
	if percent, set := readDecimal(st.Fees.Conversion); set && converted {
		add(cur.percentOf(amount, percent), feeConversion)
	}
	return parts
}

// instantFee is the price of an instant payout.
func (st Settlement) instantFee(amount int64, cur currency) int64 {
	percent, set := readDecimal(st.Fees.Instant)
	if !set || percent.Sign() == 0 {
		return 0
	}
	least := convertMinimum(cur)
	return max(cur.percentOf(amount, percent), least)
}

// convertMinimum is instantMinimum in a currency; fifty where there are no cents.
func convertMinimum(cur currency) int64 {
	if cur.exponent == 0 {
		return 50
	}
	return cur.minorUnits(instantMinimum)
}

func sumOf(parts []feePart) int64 {
	sum := int64(0)
	for _, part := range parts {
		sum += part.Amount
	}
	return sum
}

// rateOf reads a rate that the stand-in wrote itself; without one, nothing is
// converted.
func rateOf(text string) *big.Rat {
	if rate, ok := readDecimal(text); ok {
		return rate
	}
	return big.NewRat(1, 1)
}

// Package money holds amounts as integers of minor units with their currency,
// and reads and writes them. It knows Stripe's minor-unit table and imports
// nothing but the standard library.
package money

import (
	"fmt"
	"slices"
	"strings"
)

// Currency is an ISO 4217 code in upper case, such as "USD".
//
// A Currency that came from Stripe may be one this table does not know; its
// methods then answer as for a two-decimal currency, so that a fact about it
// can always be kept.
type Currency string

// ParseCurrency reads a code in any case and accepts only currencies that
// Stripe can charge in (https://docs.stripe.com/currencies).
func ParseCurrency(code string) (Currency, error) {
	c := FromCode(code)
	if _, ok := table[c]; !ok {
		return "", fmt.Errorf("%q is not a currency that Stripe charges in; write a code such as USD or EUR", code)
	}
	return c, nil
}

// FromCode takes a code as Stripe tells it, without asking whether it is known.
func FromCode(code string) Currency {
	return Currency(strings.ToUpper(strings.TrimSpace(code)))
}

// Code is the code as Stripe's API wants it: lower case.
func (c Currency) Code() string { return strings.ToLower(string(c)) }

// Known tells whether Stripe charges in this currency.
func (c Currency) Known() bool {
	_, ok := table[c]
	return ok
}

// Exponent is how many decimals separate Stripe's minor unit from the major
// unit: 2 for USD, 0 for JPY, 3 for KWD. ISK and UGX count as 2, because Stripe
// still takes them as two-decimal (https://docs.stripe.com/currencies#special-cases).
func (c Currency) Exponent() int {
	return c.entry().exponent
}

// Digits is how many decimals people write: as Exponent, but 0 for ISK and UGX.
func (c Currency) Digits() int {
	return c.entry().digits()
}

// Step is the smallest difference between two amounts that Stripe can charge,
// in minor units: 10 for three-decimal currencies (the last digit must be 0),
// 100 for ISK and UGX (which have no decimals in use), else 1.
func (c Currency) Step() int64 {
	return c.entry().step
}

// StripeMinimum is the least amount Stripe charges in a currency where Stripe
// publishes one (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
func StripeMinimum(c Currency) (Amount, bool) {
	row, ok := table[c]
	if !ok || row.minimum == 0 {
		return Amount{}, false
	}
	return Amount{Minor: row.minimum, Currency: c}, true
}

// StripeMaximum is the greatest amount Stripe takes in one charge: eight digits
// of minor units, the limit that holds for every account and method.
func StripeMaximum(c Currency) Amount {
	return Amount{Minor: 99_999_999 / c.Step() * c.Step(), Currency: c}
}

// Currencies lists every currency Stripe charges in, sorted by code.
func Currencies() []Currency {
	all := make([]Currency, 0, len(table))
	for c := range table {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

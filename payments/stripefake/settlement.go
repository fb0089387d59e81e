package stripefake

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
)

// Settlement says in which currencies the account keeps its balance, at which
// rates everything else is converted, and what that costs. The zero value
// converts nothing: every payment settles in its own currency, at one fee.
// https://docs.stripe.com/payments/currencies/settlement-payouts
type Settlement struct {
	// Currencies have a balance and a bank account of their own; lower case.
	// While there are none, nothing is converted.
	Currencies []string `json:"currencies"`
	// Default is the one of them that all other currencies are converted to;
	// empty is the first.
	Default string `json:"default"`
	// Rates are what one unit of a currency is worth in units of Default, as
	// decimal text. A currency without rate and without balance settles in
	// itself.
	Rates map[string]string `json:"rates"`
	// Fees are those that only some payments have.
	Fees Fees `json:"fees"`
}

// Fees are percentages as decimal text, such as "1.5"; empty is none.
// https://stripe.com/pricing
type Fees struct {
	// International is added for a card that was issued outside the US, where
	// this account is.
	International string `json:"international"`
	// Amex stands instead of the 2.9 of other cards.
	Amex string `json:"amex"`
	// Conversion is added where a payment is converted.
	Conversion string `json:"conversion"`
	// Instant is the price of an instant payout, at least 50 minor units.
	// https://docs.stripe.com/payouts/instant-payouts
	Instant string `json:"instant"`
}

// on says whether the account settles in currencies of its choice.
func (st Settlement) on() bool { return len(st.Currencies) > 0 }

// normal is the settlement with its default filled in and codes in lower case.
func (st Settlement) normal() Settlement {
	out := Settlement{Default: strings.ToLower(st.Default), Rates: map[string]string{}, Fees: st.Fees}
	for _, code := range st.Currencies {
		out.Currencies = append(out.Currencies, strings.ToLower(code))
	}
	if out.on() && out.Default == "" {
		out.Default = out.Currencies[0]
	}
	if !out.on() {
		out.Default = ""
	}
	for code, rate := range st.Rates {
		out.Rates[strings.ToLower(code)] = rate
	}
	return out
}

// check says what is wrong with a normal settlement.
func (st Settlement) check() *apiError {
	for _, code := range st.Currencies {
		if _, failure := lookupCurrency("currencies", code); failure != nil {
			return failure
		}
	}
	if st.on() && !slices.Contains(st.Currencies, st.Default) {
		return invalid("default", "", "The default %q is none of the settlement currencies %s.", st.Default, strings.Join(st.Currencies, ", "))
	}
	for _, code := range slices.Sorted(maps.Keys(st.Rates)) {
		if _, failure := lookupCurrency("rates", code); failure != nil {
			return failure
		}
		if rate, ok := readDecimal(st.Rates[code]); !ok || rate.Cmp(big.NewRat(1, 10_000_000)) < 0 || rate.Cmp(big.NewRat(100_000, 1)) > 0 {
			return invalid("rates", "", "The rate of %s is %q; write what one unit is worth in %s, such as \"1.08\".", code, st.Rates[code], firstOf(st.Default, "the default"))
		}
	}
	if rate, given := st.Rates[st.Default]; given && rate != "1" {
		return invalid("rates", "", "%s is the default: its rate is 1, not %s.", st.Default, rate)
	}
	for name, percent := range map[string]string{
		"international": st.Fees.International, "amex": st.Fees.Amex, "conversion": st.Fees.Conversion, "instant": st.Fees.Instant,
	} {
		if rate, ok := readDecimal(percent); percent != "" && (!ok || rate.Cmp(big.NewRat(20, 1)) > 0) {
			return invalid("fees", "", "The fee %s is %q; write a percentage from 0 to 20, such as \"1.5\".", name, percent)
		}
	}
	return nil
}

// currencyOf is the currency that a payment settles in.
func (st Settlement) currencyOf(presentment string) string {
	if !st.on() || slices.Contains(st.Currencies, presentment) || st.Rates[presentment] == "" {
		return presentment
	}
	return st.Default
}

// rate is what one unit of a currency is worth in another now, as decimal text;
// empty where that is not known.
func (st Settlement) rate(from, to string) string {
	worth := func(code string) (*big.Rat, bool) {
		if code == st.Default {
			return big.NewRat(1, 1), true
		}
		return readDecimal(st.Rates[code])
	}
	a, known := worth(from)
	b, alsoKnown := worth(to)
	if !known || !alsoKnown {
		return ""
	}
	return writeRate(a.Quo(a, b))
}

// SetSettlement changes how payments settle from now on. What was booked before
// stays as it is. It fails for a currency, rate or fee that makes no sense.
func (s *Server) SetSettlement(settlement Settlement) error {
	settlement = settlement.normal()
	if failure := settlement.check(); failure != nil {
		return fmt.Errorf("settlement: %w", failure)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDue() // what is due by now settles as it was
	s.st.Settlement = settlement
	s.touch()
	return nil
}

// controlSettlement changes what the body names, and rates one by one, so that a
// test can let them move.
func (s *Server) controlSettlement(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	asked := s.st.Settlement.normal()
	s.mu.Unlock()
	if !s.readControl(w, r, &asked) {
		return
	}
	var failure *apiError
	if err := s.SetSettlement(asked); errors.As(err, &failure) {
		s.answerError(w, failure)
		return
	}
	s.controlShowSettlement(w, r)
}

func (s *Server) controlShowSettlement(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	now := s.st.Settlement.normal()
	s.mu.Unlock()
	if now.Currencies == nil {
		now.Currencies = []string{}
	}
	s.answerJSON(w, now)
}

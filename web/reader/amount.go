package reader

import (
	"errors"
	"strings"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// amountProblem is a sentence of the catalogue with what is filled in.
type amountProblem struct {
	key   string
	pairs []any
}

// readAmount reads what a reader typed or chose and holds it against the
// currency's limits. Any amount within them is accepted, whether or not it is
// one of the presets: those are a help, not a rule.
func readAmount(text string, terms campaign.CurrencyTerms, email string, words *catalogue) (money.Amount, *amountProblem) {
	c := terms.Currency
	example := words.plainAmount(exampleOf(terms))
	fail := func(key string, pairs ...any) (money.Amount, *amountProblem) {
		return money.Amount{}, &amountProblem{key: key, pairs: pairs}
	}
	tooMuch := func() (money.Amount, *amountProblem) {
		return fail("problem.amount.max", "max", terms.Max, "email", email)
	}
	amount, err := money.Parse(text, c)
	if wrong, ok := errors.AsType[*money.ParseError](err); ok {
		switch wrong.Reason {
		case money.Empty:
			return fail("problem.amount")
		case money.Negative:
			return fail("problem.amount.negative", "example", example)
		case money.Ambiguous:
			if many, few, ok := twoReadings(text, c); ok {
				return fail("problem.amount.ambiguous", "a", words.typed(many), "b", words.typed(few))
			}
			return fail("problem.amount.separators", "example", example)
		case money.BadGrouping:
			return fail("problem.amount.separators", "example", example)
		case money.TooManyDecimals:
			if c.Digits() == 0 {
				return fail("problem.amount.whole", "currency", string(c), "example", example)
			}
			return fail("problem.amount.decimals", "currency", string(c), "n", c.Digits(), "example", example)
		case money.LastDigitNotZero:
			return fail("problem.amount.last_digit", "currency", string(c), "example", example)
		case money.TooLarge:
			return tooMuch()
		}
	}
	switch {
	case err != nil:
		return fail("problem.amount.not_a_number", "example", example)
	case amount.Cmp(terms.Min) < 0:
		return fail("problem.amount.min", "min", terms.Min)
	case amount.Cmp(terms.Max) > 0:
		return tooMuch()
	}
	return amount, nil
}

// exampleOf is an amount as a reader may write it in a currency, decimals and
// all: one and a half times the smallest gift, at least.
func exampleOf(terms campaign.CurrencyTerms) money.Amount {
	c := terms.Currency
	minor := int64(750) // 7.50, 750
	if c.Exponent() == 3 {
		minor = 7500
	}
	if c.Step() == 100 || minor < terms.Min.Minor || minor > terms.Max.Minor {
		minor = terms.Min.Minor
	}
	return money.New(minor, c)
}

// twoReadings gives both amounts that a text such as 1,000 or 7.500 can mean,
// as they are written without doubt: 1000 and 1.00.
func twoReadings(text string, c money.Currency) (many, few string, ok bool) {
	at := strings.IndexAny(text, ".,")
	if at < 0 {
		return "", "", false
	}
	whole, fraction := text[:at], strings.TrimSpace(text[at+1:])
	thousands, err := money.Parse(whole+fraction, c)
	if err != nil {
		return "", "", false
	}
	// What stands behind the mark has three digits. As decimals of a currency
	// with fewer, only zeros can be cut off.
	if cut := fraction[:min(len(fraction), c.Digits())]; strings.Trim(fraction[len(cut):], "0") == "" {
		if units, err := money.Parse(whole+"."+cut, c); err == nil {
			return plainMajor(thousands), units.Major(), true
		}
	}
	return "", "", false
}

// plainMajor leaves out decimals that are all zero.
func plainMajor(a money.Amount) string {
	whole, fraction, _ := strings.Cut(a.Major(), ".")
	if strings.Trim(fraction, "0") == "" {
		return whole
	}
	return a.Major()
}

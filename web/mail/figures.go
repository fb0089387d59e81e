package mail

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/readerfund/readerfund/payments/money"
)

// amount writes an amount as the language does, with all of the currency's own
// digits: on a receipt, "$25.00" leaves no question that "$25" might. Arabic has
// words for currencies, as the pages have.
func (c *catalogue) amount(a money.Amount) string {
	whole, fraction, _ := strings.Cut(a.Major(), ".")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && whole[i-1] != '-' {
			b.WriteString(c.texts["amount.thousands"])
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString(c.texts["amount.decimal"] + fraction)
	}
	if forms, ok := c.signs[string(a.Currency)]; ok {
		return c.say("amount", "number", b.String(), "sign", c.form(forms, whole, fraction))
	}
	key, sign := "amount", a.Currency.Symbol()
	if sign == string(a.Currency) {
		key = "amount.code"
	}
	return c.say(key, "number", b.String(), "sign", sign)
}

// form gives the form of a word that a number asks for
// (https://unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules).
func (c *catalogue) form(forms map[string]string, whole, fraction string) string {
	last := whole[max(0, len(whole)-6):] // the rules look at no more; the whole may be more than an int holds
	units, err := strconv.Atoi(strings.TrimPrefix(last, "-"))
	if err != nil {
		return forms["other"]
	}
	if len(whole) > len(last) {
		units += 1_000_000
	}
	short := strings.TrimRight(fraction, "0")
	number := func(digits string) int {
		n, _ := strconv.Atoi("0" + digits) // digits of a currency, three at most
		return n
	}
	names := map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many"}
	form := plural.Cardinal.MatchPlural(language.Make(c.language), units, len(fraction), len(short), number(fraction), number(short))
	if text, ok := forms[names[form]]; ok {
		return text
	}
	return forms["other"]
}

// date writes the day of a moment, in the zone that the moment is in.
func (c *catalogue) date(t time.Time) string {
	return c.say("date", "day", strconv.Itoa(t.Day()), "month", c.say("month."+strconv.Itoa(int(t.Month()))), "year", strconv.Itoa(t.Year()))
}

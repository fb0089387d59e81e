package mail

import (
	"strconv"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// amount writes an amount as the language does, with all of the currency's own
// digits: on a receipt, "$25.00" leaves no question that "$25" might.
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
	key, sign := "amount", a.Currency.Symbol()
	if sign == string(a.Currency) {
		key = "amount.code"
	}
	return c.say(key, "number", b.String(), "sign", sign)
}

// date writes the day of a moment, in the zone that the moment is in.
func (c *catalogue) date(t time.Time) string {
	return c.say("date", "day", strconv.Itoa(t.Day()), "month", c.say("month."+strconv.Itoa(int(t.Month()))), "year", strconv.Itoa(t.Year()))
}

package reader

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	printing "golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/readerfund/readerfund/payments/money"
)

// numbers writes numbers by the Unicode locale data. That of golang.org/x/text
// is right about digits, marks and signs; its currency format is not, it puts
// the sign first in every language. So where the sign stands is a sentence of
// the catalogue.
type numbers struct {
	printer *printing.Printer
	point   string // between units and decimals
}

// newNumbers prepares the numbers of a language. Arabic is written with the
// digits 0 to 9: the pan-Arab papers and broadcasters on the web and all of the
// Maghreb do so, the payment page that follows does, and readers of the other
// digits read these too.
func newNumbers(tag language.Tag) (numbers, error) {
	western, err := tag.SetTypeForKey("nu", "latn")
	if err != nil {
		return numbers{}, fmt.Errorf("numbers of %s: %w", tag, err)
	}
	n := numbers{printer: printing.NewPrinter(western)}
	n.point = strings.Trim(n.printer.Sprint(number.Decimal(1.5, number.Scale(1))), "15")
	return n, nil
}

func (n numbers) whole(i int64) string { return n.printer.Sprint(number.Decimal(i)) }

// amount writes an amount as the language does: "$7.50", "7,50 €". Decimals
// that are all zero are left out, except in currencies of three decimals, where
// "1.500" without them could be misread.
func (c *catalogue) amount(a money.Amount) (string, error) {
	units, digits, _ := strings.Cut(strings.TrimPrefix(a.Major(), "-"), ".")
	if len(digits) < 3 && strings.Trim(digits, "0") == "" {
		digits = ""
	}
	whole, err := strconv.ParseInt(units, 10, 64)
	if err != nil {
		return "", fmt.Errorf("amount %s: %w", a, err)
	}
	n := operands{whole: whole, digits: len(digits)}
	written := c.numbers.whole(whole)
	if digits != "" {
		if n.fraction, err = strconv.Atoi(digits); err != nil {
			return "", fmt.Errorf("amount %s: %w", a, err)
		}
		written += c.numbers.point + digits
	}
	sign, isWord := c.sign(a.Currency, n)
	key := "money.sign"
	if isWord {
		key = "money.word"
	}
	pattern, ok := c.texts[key]
	if !ok {
		return "", fmt.Errorf("there is no sentence %q in %s", key, c.language)
	}
	written = strings.NewReplacer("{sign}", sign, "{number}", written).Replace(pattern.other)
	if a.Minor < 0 {
		written = minus + written
	}
	return written, nil
}

// minus is the sign of mathematics, which no line breaks after.
const minus = "\u2212"

// sign is how a currency is written beside a number, and whether that ends in a
// letter, which needs a space. A language that writes words rather than signs
// has them in its catalogue, in the form that the number asks for.
func (c *catalogue) sign(code money.Currency, n operands) (sign string, isWord bool) {
	if word, ok := c.texts["sign."+string(code)]; ok {
		return word.form(c.region, n), true
	}
	sign = string(code)
	if unit, err := currency.ParseISO(sign); err == nil {
		sign = c.numbers.printer.Sprint(currency.Symbol(unit))
	}
	last, _ := utf8.DecodeLastRuneInString(sign)
	return sign, unicode.IsLetter(last)
}

// plainAmount writes an amount as a reader may type it, without a mark for
// thousands: "7.50", "7,50".
func (c *catalogue) plainAmount(a money.Amount) string { return c.typed(a.Major()) }

// typed puts the language's own mark into digits that are written with a point.
// The third decimal of a dinar is always 0 and left out behind a comma, where
// three digits could be thousands.
func (c *catalogue) typed(digits string) string {
	whole, fraction, has := strings.Cut(digits, ".")
	if !has || c.numbers.point == "." {
		return digits
	}
	if len(fraction) == 3 {
		fraction = strings.TrimSuffix(fraction, "0")
	}
	return whole + c.numbers.point + fraction
}

// date writes a day in the zone that the time is in: "3. November 2026".
func (c *catalogue) date(t time.Time) (string, error) { return c.dated("date", t) }

// moment writes a day and the time of day.
func (c *catalogue) moment(t time.Time) (string, error) { return c.dated("date.time", t) }

// dated fills in a date. The names of months stand in the catalogues, in the
// case that a date asks for: x/text has none.
func (c *catalogue) dated(key string, t time.Time) (string, error) {
	month, err := c.text("month." + strconv.Itoa(int(t.Month())))
	if err != nil {
		return "", err
	}
	pattern, ok := c.texts[key]
	if !ok {
		return "", fmt.Errorf("there is no sentence %q in %s", key, c.language)
	}
	return strings.NewReplacer("{day}", strconv.Itoa(t.Day()), "{month}", month,
		"{year}", strconv.Itoa(t.Year()), "{time}", t.Format("15:04")).Replace(pattern.other), nil
}

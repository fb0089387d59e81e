package stripefake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// currency is what Stripe rules for one currency.
// https://docs.stripe.com/currencies
type currency struct {
	code     string // lower case, as Stripe writes it
	exponent int    // digits after the point in Stripe's minor units
	step     int64  // amounts are multiples of this
	minimum  int64  // smallest charge, minor units
	maximum  int64  // largest charge, minor units
	fixedFee int64  // fixed part of the card fee, minor units
}

// presentment lists the currencies in which Stripe charges.
const presentment = `aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn
bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg
huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur
mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd
shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw`

const (
	zeroDecimal  = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
	threeDecimal = "bhd jod kwd omr tnd"
	wholeUnits   = "isk ugx" // two decimals in the API, but the decimals must be 00
)

// minimums are the smallest charges in major units. Where Stripe names none,
// what remains is to charge more than nothing.
const minimums = `0.50 usd ars aud brl cad chf cop eur idr ils inr nzd php rub sgd zar
0.30 gbp
2.00 aed myr pln ron
2.50 dkk
3.00 nok sek
4 hkd
10 mxn thb
15 czk
50 jpy krw
175 huf`

// maxDigits are the digits of the largest amount in minor units: eight, and
// more for currencies of small value.
func maxDigits(code string) int {
	switch code {
	case "cop", "huf", "jpy", "krw", "clp", "pyg", "vnd":
		return 10
	case "idr", "lbp":
		return 12
	case "inr":
		return 9
	}
	return 8
}

// lookupCurrency returns the rules of a currency, or the error that Stripe has
// for one it does not know. Upper case is taken, as Stripe does.
func lookupCurrency(param, given string) (currency, *apiError) {
	code := strings.ToLower(given)
	if !slices.Contains(strings.Fields(presentment), code) {
		return currency{}, invalid(param, "", "Invalid currency: %s. Stripe supports these: %s.", given, strings.Join(strings.Fields(presentment), ", "))
	}
	return rulesOf(code), nil
}

func rulesOf(code string) currency {
	in := func(list string) bool { return slices.Contains(strings.Fields(list), code) }
	cur := currency{code: code, exponent: 2, step: 1, minimum: 1, fixedFee: 30}
	switch {
	case in(zeroDecimal):
		cur.exponent, cur.fixedFee = 0, 40
	case in(threeDecimal):
		cur.exponent, cur.step, cur.minimum, cur.fixedFee = 3, 10, 10, 100
	case in(wholeUnits):
		cur.step, cur.minimum = 100, 100
	}
	for _, line := range strings.Split(minimums, "\n") {
		fields := strings.Fields(line)
		if slices.Contains(fields[1:], code) {
			cur.minimum = cur.minorUnits(fields[0])
		}
	}
	cur.maximum = 1
	for range maxDigits(code) {
		cur.maximum *= 10
	}
	cur.maximum--
	if code == "eur" {
		cur.fixedFee = 25
	}
	if code == "gbp" {
		cur.fixedFee = 20
	}
	return cur
}

// minorUnits reads an amount of this file's own tables.
func (cur currency) minorUnits(major string) int64 {
	whole, fraction, _ := strings.Cut(major, ".")
	digits := whole + (fraction + "000")[:cur.exponent]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		panic("stripefake: bad amount in the table of minimums: " + major)
	}
	return n
}

// checkUnit checks the amount of a price.
func (cur currency) checkUnit(param string, amount int64) *apiError {
	switch {
	case amount <= 0:
		return invalid(param, "parameter_invalid_integer", "Invalid amount: a donation's price must be greater than 0, not %d.", amount)
	case amount > cur.maximum:
		return invalid(param, "amount_too_large", "Amount must be no more than %s.", cur.display(cur.maximum))
	case cur.exponent == 3 && amount%cur.step != 0:
		return invalid(param, "", "Invalid amount: %d. In %s the last digit must be 0, as the smallest unit in use is %s.", amount, cur.code, cur.display(10))
	case amount%cur.step != 0:
		return invalid(param, "", "Invalid amount: %d. %s has no decimals in use: the last two digits must be 00.", amount, cur.code)
	}
	return nil
}

// checkTotal checks what would be charged.
func (cur currency) checkTotal(param string, total int64) *apiError {
	switch {
	case total < cur.minimum:
		return invalid(param, "amount_too_small", "The total amount due must add up to at least %s.", cur.display(cur.minimum))
	case total > cur.maximum:
		return invalid(param, "amount_too_large", "The total amount due must be no more than %s.", cur.display(cur.maximum))
	}
	return nil
}

// display writes an amount for a reader, as $25.00, ¥500 or KWD 1.500.
func (cur currency) display(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	digits := fmt.Sprintf("%0*d", cur.exponent+1, minor)
	whole, fraction := digits[:len(digits)-cur.exponent], digits[len(digits)-cur.exponent:]
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	symbols := map[string]string{"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
	if symbol, ok := symbols[cur.code]; ok {
		return sign + symbol + whole
	}
	return sign + strings.ToUpper(cur.code) + " " + whole
}

// cardFee is 2.9 % and the fixed part, rounded half up to a step of the
// currency; never more than the amount.
func (cur currency) cardFee(amount int64) int64 {
	return min(amount, cur.round((amount*29+500)/1000+cur.fixedFee))
}

// debitFee is 0.8 % of a bank debit, at most five units.
func (cur currency) debitFee(amount int64) int64 {
	return min(cur.round((amount*8+500)/1000), cur.minorUnits("5"))
}

func (cur currency) round(minor int64) int64 {
	return (minor + cur.step - 1) / cur.step * cur.step
}

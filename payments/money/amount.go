package money

import (
	"cmp"
	"strconv"
	"strings"
)

// Amount is a sum of money: Minor counts Stripe's minor units of Currency
// (cents, yen, fils).
type Amount struct {
	Minor    int64
	Currency Currency
}

// New makes an amount from minor units.
func New(minor int64, c Currency) Amount { return Amount{Minor: minor, Currency: c} }

// IsZero tells whether the amount is nothing.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Cmp compares two amounts of one currency. Amounts of different currencies
// have no order of value; they compare by code, so that sorting stays stable.
func (a Amount) Cmp(b Amount) int {
	return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Minor, b.Minor))
}

// Major writes the amount in major units with the currency's own digits and a
// point, as reports do: "25.00", "500", "1.500". An amount finer than the
// digits in use (a fee in ISK, say) keeps all of Stripe's.
func (a Amount) Major() string { return string(a.AppendMajor(nil)) }

// AppendMajor appends what Major writes to b.
func (a Amount) AppendMajor(b []byte) []byte {
	e := a.Currency.entry()
	exponent, digits := e.exponent, e.decimals(a.Minor)
	var room [24]byte
	s := strconv.AppendInt(room[:0], a.Minor, 10)
	if s[0] == '-' {
		b, s = append(b, '-'), s[1:]
	}
	if len(s) <= exponent {
		b = append(b, '0')
	} else {
		b = append(b, s[:len(s)-exponent]...)
		s = s[len(s)-exponent:]
	}
	if digits == 0 {
		return b
	}
	b = append(b, '.')
	for range exponent - len(s) {
		b = append(b, '0')
	}
	return append(b, s[:len(s)-(exponent-digits)]...)
}

// Decimals is how many digits after the point Major writes.
func (a Amount) Decimals() int { return a.Currency.entry().decimals(a.Minor) }

// String is for logs: "25.00 USD".
func (a Amount) String() string { return a.Major() + " " + string(a.Currency) }

// symbols are those that need no explanation beside other currencies.
var symbols = map[Currency]string{"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}

// Symbol is the currency's sign, or its code where no sign is unmistakable.
func (c Currency) Symbol() string {
	if s, ok := symbols[c]; ok {
		return s
	}
	return string(c)
}

// Display writes the amount for English-speaking readers: "$25", "$7.50",
// "¥1,000", "KWD 1.500". Decimals that are all zero are left out, except in
// currencies of three decimals, where "1.500" without them could be misread.
func (a Amount) Display() string {
	major := a.Major()
	sign := ""
	if strings.HasPrefix(major, "-") {
		sign, major = "−", major[1:]
	}
	whole, fraction, _ := strings.Cut(major, ".")
	if strings.Trim(fraction, "0") == "" && len(fraction) < 3 {
		fraction = ""
	}
	var b strings.Builder
	b.WriteString(sign)
	b.WriteString(a.Currency.Symbol())
	if _, short := symbols[a.Currency]; !short {
		b.WriteString("\u00a0")
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString("." + fraction)
	}
	return b.String()
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

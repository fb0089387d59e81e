package money

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Reason says why a text is not an amount, for those who word it for readers.
type Reason string

// The reasons why Parse refuses a text.
const (
	Empty            Reason = "empty"
	NotANumber       Reason = "not_a_number"
	Negative         Reason = "negative"
	Ambiguous        Reason = "ambiguous"         // 1,000: a thousand, or one?
	BadGrouping      Reason = "bad_grouping"      // 25,00,00
	TooManyDecimals  Reason = "too_many_decimals" // 5.5 yen
	LastDigitNotZero Reason = "last_digit"        // 1.505 dinar
	TooLarge         Reason = "too_large"
)

// ParseError is what Parse returns.
type ParseError struct {
	Text     string
	Currency Currency
	Reason   Reason
}

func (e *ParseError) Error() string {
	why := map[Reason]string{
		Empty:            "nothing was written",
		NotANumber:       "it is not a number",
		Negative:         "it is below zero",
		Ambiguous:        "it could be read in two ways; write the digits without a separator for thousands",
		BadGrouping:      "its separators do not group thousands",
		TooManyDecimals:  fmt.Sprintf("%s has %d decimals", e.Currency, e.Currency.Digits()),
		LastDigitNotZero: fmt.Sprintf("the last of the three decimals of %s must be 0", e.Currency),
		TooLarge:         "it is too large",
	}[e.Reason]
	return fmt.Sprintf("%q is not an amount in %s: %s", e.Text, e.Currency, why)
}

// maxDigits bounds what Parse reads, in digits of minor units: Stripe's own
// outer limit (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
const maxDigits = 12

// Parse reads an amount in major units as a person types it: "7.50" and "7,50",
// "1 000", "1'000", "1.000,50", with or without the currency's sign, in the
// digits of any script. Where a text could mean two amounts, such as "1,000" in
// dollars, it refuses with a *ParseError rather than guess.
func Parse(text string, c Currency) (Amount, error) {
	fail := func(r Reason) (Amount, error) {
		return Amount{}, &ParseError{Text: clip(text), Currency: c, Reason: r}
	}
	s, ok := plain(text, c)
	if !ok {
		return fail(NotANumber)
	}
	if s == "" {
		return fail(Empty)
	}
	if strings.HasPrefix(s, "-") {
		if rest, ok := plain(s[1:], c); ok && onlyNumber(rest) {
			return fail(Negative)
		}
		return fail(NotANumber)
	}
	if !onlyNumber(s) {
		return fail(NotANumber)
	}
	whole, fraction, reason := split(s, c.Digits())
	if reason != "" {
		return fail(reason)
	}
	if len(fraction) > c.Digits() {
		if strings.Trim(fraction[c.Digits():], "0") != "" || c.Digits() == 0 {
			return fail(TooManyDecimals)
		}
		fraction = fraction[:c.Digits()]
	}
	fraction += strings.Repeat("0", c.Exponent()-len(fraction))
	digits := strings.TrimLeft(whole+fraction, "0")
	if len(digits) > maxDigits {
		return fail(TooLarge)
	}
	if digits == "" {
		return Amount{Currency: c}, nil
	}
	minor, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return fail(NotANumber)
	}
	if minor%c.Step() != 0 {
		return fail(LastDigitNotZero)
	}
	return Amount{Minor: minor, Currency: c}, nil
}

// plain brings a text to ASCII digits, '.', ',', ' ' for any mark that can only
// group thousands, and '-'; it drops the currency's own sign or code around it.
func plain(text string, c Currency) (string, bool) {
	if len(text) > 64 {
		return "", false
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Nd, r):
			b.WriteRune('0' + digitValue(r))
		case r == '٫':
			b.WriteByte('.')
		case r == '٬', r == '\'', r == '’', unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == '−', r == '–', r == '-':
			b.WriteByte('-')
		case r == '\u200e', r == '\u200f', r == '\u061c', r == '\ufeff': // marks of direction, and of what was pasted
		default:
			b.WriteRune(r)
		}
	}
	s := strings.TrimSpace(b.String())
	for _, sign := range []string{string(c), c.Code(), c.Symbol()} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			s = strings.TrimSpace(rest)
			break
		}
		if rest, ok := strings.CutSuffix(s, sign); ok {
			s = strings.TrimSpace(rest)
			break
		}
	}
	return s, true
}

// digitValue uses that decimal digits stand in rows of ten that begin with the
// zero (Unicode, chapter 4.6). Rows may follow each other without a gap, as the
// mathematical digits do, so the place in the row counts, not the distance.
func digitValue(r rune) rune {
	start := r
	for unicode.Is(unicode.Nd, start-1) {
		start--
	}
	return (r - start) % 10
}

func onlyNumber(s string) bool {
	return s != "" && strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789., ") == ""
}

// split finds the decimal mark and takes the marks for thousands away.
func split(s string, digits int) (whole, fraction string, reason Reason) {
	points, commas := strings.Count(s, "."), strings.Count(s, ",")
	decimal := ""
	switch {
	case points > 0 && commas > 0: // the last kind is the decimal mark: 1.000,50
		decimal = "."
		if strings.LastIndex(s, ",") > strings.LastIndex(s, ".") {
			decimal = ","
		}
		if strings.Count(s, decimal) > 1 {
			return "", "", BadGrouping
		}
	case points+commas == 1:
		mark := "."
		if commas == 1 {
			mark = ","
		}
		grouped := strings.Contains(s, " ")
		_, after, _ := strings.Cut(s, mark)
		switch {
		case len(after) == 3 && digits == 0 && mark == ",":
			// no decimals exist, and no country that writes a comma for
			// thousands writes yen otherwise
		case len(after) == 3 && digits == 3 && mark == ".":
			decimal = mark // 1.500 dinar, as every price list in such a currency writes it
		case len(after) == 3 && !grouped && strings.Trim(s[:strings.Index(s, mark)], "0") != "":
			return "", "", Ambiguous
		default:
			decimal = mark
		}
	}
	whole = s
	if decimal != "" {
		whole, fraction, _ = strings.Cut(s, decimal)
	}
	if strings.ContainsAny(fraction, "., ") {
		return "", "", BadGrouping
	}
	if whole, ok := ungroup(whole); ok {
		return whole, fraction, ""
	}
	return "", "", BadGrouping
}

// ungroup takes the marks for thousands out, where they stand every three
// digits and are all of one kind.
func ungroup(s string) (string, bool) {
	at := strings.IndexAny(s, "., ")
	if at < 0 {
		return s, true
	}
	groups := strings.Split(s, s[at:at+1])
	for i, g := range groups {
		if strings.ContainsAny(g, "., ") || i > 0 && len(g) != 3 || i == 0 && (len(g) == 0 || len(g) > 3) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func clip(s string) string {
	if len(s) > 64 {
		return strings.ToValidUTF8(s[:64], "") + "…"
	}
	return s
}

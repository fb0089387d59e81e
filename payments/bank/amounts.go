package bank

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/readerfund/readerfund/payments/money"
)

// figure is a cell that holds an amount.
type figure struct {
	row      int
	text     string
	currency money.Currency
	debit    bool // of a column of what went out
}

// maxMinor is more than a payout can be.
const maxMinor = 999_999_999_999_999

// readFigures reads all amounts of a file by one decimal mark: the one that was told,
// else the only one that reads them all. Where both do, and differ, nobody can say
// which.
func readFigures(cells []figure, told string) ([]int64, error) {
	marks := []string{".", ","}
	switch told {
	case "":
	case ".", ",":
		marks = []string{told}
	default:
		return nil, fmt.Errorf("--decimal %q is none: write . or ,", told)
	}
	var found []int64
	var firstBad error
	furthest := -1
	for _, mark := range marks {
		amounts, bad, err := readBy(cells, mark)
		switch {
		case err != nil:
			if bad > furthest {
				furthest, firstBad = bad, err
			}
		case found == nil:
			found = amounts
		default:
			for i := range amounts {
				if amounts[i] != found[i] {
					c := cells[i]
					return nil, fmt.Errorf("row %d: %q can be %s or %s: say which mark stands before the decimals, with --decimal . or --decimal ,",
						c.row, c.text, money.New(found[i], c.currency), money.New(amounts[i], c.currency))
				}
			}
		}
	}
	if found == nil {
		return nil, firstBad
	}
	return found, nil
}

func readBy(cells []figure, mark string) (amounts []int64, bad int, err error) {
	amounts = make([]int64, len(cells))
	for i, c := range cells {
		n, ok := c.read(mark)
		if !ok {
			return nil, i, fmt.Errorf("row %d: %q is not an amount in %s", c.row, clip(c.text), c.currency)
		}
		amounts[i] = n
	}
	return amounts, -1, nil
}

// read reads an amount in major units, in minor units as Stripe counts them. A minus
// may stand on either side, brackets and D, DR or S stand for one.
func (f figure) read(mark string) (int64, bool) {
	text, negative := strings.ToUpper(f.text), false
	for _, sign := range []string{string(f.currency), strings.ToUpper(f.currency.Symbol())} {
		text = strings.ReplaceAll(text, sign, "")
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\'', r == '’', r == '+', unicode.Is(unicode.Sc, r):
			return -1
		case r == '−', r == '–':
			return '-'
		}
		return r
	}, text)
	if rest, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(rest, ")") {
		text, negative = strings.TrimSuffix(rest, ")"), true
	}
	for _, end := range []struct {
		mark  string
		minus bool
	}{{"CR", false}, {"DR", true}, {"C", false}, {"D", true}, {"H", false}, {"S", true}, {"-", true}} {
		if rest, ok := strings.CutSuffix(text, end.mark); ok {
			text, negative = rest, negative != end.minus
			break
		}
	}
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		text, negative = rest, !negative
	}
	minor, ok := plainAmount(text, mark, f.currency)
	if !ok {
		return 0, false
	}
	if f.debit && !negative { // a column of what went out; some banks put a minus before it
		negative = true
	}
	if negative {
		minor = -minor
	}
	return minor, true
}

// plainAmount reads digits, the decimal mark, and the other mark where it groups
// thousands.
func plainAmount(text, mark string, currency money.Currency) (int64, bool) {
	group := map[string]string{".": ",", ",": "."}[mark]
	whole, fraction, _ := strings.Cut(text, mark)
	if strings.Contains(fraction, group) || strings.Contains(fraction, mark) {
		return 0, false
	}
	if groups := strings.Split(whole, group); len(groups) > 1 {
		for i, g := range groups {
			if i > 0 && len(g) != 3 || i == 0 && (len(g) == 0 || len(g) > 3) {
				return 0, false
			}
		}
		whole = strings.Join(groups, "")
	}
	exponent := currency.Exponent()
	for len(fraction) > exponent && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	if len(fraction) > exponent || whole == "" && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, false
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", exponent-len(fraction)), 10, 64)
	if whole+fraction == "" || err != nil || minor > maxMinor {
		return 0, false
	}
	return minor, true
}

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

// value is what a figure says, in minor units as Stripe counts them, and by what marks.
type value struct {
	minor int64
	marks
}

// marks are those of a direction that an amount has itself: 1 of money that came, -1 of
// money that went, 0 for none.
type marks struct {
	sign    int // a minus, a plus or brackets
	letters int // CR, DR and their like
}

// signed tells that an amount says itself whether it came or went.
func (m marks) signed() bool { return m != marks{} }

// maxMinor is more than a payout can be.
const maxMinor = 999_999_999_999_999

// readFigures reads all amounts of a file by one decimal mark: the one that was told,
// else the only one that reads them all. Where both do, and differ, nobody can say
// which. by is that mark; "" where any is the same.
func readFigures(cells []figure, told string) (found []value, by string, err error) {
	marks := []string{".", ","}
	switch told {
	case "":
	case ".", ",":
		marks = []string{told}
	default:
		return nil, "", fmt.Errorf("--decimal %q is none: write . or ,", told)
	}
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
			found, by = amounts, mark
		default:
			by = ""
			for i := range amounts {
				if amounts[i] != found[i] {
					c := cells[i]
					return nil, "", fmt.Errorf("row %d: %q can be %s or %s: say which mark stands before the decimals, with --decimal . or --decimal ,",
						c.row, c.text, money.New(found[i].minor, c.currency), money.New(amounts[i].minor, c.currency))
				}
			}
		}
	}
	if found == nil {
		return nil, "", firstBad
	}
	return found, by, nil
}

func readBy(cells []figure, mark string) (amounts []value, bad int, err error) {
	amounts = make([]value, len(cells))
	for i, c := range cells {
		v, ok := c.read(mark)
		if !ok {
			return nil, i, fmt.Errorf("row %d: %q is not an amount in %s", c.row, clip(c.text), c.currency)
		}
		amounts[i] = v
	}
	return amounts, -1, nil
}

// read reads an amount in major units. A minus may stand on either side, brackets and
// D, DR or S stand for one; C, CR or H for none.
func (f figure) read(mark string) (value, bool) {
	text := strings.ToUpper(f.text)
	if f.currency != "EUR" && strings.Contains(text, "€") || f.currency == "EUR" && strings.ContainsAny(text, "$£¥") {
		return value{}, false
	}
	for _, sign := range []string{string(f.currency), strings.ToUpper(f.currency.Symbol())} {
		text = strings.ReplaceAll(text, sign, "")
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Sc, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case r == '−', r == '–':
			return '-'
		case r == '’':
			return '\''
		}
		return r
	}, text)
	text, said, ok := unsign(strings.TrimSpace(text))
	if !ok {
		return value{}, false
	}
	minor, ok := plainAmount(text, mark, f.currency)
	if said.sign < 0 || said.letters < 0 {
		minor = -minor
	}
	return value{minor, said}, ok
}

// unsign takes the marks of a direction from an amount; those that contradict each
// other are not ok, nor are two of one kind.
func unsign(text string) (rest string, said marks, ok bool) {
	for _, end := range []struct {
		mark string
		kind int
	}{{"CR", 1}, {"DR", -1}, {"C", 1}, {"D", -1}, {"H", 1}, {"S", -1}} {
		if rest, cut := strings.CutSuffix(text, end.mark); cut {
			text, said.letters = strings.TrimSpace(rest), end.kind
			break
		}
	}
	signs := 0
	for _, s := range []struct {
		before, after string
		kind          int
	}{{"(", ")", -1}, {"-", "", -1}, {"", "-", -1}, {"+", "", 1}, {"", "+", 1}} {
		if len(text) > 1 && strings.HasPrefix(text, s.before) && strings.HasSuffix(text, s.after) {
			text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, s.before), s.after))
			said.sign = s.kind
			signs++
		}
	}
	return text, said, signs < 2 && said.sign*said.letters >= 0
}

// plainAmount reads digits, the decimal mark, and what groups thousands: the other
// mark, a space, an apostrophe.
func plainAmount(text, mark string, currency money.Currency) (int64, bool) {
	group := map[string]string{".": ",", ",": "."}[mark]
	whole, fraction, _ := strings.Cut(strings.NewReplacer(" ", group, "'", group).Replace(text), mark)
	whole, ok := ungroup(whole, group)
	exponent := currency.Exponent()
	for len(fraction) > exponent && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	if !ok || len(fraction) > exponent || whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, false
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", exponent-len(fraction)), 10, 64)
	if err != nil || minor > maxMinor {
		return 0, false
	}
	return minor, true
}

// ungroup puts groups of digits together: of three, or as in India the last of three
// and those before it of two.
func ungroup(whole, group string) (string, bool) {
	groups := strings.Split(whole, group)
	threes, indian := true, len(groups) > 2
	for i, g := range groups[1:] {
		last := i == len(groups)-2
		threes = threes && len(g) == 3
		indian = indian && (last && len(g) == 3 || !last && len(g) == 2)
	}
	if len(groups) > 1 {
		first := len(groups[0])
		threes, indian = threes && first >= 1 && first <= 3, indian && first >= 1 && first <= 2
	}
	return strings.Join(groups, ""), threes || indian
}

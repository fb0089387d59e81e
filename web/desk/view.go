package desk

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// view is what the page shows.
type view struct {
	Site     string
	Period   period
	Zone     string
	Presets  []preset
	AsOf     time.Time
	Sections []section
	Read     bool   // the books were read
	Problem  string // what to mend; "" for nothing
}

// section is one appeal in one currency.
type section struct {
	ID       string // for links within the page
	Appeal   string
	Campaign string
	Currency money.Currency // "" where nothing was begun in any
	Rows     []line
	Plot     *plot // nil where there is nothing to draw
	Missing  int64 // gifts of which a fee is not known
	Rough    bool  // an interval rests on few gifts
}

// line is one variant.
type line struct {
	Variant                                      string
	Base                                         bool
	Views, Checkouts, Gifts                      string
	Gross, Refunded, Disputed, Fees, Net         string
	PerThousand, Interval, ToBase, ToBaseBetween string
	Reading                                      string // what the difference says, in words
	Few                                          bool
}

// enough is how many gifts an interval needs not to be called rough: with fewer,
// the mean of what they bring is not near a normal distribution.
const enough = 30

// sections divides the results, which are in order, by appeal and currency.
func sections(all []report.Result) []section {
	var out []section
	for start := 0; start < len(all); {
		end := start
		for end < len(all) && all[end].Appeal == all[start].Appeal && all[end].Campaign == all[start].Campaign && all[end].Currency == all[start].Currency {
			end++
		}
		out = append(out, newSection(all[start:end], len(out)))
		start = end
	}
	return out
}

func newSection(rows []report.Result, at int) section {
	first := rows[0]
	s := section{ID: "s" + strconv.Itoa(at+1), Appeal: first.Appeal, Campaign: first.Campaign, Currency: first.Currency, Plot: newPlot(rows)}
	for _, r := range rows {
		l := line{
			Variant: r.Variant, Base: r.Base, Views: grouped(r.Views), Checkouts: grouped(r.Checkouts), Gifts: grouped(r.Gifts),
			PerThousand: "–", Interval: "–", ToBase: "–", ToBaseBetween: "–",
		}
		if l.Variant == "" {
			l.Variant = "(none)"
		}
		s.Missing += r.FeesMissing
		if r.Currency != "" {
			l.Gross, l.Refunded, l.Disputed = figure(r.Gross), figure(r.Refunded), figure(r.Disputed)
			l.Fees, l.Net = figure(r.Fees), figure(r.Net)
		}
		l.PerThousand, l.Interval = estimate(r.PerThousand, r.Currency, false)
		if !r.Base {
			l.ToBase, l.ToBaseBetween = estimate(r.ToBase, r.Currency, true)
			l.Reading = reading(r.ToBase)
		}
		l.Few = r.PerThousand.Bounded && r.Gifts < enough
		s.Rough = s.Rough || l.Few
		s.Rows = append(s.Rows, l)
	}
	return s
}

// reading says in words whether a difference can be told from chance.
func reading(e report.Estimate) string {
	switch {
	case !e.Bounded:
		return "too little to tell"
	case e.Low > 0:
		return "more than the base"
	case e.High < 0:
		return "less than the base"
	}
	return "no difference shown"
}

func estimate(e report.Estimate, c money.Currency, signed bool) (value, between string) {
	if !e.Known {
		return "–", "–"
	}
	write := func(minor float64) string {
		s := figure(money.New(int64(math.Round(minor)), c))
		if signed && minor > 0 && strings.ContainsAny(s, "123456789") {
			s = "+" + s
		}
		return s
	}
	if !e.Bounded {
		return write(e.Value), "–"
	}
	return write(e.Value), write(e.Low) + " to " + write(e.High)
}

// figure writes an amount without its currency, which stands above the table.
func figure(a money.Amount) string {
	whole, fraction, has := strings.Cut(a.Major(), ".")
	whole = marked(whole)
	if has {
		return whole + "." + fraction
	}
	return whole
}

func grouped(n int64) string { return marked(strconv.FormatInt(n, 10)) }

// marked sets thousands apart and writes the minus of mathematics.
func marked(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "\u2212", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

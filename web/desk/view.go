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
	Plot     *plot  // nil where there is nothing to draw
	Places   string // that the variants are compared by, in words; "" where none was seen
	Missing  int64  // gifts of which a fee is not known
	Rough    bool   // a figure rests on few gifts
}

// line is one variant.
type line struct {
	Variant                                      string
	Base                                         bool
	Views, Compared, Checkouts, Gifts            string
	Gross, Refunded, Disputed, Fees, Net         string
	PerThousand, Interval, ToBase, ToBaseBetween string
	Reading                                      string // what the figures say, in words
	Few                                          bool
	Before                                       bool // net is before fees that are not known
}

// enough is how many gifts a figure needs not to be called rough: with fewer, the mean
// of what they bring is not near a normal distribution.
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
	s := section{ID: "s" + strconv.Itoa(at+1), Appeal: first.Appeal, Campaign: first.Campaign, Currency: first.Currency, Plot: newPlot(rows), Places: placesOf(first.Places)}
	var base report.Result
	for _, r := range rows {
		if r.Base {
			base = r
		}
		l := line{
			Variant: r.Variant, Base: r.Base, Views: grouped(r.Views), Compared: grouped(r.Compared), Checkouts: grouped(r.Checkouts), Gifts: grouped(r.Gifts),
			PerThousand: "–", Interval: "–", ToBase: "–", ToBaseBetween: "–",
		}
		if l.Variant == "" {
			l.Variant = "(none)"
		}
		s.Missing += r.FeesMissing
		l.Before = r.FeesMissing > 0
		if r.Currency != "" {
			l.Gross, l.Refunded, l.Disputed = figure(r.Gross), figure(r.Refunded), figure(r.Disputed)
			l.Fees, l.Net = figure(r.Fees), figure(r.Net)
			if r.FeesUnknown {
				l.Fees = "not known yet"
			}
		}
		l.PerThousand, l.Interval = estimate(r.PerThousand, r.Currency, false)
		if l.Reading = ownReading(r); !r.Base {
			l.ToBase, l.ToBaseBetween = estimate(r.ToBase, r.Currency, true)
			l.Reading = reading(r, base)
		}
		l.Few = r.PerThousand.Known && r.Gifts < enough
		s.Rough = s.Rough || l.Few
		s.Rows = append(s.Rows, l)
	}
	return s
}

// placesOf names placements for the finance desk.
func placesOf(places []string) string {
	names := map[string]string{
		"end": "the end of articles", "embed": "other sites\u2019 pages", "inline": "the card in articles",
		"strip": "the strip", "banner": "the banner", "page": "the campaign\u2019s page",
	}
	all := make([]string, len(places))
	for i, at := range places {
		if all[i] = names[at]; all[i] == "" {
			all[i] = at
		}
	}
	return strings.Join(all, " and ")
}

// ownReading says what the base's own figure is good for.
func ownReading(r report.Result) string {
	e := r.PerThousand
	switch {
	case !e.Known:
		return "the base; nothing seen to compare by"
	case !e.Bounded:
		return "the base; too little to tell: " + unbounded(r)
	case e.Value-e.Low >= math.Abs(e.Value):
		return "the base; too rough to compare with"
	}
	return "the base"
}

// reading says in words whether a difference to the base can be told from chance.
// An interval that is as wide as what the base brings, so that half of that less
// and half of it more would both fit, shows nothing, and not that there is no
// difference.
func reading(r, base report.Result) string {
	e := r.ToBase
	switch {
	case !r.PerThousand.Bounded:
		return "too little to tell: " + unbounded(r)
	case !e.Bounded:
		return "too little to tell: the base has no interval"
	case e.Low > 0:
		return "more than the base"
	case e.High < 0:
		return "less than the base"
	}
	if e.High-e.Low >= math.Abs(base.PerThousand.Value) {
		return "too wide to say anything: it may be much less or much more"
	}
	return "no difference shown"
}

// unbounded says why a figure has no interval.
func unbounded(r report.Result) string {
	switch {
	case !r.PerThousand.Known:
		return "nothing seen to compare by"
	case r.Gifts == 0:
		return "nobody gave"
	case r.Compared == 1:
		return "seen only once"
	}
	return "more gifts than compared views: some who gave were not counted"
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

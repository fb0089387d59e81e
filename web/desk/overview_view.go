package desk

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
	"github.com/readerfund/readerfund/web/frame"
)

// overviewView is what the first page shows.
type overviewView struct {
	Zone, AsOf string
	Until      string // of the year before, what is compared with goes so far
	Currency   money.Currency
	Currencies []choice
	Stretches  []choice
	Stretch    string // which one the tables below are of, in words
	Empty      bool   // nothing was ever given
	Read       bool
	Cards      []card
	Charts     []chart
	Tables     []sheet
	Base       *baseView
	Needs      []need
	Looked     string // when what the service looks after by itself was last looked at
	OnTheWay   []onTheWay
	MoreOnWay  string
	AtStripe   []string // what Stripe holds of each currency
	OwedStripe []string // what the account owes Stripe, of each currency whose balance is below zero
	CountedAt  string
	Parts      []frame.Link
	Problem    string
}

// choice is one of several views of the page.
type choice struct {
	Label, Href string
	Current     bool
}

// card is one figure that is read first.
type card struct {
	Title, Amount, Gifts string
	Gone                 string // what of it was given back or disputed; "" for nothing
	Before, Change       string // of the year before
}

type onTheWay struct{ ID, Amount, Arrival, Status string }

// fill writes what came in.
func (v *overviewView) fill(o rollup.Overview, q rollup.Query) {
	v.Read, v.Currency = true, o.Currency
	v.Empty = len(o.Currencies) == 0
	if v.Empty {
		return
	}
	cal := o.Calendar
	v.Until = fmt.Sprintf("%s on %s", clock(cal.Today.Before.To, q.Zone), dayBefore(cal))
	shown := o.Currencies
	if !slices.Contains(shown, o.Currency) {
		shown = append(slices.Clone(shown), o.Currency)
	}
	for _, c := range shown {
		v.Currencies = append(v.Currencies, choice{string(c), overviewHref(c, q.Stretch), c == o.Currency})
	}
	for _, s := range rollup.Stretches() {
		v.Stretches = append(v.Stretches, choice{stretchName(s, cal), overviewHref(o.Currency, s), s == q.Stretch})
	}
	v.Stretch = stretchName(q.Stretch, cal)
	for _, s := range rollup.Stretches() {
		p, c := o.Given[s], s.Of(cal)
		v.Cards = append(v.Cards, newCard(stretchName(s, cal), p, !c.Before.From.Before(c.Before.To)))
	}
	v.Charts = []chart{dayChart(o), monthChart(o)}
	v.Tables = []sheet{
		kinds(o.By[rollup.Kind], o.Currency),
		newSheet("by-campaign", "By campaign", "Campaign", o.By[rollup.Campaign], o.Currency, func(v string) string { return or(v, "(none told)") }),
		newSheet("by-country", "By country", "Country", o.By[rollup.Country], o.Currency, country),
		newSheet("by-article", "By article", "Article", o.By[rollup.Article], o.Currency, func(v string) string { return or(v, "(not on an article)") }),
		currencies(o.ByCurrency),
	}
	v.Base = newBase(o)
}

// stand writes what is on its way to the bank.
func (v *overviewView) stand(s Standing, zone *time.Location) {
	for _, p := range s.OnTheWayFirst {
		v.OnTheWay = append(v.OnTheWay, onTheWay{p.ID, inWords(p.Amount), p.Arrival.UTC().Format("2 January 2006"), wayStatus(p.Status)})
	}
	if more := s.OnTheWay - int64(len(s.OnTheWayFirst)); more > 0 {
		v.MoreOnWay = grouped(more)
	}
	for _, a := range s.AtStripe {
		switch {
		case a.Minor > 0:
			v.AtStripe = append(v.AtStripe, inWords(a))
		case a.Minor < 0:
			v.OwedStripe = append(v.OwedStripe, inWords(money.New(-a.Minor, a.Currency)))
		}
	}
	if s.Counted {
		v.CountedAt = s.CountedAt.In(zone).Format("2 January 2006, 15:04:05")
		v.Looked = "Payouts, fees and the bank\u2019s statements were last counted on " + v.CountedAt + "."
	}
	if !s.Counted {
		v.Looked = "Payouts, fees and the bank\u2019s statements are being counted; look again in a minute."
	}
	if s.Recounted {
		v.Looked += " They are being counted anew; look again in a minute."
	}
	if s.Compared {
		v.Looked += " The books were last compared with Stripe on " + moment(s.ComparedAt, zone) + "."
	}
	if !s.LookedAt.IsZero() {
		v.Looked += " Recurring donations were last looked after on " + moment(s.LookedAt, zone) + "."
	}
}

func wayStatus(status string) string {
	if status == "in_transit" {
		return "on its way"
	}
	return status
}

func overviewHref(c money.Currency, s rollup.Stretch) string {
	return overviewPath + "?" + url.Values{"currency": {string(c)}, "stretch": {string(s)}}.Encode()
}

// stretchName writes a stretch with what it is now.
func stretchName(s rollup.Stretch, c rollup.Calendar) string {
	now := c.Today.This.From
	switch s {
	case rollup.Today:
		return "Today, " + now.Format("2 January")
	case rollup.Year:
		return "This year, " + now.Format("2006")
	}
	return "This month, " + now.Format("January 2006")
}

func dayBefore(c rollup.Calendar) string {
	return c.Month.Before.To.Add(-time.Second).Format("2 January 2006")
}

func clock(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	if t.Hour() == 0 && t.Minute() == 0 {
		return "the end of the day"
	}
	return t.Format("15:04")
}

func newCard(title string, p rollup.Pair, noSuchDay bool) card {
	c := card{Title: title, Amount: sumFigure(p.This, p.This.Amount), Gifts: gifts(p.This.Gifts)}
	if gone := p.This.Refunded + p.This.Disputed; gone > 0 {
		c.Gone = sumFigure(p.This, gone)
	}
	switch {
	case noSuchDay:
		c.Before = "The year before had no such day."
	case p.Before.Gifts == 0:
		c.Before = "The year before: nothing."
	default:
		c.Before = "The year before: " + sumFigure(p.Before, p.Before.Amount) + " of " + gifts(p.Before.Gifts) + "."
		c.Change = change(p)
	}
	return c
}

func gifts(n int64) string { return grouped(n) + " " + plural(n, "gift", "gifts") }

func sumFigure(s rollup.Sum, minor int64) string { return figure(money.New(minor, s.Currency)) }

// change writes by how much more or less was given than in the year before.
func change(p rollup.Pair) string {
	if p.Before.Amount == 0 {
		return "\u2013"
	}
	part := 100 * (float64(p.This.Amount) - float64(p.Before.Amount)) / float64(p.Before.Amount)
	digits := 0
	if math.Abs(part) < 9.95 {
		digits = 1
	}
	text := strconv.FormatFloat(math.Abs(part), 'f', digits, 64)
	switch {
	case text == strconv.FormatFloat(0, 'f', digits, 64):
		return "\u00b10\u00a0%"
	case part < 0:
		return "\u2212" + figureText(text) + "\u00a0%"
	}
	return "+" + figureText(text) + "\u00a0%"
}

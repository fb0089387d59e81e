package desk

import (
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
)

// baseView is how recurring donations stand.
type baseView struct {
	Standing []baseRow
	Moved    []movedRow
	// Recovered is how many are paid again this month, with their verb.
	Recovered string
}

type baseRow struct {
	Name, Number, Monthly, Annual string
	About                         string
}

// movedRow is what began or ended, by the stretches of the calendar.
type movedRow struct {
	Name  string
	Cells []string
}

// newBase is nil where there never was a recurring donation.
func newBase(o rollup.Overview) *baseView {
	b, none := o.Base, true
	row := func(name string, c rollup.Count, about string) baseRow {
		none = none && c.Number() == 0
		return baseRow{name, grouped(c.Number()), each(c.Monthly, c.MonthlyAmount, o.Currency), each(c.Annual, c.AnnualAmount, o.Currency), about}
	}
	v := &baseView{Standing: []baseRow{
		row("Active", b.Active, "charged when they are due"),
		row("Failing", b.Failing, "the last charge failed; Stripe tries again"),
		row("Ending", b.Ending, "canceled, and active until what is paid for ends"),
		row("Paused", b.Paused, "not charged until they go on"),
	}}
	moved := func(name string, all []rollup.Count) movedRow {
		r := movedRow{Name: name}
		for i, c := range all {
			none = none && c.Number() == 0
			if i%2 == 1 && !hasBefore(o.Calendar, i/2) {
				r.Cells = append(r.Cells, "\u2013")
				continue
			}
			r.Cells = append(r.Cells, grouped(c.Number()))
		}
		return r
	}
	v.Moved = []movedRow{moved("New", b.Started), moved("Lost", b.Lost)}
	v.Recovered = grouped(o.Recovered) + " " + plural(o.Recovered, "was", "were")
	if none {
		return nil
	}
	return v
}

func hasBefore(c rollup.Calendar, stretch int) bool {
	before := rollup.Stretches()[stretch].Of(c).Before
	return before.From.Before(before.To)
}

// each writes what a number of recurring donations gives each time.
func each(n, minor int64, c money.Currency) string {
	if n == 0 {
		return "\u2013"
	}
	return figure(money.New(minor, c)) + " from " + grouped(n)
}

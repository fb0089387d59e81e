package desk

import (
	"math"
	"strconv"

	"github.com/readerfund/readerfund/payments/rollup"
)

// chart is a picture of columns, one a day or a month, each with a mark where the year
// before stood, and the table of the same figures. Places from left to right are parts
// of the width in percent, so that the picture fits any screen; heights are pixels.
type chart struct {
	ID, Title, Caption, First string
	Words                     string // what the picture shows, in a sentence
	Height, Axis, Wide        int    // of the whole; of the line the columns stand on; of the labels beside it
	Columns                   []chartColumn
	Grid                      []level
	Rows                      []chartRow
}

type chartColumn struct {
	X, Width    string
	Top, Height int    // of the column; no height: nothing was given
	MarkX, Mark string // where the mark begins, how wide it is
	MarkY       int
	Marked      bool
	Label, At   string // below the axis; "" for none
	Spare       bool   // the label may be left out where there is little room
	Now         bool   // the one that lasts
}

// level is a line across, with the amount that it stands for.
type level struct {
	Y     int
	Label string
}

type chartRow struct{ Name, Amount, Gifts, Before, BeforeGifts string }

// The measures of a chart in pixels.
const (
	chartHeight = 190
	chartTop    = 14
	chartFoot   = 24
	labelsWide  = 52
)

func dayChart(o rollup.Overview) chart {
	begins := o.Calendar.Month.This.From
	c := chart{
		ID: "days", Title: "Each day of " + begins.Format("January 2006"), First: "Day",
		Caption: "Columns: " + begins.Format("January 2006") + ". Lines: the same days of " + o.Calendar.Month.Before.From.Format("January 2006") + ". Amounts in " + string(o.Currency) + ".",
	}
	return c.draw(o, o.Days, func(g rollup.Given) (name, label string) {
		if day := g.Begins.Day(); day == 1 || day%5 == 0 {
			label = strconv.Itoa(day)
		}
		return g.Begins.Format("Mon 2 Jan"), label
	})
}

func monthChart(o rollup.Overview) chart {
	begins := o.Calendar.Year.This.From
	c := chart{
		ID: "months", Title: "Each month of " + begins.Format("2006"), First: "Month",
		Caption: "Columns: " + begins.Format("2006") + ". Lines: the same months of " + o.Calendar.Year.Before.From.Format("2006") + ", whole. Amounts in " + string(o.Currency) + ".",
	}
	return c.draw(o, o.Months, func(g rollup.Given) (name, label string) {
		return g.Begins.Format("January"), g.Begins.Format("Jan")
	})
}

func (c chart) draw(o rollup.Overview, all []rollup.Given, name func(rollup.Given) (string, string)) chart {
	most, total, before := int64(0), int64(0), int64(0)
	for _, g := range all {
		most = max(most, g.Pair.This.Amount, g.Pair.Before.Amount)
		total, before = total+g.Pair.This.Amount, before+g.Pair.Before.Amount
	}
	unit := math.Pow10(o.Currency.Exponent())
	from, to, step := 0.0, 1.0, 1.0
	if most > 0 {
		from, to, step = scale(0, float64(most)/unit)
	}
	c.Axis, c.Wide = chartHeight-chartFoot, labelsWide
	c.Height = chartHeight
	y := func(minor int64) int {
		return c.Axis - int(math.Round(float64(minor)/unit/to*float64(c.Axis-chartTop)))
	}
	for n := 0; most > 0 && from+float64(n)*step <= to+step/2; n++ {
		v := float64(n) * step
		c.Grid = append(c.Grid, level{c.Axis - int(math.Round(v/to*float64(c.Axis-chartTop))), short(v, step)})
	}
	today := o.Calendar.Today.This.From
	slot := 100 / float64(len(all))
	for i, g := range all {
		text, label := name(g)
		col := chartColumn{
			X: percent(slot * (float64(i) + .19)), Width: percent(slot * .62), Top: y(g.Pair.This.Amount), Label: label, At: percent(slot * (float64(i) + .5)),
			MarkX: percent(slot * (float64(i) + .06)), Mark: percent(slot * (float64(i) + .94)), MarkY: y(g.Pair.Before.Amount), Marked: g.Pair.Before.Amount > 0, Spare: len(all) == 12 && i%2 == 1,
			Now: !g.Column.This.From.After(today) && g.Column.This.To.After(today),
		}
		if col.Height = c.Axis - col.Top; g.Pair.This.Amount > 0 && col.Height < 1 {
			col.Top, col.Height = c.Axis-1, 1
		}
		c.Columns = append(c.Columns, col)
		row := chartRow{text, sumFigure(g.Pair.This, g.Pair.This.Amount), grouped(g.Pair.This.Gifts), sumFigure(g.Pair.Before, g.Pair.Before.Amount), grouped(g.Pair.Before.Gifts)}
		if !g.Begins.Before(o.Calendar.Until) && g.Pair.This.Gifts == 0 { // it has not come: nothing is known of it
			row.Amount, row.Gifts = "–", "–"
		}
		c.Rows = append(c.Rows, row)
	}
	sum := rollup.Sum{Currency: o.Currency}
	c.Words = "Together " + sumFigure(sum, total) + ", the year before " + sumFigure(sum, before) + ". The table below has each figure."
	return c
}

// short writes an amount of the axis in little room.
func short(v, step float64) string {
	for _, unit := range []struct {
		size float64
		sign string
	}{{1e9, "bn"}, {1e6, "m"}, {1e4, "k"}} {
		if v >= unit.size {
			size := unit.size
			if unit.sign == "k" {
				size = 1e3
			}
			return axisLabel(v/size, step/size) + unit.sign
		}
	}
	return axisLabel(v, step)
}

// LabelsEnd is where the labels beside the picture end, in pixels.
func (c chart) LabelsEnd() int { return c.Wide - 8 }

package desk

import (
	"fmt"
	"math"
	"strconv"

	"github.com/readerfund/readerfund/payments/report"
)

// plot is the picture of a section's intervals. Places along the axis are parts
// of the width in percent, so that the picture fits any screen and its words keep
// their size; heights are pixels.
type plot struct {
	Height, Axis int // of the whole; of the axis' line
	Bars         []bar
	Ticks        []tick
	Base         string // where the base's value stands, "" for nowhere
}

type bar struct {
	Variant          string
	Words            string // the value with its interval
	Base, Bounded    bool
	Text, Y          int // of the words; of the line
	Clear            int // from here on nothing crosses the words
	At, Anchor       string
	Value, Low, High string
	Top, Bottom      int // of the ends' strokes
}

type tick struct {
	X, Label, Anchor string
	Zero             bool
}

// The measures of a plot in pixels, and how much of the width is left free at
// each side so that no word is cut off.
const (
	rowHeight  = 52
	axisHeight = 30
	textAt     = 17
	textHeight = 23
	lineAt     = 34
	capHeight  = 5
	freeSides  = 2.0
)

// newPlot draws rows of one appeal and currency; nil where no value is known.
func newPlot(rows []report.Result) *plot {
	low, high, known := 0.0, 0.0, false
	for _, r := range rows {
		if e := r.PerThousand; e.Known {
			low, high, known = min(low, e.Low), max(high, e.High), true
		}
	}
	if !known || low == high {
		return nil
	}
	c := rows[0].Currency
	unit := math.Pow10(c.Exponent())
	from, to, step := scale(low/unit, high/unit)
	x := func(minor float64) string {
		part := (minor/unit - from) / (to - from)
		return percent(freeSides + part*(100-2*freeSides))
	}
	p := &plot{}
	for i, r := range rows {
		e := r.PerThousand
		if !e.Known {
			continue
		}
		y := len(p.Bars) * rowHeight
		b := bar{Variant: r.Variant, Base: r.Base, Bounded: e.Bounded, Text: y + textAt, Y: y + lineAt, Top: y + lineAt - capHeight, Bottom: y + lineAt + capHeight,
			Value: x(e.Value), Low: x(e.Low), High: x(e.High), Clear: y, At: percent(freeSides), Anchor: "start"}
		if (e.Low/unit-from)/(to-from) > 0.5 {
			b.At, b.Anchor = percent(100-freeSides), "end" // the words stand on the side of what they tell of
		}
		value, between := estimate(e, c, false)
		if b.Words = value; e.Bounded {
			b.Words = fmt.Sprintf("%s (%s)", value, between)
		}
		if r.Base {
			p.Base = b.Value
		}
		if b.Variant == "" {
			b.Variant = fmt.Sprintf("variant %d", i+1)
		}
		p.Bars = append(p.Bars, b)
	}
	p.Axis = len(p.Bars) * rowHeight
	p.Height = p.Axis + axisHeight
	for n := 0; ; n++ {
		v := from + float64(n)*step
		if v > to+step/2 {
			break
		}
		t := tick{X: x(v * unit), Label: axisLabel(v, step), Anchor: "middle", Zero: math.Abs(v) < step/2}
		switch {
		case n == 0:
			t.Anchor = "start"
		case v+step > to+step/2:
			t.Anchor = "end"
		}
		p.Ticks = append(p.Ticks, t)
	}
	return p
}

// scale gives an axis with round numbers that holds low and high: three to eight
// steps of 1, 2 or 5 times a power of ten.
func scale(low, high float64) (from, to, step float64) {
	raw := (high - low) / 6
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if step = m * power; step >= raw {
			break
		}
	}
	return math.Floor(low/step) * step, math.Ceil(high/step) * step, step
}

// axisLabel writes a number of the axis with as many decimals as its steps need.
func axisLabel(v, step float64) string {
	digits := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	if math.Abs(v) < step/2 {
		return "0"
	}
	text := strconv.FormatFloat(math.Abs(v), 'f', digits, 64)
	label := figureText(text)
	if v < 0 {
		return "\u2212" + label
	}
	return label
}

// figureText sets the thousands of a number apart.
func figureText(text string) string {
	for i, r := range text {
		if r == '.' {
			return marked(text[:i]) + text[i:]
		}
	}
	return marked(text)
}

func percent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }

// TextHeight is how much of a row, in pixels, its words have for themselves.
func (b bar) TextHeight() int { return textHeight }

// Unit is what the axis counts.
func (s section) Unit() string { return fmt.Sprintf("%s for every 1,000 compared views", s.Currency) }

package desk

import (
	"fmt"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
)

// sheet is a table of figures.
type sheet struct {
	ID, Title, First string // First heads the first column
	Rows             []sheetRow
	Note             string
}

type sheetRow struct {
	Name                                      string
	Amount, Gifts, Gone, Left, Before, Change string
	Sum, Part                                 bool // the last row; a part of the row before it
}

// shownRows is how many rows a table has, before the rest is put together.
const shownRows = 10

func newSheet(id, title, first string, all []rollup.Pair, c money.Currency, name func(string) string) sheet {
	s := sheet{ID: id, Title: title, First: first}
	var rest, whole rollup.Pair
	rest.This.Currency, rest.Before.Currency = c, c
	whole = rest
	more := 0
	for i, p := range all {
		whole = addPairs(whole, p)
		if i < shownRows {
			s.Rows = append(s.Rows, newRow(name(p.This.Value), p))
			continue
		}
		rest, more = addPairs(rest, p), more+1
	}
	if more > 0 {
		s.Rows = append(s.Rows, newRow(fmt.Sprintf("%s more", grouped(int64(more))), rest))
	}
	if len(all) > 1 {
		row := newRow("Together", whole)
		row.Sum = true
		s.Rows = append(s.Rows, row)
	}
	return s
}

func newRow(name string, p rollup.Pair) sheetRow {
	return sheetRow{
		Name: name, Amount: sumFigure(p.This, p.This.Amount), Gifts: grouped(p.This.Gifts), Gone: sumFigure(p.This, p.This.Refunded+p.This.Disputed),
		Left: sumFigure(p.This, p.This.Left()), Before: sumFigure(p.Before, p.Before.Amount), Change: change(p),
	}
}

func addPairs(a, b rollup.Pair) rollup.Pair {
	return rollup.Pair{This: a.This.Add(b.This), Before: a.Before.Add(b.Before)}
}

// kinds sets one-time gifts against recurring ones, and these by how often they come.
func kinds(all []rollup.Pair, c money.Currency) sheet {
	s := sheet{ID: "by-kind", Title: "One-time and recurring", First: "Kind"}
	by := map[string]rollup.Pair{}
	empty := rollup.Pair{This: rollup.Sum{Currency: c}, Before: rollup.Sum{Currency: c}}
	for _, kind := range []string{"one_time", "monthly", "annual"} {
		by[kind] = empty
	}
	whole := empty
	for _, p := range all {
		by[p.This.Value] = p
		whole = addPairs(whole, p)
	}
	if whole.This.Gifts == 0 && whole.Before.Gifts == 0 {
		return s
	}
	part := func(name, kind string) sheetRow {
		row := newRow(name, by[kind])
		row.Part = true
		return row
	}
	sum := newRow("Together", whole)
	sum.Sum = true
	s.Rows = []sheetRow{
		newRow("One-time", by["one_time"]), newRow("Recurring", addPairs(by["monthly"], by["annual"])),
		part("each month", "monthly"), part("each year", "annual"), sum,
	}
	return s
}

// currencies has a row a currency, and no sum: nothing is converted.
func currencies(all []rollup.Pair) sheet {
	s := sheet{ID: "by-currency", Title: "By currency", First: "Currency", Note: "Each currency by itself: nothing is converted, and nothing is added up across currencies."}
	for _, p := range all {
		if p.This.Gifts > 0 || p.Before.Gifts > 0 {
			s.Rows = append(s.Rows, newRow(string(p.This.Currency), p))
		}
	}
	return s
}

// country names a country in English, with its code.
func country(code string) string {
	if code == "" {
		return "(not told)"
	}
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := display.English.Regions().Name(region); name != "" {
		return name
	}
	return code
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

package bank

import (
	"fmt"
	"slices"
	"strings"
)

// said tells what was taken as what.
func (o Options) said(c columns, format, mark string) []string {
	date := "date " + c.head(c.date)
	if format != "" {
		date += " as " + format
	}
	all := []string{date}
	decimals := ""
	if mark != "" {
		decimals = ", decimals behind " + mark
	}
	switch {
	case c.amount >= 0 && c.sign == c.amount:
		all = append(all, "amount "+c.head(c.amount)+decimals+", without a mark it went")
	case c.amount >= 0:
		all = append(all, "amount "+c.head(c.amount)+decimals)
	default:
		all = append(all, "money that came "+c.head(c.credit)+decimals)
		if c.debit >= 0 {
			all = append(all, "money that went "+c.head(c.debit)+c.minus())
		}
	}
	if c.sign >= 0 && c.sign != c.amount && c.sign != c.debit {
		all = append(all, "came or went "+c.head(c.sign))
	}
	switch {
	case c.currency >= 0:
		all = append(all, "currency "+c.head(c.currency))
	case c.of != "":
		all = append(all, "currency "+string(c.of)+", as its heading says")
	case o.Currency != "":
		all = append(all, "currency "+string(o.Currency)+", as told")
	}
	var texts []string
	for _, at := range c.texts {
		texts = append(texts, c.head(at))
	}
	return append(all, "text "+strings.Join(texts, " and "))
}

// minus says what one means in the column of what went, where that was told.
func (c columns) minus() string {
	switch {
	case c.unsigned:
		return " where it has a minus, without one it came"
	case c.sign == c.debit:
		return ", with a minus it came back"
	}
	return ""
}

// doubt says what the reading of the directions rests on, where nothing in the file
// speaks of money that went. A list of what came alone is right so.
func (c columns) doubt(values []value) string {
	if len(values) == 0 || c.sign >= 0 || c.debit >= 0 || slices.ContainsFunc(values, func(v value) bool { return v.signed() }) {
		return ""
	}
	all := fmt.Sprintf("all %d are taken", len(values))
	if len(values) == 1 {
		all = "the only one is taken"
	}
	return "no amount has a sign and no column says that money went: " + all + " as money that came. Where some went, name the column that says so, as in --column sign=Type"
}

package bank

import (
	"slices"
	"strings"
)

// mentions are what stands of Stripe in columns that are not known as texts. Banks name
// the payer in a column of its own, under any heading; money of Stripe's that is not
// seen as such would pass as somebody else's.
type mentions struct {
	names   []string // that were told, beside Stripe
	columns []int    // that had one
}

// of adds to a row's text the cells of other columns that name Stripe, and tells
// whether one names it, or a name that was told. Those of told names are not added: a
// line is known again by its text, whatever names are told.
func (m *mentions) of(c columns, row []string, text string) (whole string, stripes bool) {
	own := []string{"stripe"}
	stripes = names(text, append(own, m.names...))
	for at := range row {
		said := strings.Join(strings.Fields(cell(row, at)), " ")
		byStripe := names(said, own)
		if !byStripe && !names(said, m.names) {
			continue
		}
		if slices.Contains(c.texts, at) || slices.Contains([]int{c.date, c.amount, c.credit, c.debit, c.sign, c.currency, c.state}, at) ||
			slices.Contains(ownHeadings(), plain(cell(c.heads, at))) {
			continue
		}
		stripes = true
		if !slices.Contains(m.columns, at) {
			m.columns = append(m.columns, at)
		}
		if byStripe {
			text = strings.TrimPrefix(text+" · "+said, " · ")
		}
	}
	return text, stripes
}

// said names the columns, for whoever has the file.
func (m *mentions) said(c columns) []string {
	if len(m.columns) == 0 {
		return nil
	}
	slices.Sort(m.columns)
	var heads []string
	for _, at := range m.columns {
		heads = append(heads, c.head(at))
	}
	return []string{"Stripe, or a name that was told, also in " + strings.Join(heads, " and ")}
}

// ownHeadings are above columns of the account itself, which somebody may have called
// after Stripe: they say nothing of who paid.
func ownHeadings() []string {
	return []string{
		"account", "account name", "account holder", "account number", "account type", "konto", "kontoname", "kontobezeichnung", "kontoinhaber", "inhaber", "auftragskonto",
		"bezeichnung auftragskonto", "name auftragskonto", "rekening", "compte", "intitulé du compte", "cuenta", "titular", "conto", "rachunek", "conta", "tili", "účet", "product", "produkt",
	}
}

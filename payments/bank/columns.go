package bank

import (
	"fmt"
	"slices"
	"strings"
)

// role is what a column of a statement holds.
type role string

const (
	roleDate     role = "date"
	roleAmount   role = "amount"
	roleCredit   role = "credit" // money that came, where a statement has two columns
	roleDebit    role = "debit"
	roleCurrency role = "currency"
	roleText     role = "text"
)

// headings are what banks call their columns, in small letters. Of several that a
// file has, the first counts; texts are put together.
func headings() map[role][]string {
	return map[role][]string{
		roleDate: {
			"date", "booking date", "posting date", "posted date", "transaction date", "date posted", "value date", "completed date", "started date",
			"buchungstag", "buchungsdatum", "buchung", "datum", "valuta", "valutadatum", "wertstellung",
			"date opération", "date operation", "date de comptabilisation", "date comptable", "fecha", "fecha operación", "fecha operacion", "fecha valor",
			"data", "data contabile", "data valuta", "data operazione", "boekdatum", "rentedatum", "dato", "bokføringsdato", "bokföringsdag", "data operacji", "data księgowania",
		},
		roleAmount: {
			"amount", "transaction amount", "amount (eur)", "amount (gbp)", "amount (usd)", "value", "net amount",
			"betrag", "betrag (eur)", "betrag (€)", "umsatz", "betrag in eur", "montant", "montant (eur)", "importe", "importo", "bedrag", "bedrag (eur)",
			"beløb", "belopp", "beløp", "kwota", "valor",
		},
		roleCredit: {
			"credit", "credit amount", "paid in", "money in", "deposit", "deposits", "cr", "haben", "gutschrift", "crédit", "abono", "haber", "avere", "entrate", "accrediti", "bij",
		},
		roleDebit: {
			"debit", "debit amount", "paid out", "money out", "withdrawal", "withdrawals", "dr", "soll", "lastschrift", "débit", "cargo", "debe", "dare", "uscite", "addebiti", "af",
		},
		roleCurrency: {"currency", "currency code", "ccy", "währung", "waehrung", "devise", "divisa", "moneda", "valuta code", "munt", "waluta"},
		roleText: {
			"text", "description", "transaction description", "details", "memo", "narrative", "particulars", "reference", "payee", "name", "counterparty", "payment reference",
			"verwendungszweck", "buchungstext", "beguenstigter/zahlungspflichtiger", "begünstigter/zahlungspflichtiger", "auftraggeber/empfänger", "zahlungsempfänger*in",
			"name zahlungsbeteiligter", "libellé", "libelle", "libellé opération", "motif", "concepto", "descripción", "descripcion", "causale", "descrizione", //nolint:misspell // Spanish without its accent
			"omschrijving", "naam / omschrijving", "mededelingen", "tekst", "tegenpartij", "meddelelse", "opis",
		},
	}
}

// columns say where in a row everything stands; -1 is nowhere.
type columns struct {
	date, amount, credit, debit, currency int
	texts                                 []int
}

// find reads a row as the headings; ok is false where it is not that row.
func find(row []string, own map[string]string) (c columns, ok bool) {
	c = columns{date: -1, amount: -1, credit: -1, debit: -1, currency: -1}
	cells := make([]string, len(row))
	for i, cell := range row {
		cells[i] = strings.ToLower(strings.Join(strings.Fields(strings.Trim(cell, "\ufeff\" \t")), " "))
	}
	place := func(r role) int {
		wanted := headings()[r]
		if name, told := own[string(r)]; told {
			wanted = []string{strings.ToLower(strings.Join(strings.Fields(name), " "))}
		}
		for _, name := range wanted {
			if i := slices.Index(cells, name); i >= 0 {
				return i
			}
		}
		return -1
	}
	c.date, c.amount, c.currency = place(roleDate), place(roleAmount), place(roleCurrency)
	if c.amount < 0 {
		c.credit, c.debit = place(roleCredit), place(roleDebit)
	}
	if name, told := own[string(roleText)]; told {
		if i := slices.Index(cells, strings.ToLower(strings.Join(strings.Fields(name), " "))); i >= 0 {
			c.texts = []int{i}
		}
	} else {
		for i, cell := range cells {
			if slices.Contains(headings()[roleText], cell) {
				c.texts = append(c.texts, i)
			}
		}
	}
	return c, c.date >= 0 && (c.amount >= 0 || c.credit >= 0) && len(c.texts) > 0
}

// cell is what stands in a row's column, "" where the row ends before it.
func cell(row []string, at int) string {
	if at < 0 || at >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[at])
}

// text puts the texts of a row together.
func (c columns) text(row []string) string {
	var parts []string
	for _, at := range c.texts {
		if t := strings.Join(strings.Fields(cell(row, at)), " "); t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, " · ")
}

// checkOwn holds the names of columns that were given.
func checkOwn(own map[string]string) error {
	for name, heading := range own {
		if !slices.Contains([]string{"date", "amount", "credit", "debit", "currency", "text"}, name) {
			return fmt.Errorf("there is no column %q; name one of date, amount, credit, debit, currency, text, as in --column date=Buchungstag", name)
		}
		if strings.TrimSpace(heading) == "" {
			return fmt.Errorf("the column %s has no heading; write it as it stands in the file, as in --column %s=Buchungstag", name, name)
		}
	}
	return nil
}

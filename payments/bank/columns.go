package bank

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/readerfund/readerfund/payments/money"
)

// role is what a column of a statement holds.
type role string

const (
	roleDate     role = "date"
	roleAmount   role = "amount"
	roleCredit   role = "credit" // money that came, where a statement has two columns
	roleDebit    role = "debit"
	roleSign     role = "sign" // whether money came or went, where amounts have no minus
	roleCurrency role = "currency"
	roleText     role = "text"
	roleState    role = "state" // found only, never told
)

func roles() []string {
	return []string{string(roleDate), string(roleAmount), string(roleCredit), string(roleDebit), string(roleSign), string(roleCurrency), string(roleText)}
}

// noColumn is told in place of a heading where the file has no such column, whatever
// its headings say.
const noColumn = "-"

// columns say where in a row everything stands; -1 is nowhere.
type columns struct {
	date, amount, credit, debit, sign, currency int
	state                                       int // whether the bank has booked it
	texts                                       []int
	heads                                       []string       // as they stand in the file
	of                                          money.Currency // that the heading of the amounts says; "" where it says none
	unsigned                                    bool           // amounts carry their own sign, somebody told
}

// find reads a row as the headings, of which some are known; ok is false where it is not that row. Headings
// that were told must all be there.
func find(row []string, known map[role][]string, own map[string]string) (c columns, ok bool) {
	c = columns{heads: row, unsigned: own[string(roleSign)] == noColumn}
	cells, of := make([]string, len(row)), make([]money.Currency, len(row))
	for i, cell := range row {
		cells[i], of[i] = heading(cell)
	}
	missing := false
	place := func(r role) int {
		if name, told := own[string(r)]; told {
			if name == noColumn {
				return -1
			}
			i := slices.IndexFunc(row, func(cell string) bool { return plain(cell) == plain(name) })
			missing = missing || i < 0
			return i
		}
		for _, name := range known[r] {
			if i := slices.Index(cells, name); i >= 0 {
				return i
			}
		}
		return -1
	}
	c.date, c.amount, c.credit, c.debit = place(roleDate), place(roleAmount), place(roleCredit), place(roleDebit)
	// Two columns of the two directions leave no doubt; one beside an amount repeats it.
	if _, told := own[string(roleAmount)]; c.amount >= 0 && !told && c.credit >= 0 && c.debit >= 0 {
		c.amount = -1
	}
	if c.amount >= 0 {
		c.credit, c.debit = -1, -1
	}
	c.sign, c.currency, c.state = place(roleSign), place(roleCurrency), place(roleState)
	if _, told := own[string(roleSign)]; c.amount < 0 && c.sign >= 0 && !told {
		// An amount of both directions may stand below "Debit/Credit".
		if c.credit < 0 {
			c.amount = c.sign
		}
		c.sign = -1
	}
	if _, told := own[string(roleSign)]; c.sign == c.amount && !told {
		c.sign = -1
	}
	if c.currency == c.date {
		c.currency = -1
	}
	for _, at := range []int{c.amount, c.credit, c.debit} {
		if at >= 0 && c.of == "" {
			c.of = of[at]
		}
	}
	if _, told := own[string(roleText)]; told {
		if i := place(roleText); i >= 0 {
			c.texts = []int{i}
		}
	} else {
		for i, cell := range cells {
			if slices.Contains(known[roleText], cell) {
				c.texts = append(c.texts, i)
			}
		}
	}
	return c, !missing && c.date >= 0 && (c.amount >= 0 || c.credit >= 0) && len(c.texts) > 0
}

// settle looks below the headings where they mean two things: Valuta is the day of
// value in German and the currency in Dutch, Italian and Scandinavian.
func (c *columns) settle(rows []row, own map[string]string) {
	if _, told := own[string(roleCurrency)]; told || c.currency >= 0 {
		return
	}
	at := slices.IndexFunc(c.heads, func(cell string) bool { return plain(cell) == "valuta" })
	if at < 0 || at == c.date {
		return
	}
	for _, r := range rows {
		if code := cell(r.cells, at); code != "" {
			if isCode(code) {
				c.currency = at
			}
			return
		}
	}
}

// plain is a heading in small letters, without what stands around it.
func plain(cell string) string {
	cell = strings.ToLower(strings.Join(strings.Fields(strings.Trim(cell, "\ufeff#\" \t")), " "))
	return strings.NewReplacer(" / ", "/", " /", "/", "/ ", "/", "_", " ").Replace(cell)
}

// heading parts a heading from the currency behind it: Amount (EUR), Betrag in EUR,
// Betrag (€), Débit euros.
func heading(cell string) (name string, of money.Currency) {
	name = plain(cell)
	for _, mark := range []struct{ before, after string }{{"(", ")"}, {" in ", ""}, {" en ", ""}, {" ", ""}} {
		at := strings.LastIndex(name, mark.before)
		if at <= 0 || !strings.HasSuffix(name, mark.after) {
			continue
		}
		switch code := strings.TrimSuffix(name[at+len(mark.before):], mark.after); {
		case code == "€", code == "euro", code == "euros", code == "euroa":
			of = "EUR"
		case code == "£":
			of = "GBP"
		case code == "r$":
			of = "BRL"
		case isCode(code) && money.FromCode(code).Known():
			of = money.FromCode(code)
		default:
			continue
		}
		return strings.TrimSpace(name[:at]), of
	}
	return name, ""
}

// isCode tells what is written as the code of a currency is.
func isCode(text string) bool {
	return len(text) == 3 && strings.Trim(strings.ToUpper(text), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// cell is what stands in a row's column, "" where the row ends before it.
func cell(row []string, at int) string {
	if at < 0 || at >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[at])
}

// head is a column as it is named to people.
func (c columns) head(at int) string {
	if name := cell(c.heads, at); name != "" {
		return fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("without a heading, the %d. of the file,", at+1)
}

// quoted is a column's heading as it is written in a command.
func (c columns) quoted(at int) string {
	name := cell(c.heads, at)
	odd := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	switch {
	case !strings.ContainsFunc(name, odd):
		return name
	case strings.Contains(name, "'") || strings.ContainsFunc(name, unicode.IsControl):
		return strconv.Quote(name)
	}
	return "'" + name + "'"
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
		if !slices.Contains(roles(), name) {
			return fmt.Errorf("there is no column %q; name one of %s, as in --column date=Buchungstag", name, strings.Join(roles(), ", "))
		}
		if strings.TrimSpace(heading) == "" {
			return fmt.Errorf("the column %s has no heading; write it as it stands in the file, as in --column %s=Buchungstag", name, name)
		}
		if heading == noColumn && name != string(roleSign) && name != string(roleCurrency) {
			return fmt.Errorf("a statement has a column of its %s: name its heading; only sign and currency can be -, for none", name)
		}
	}
	return nil
}

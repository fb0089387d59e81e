package bank

import (
	"fmt"
	"slices"

	"github.com/readerfund/readerfund/payments/money"
)

// once refuses a file whose amounts could be those of several columns: of one name, or
// of two currencies. A bank that shows what a payment was before it was exchanged has
// both, and only one of them is the account's.
func (c columns) once(rows []row, known map[role][]string, own map[string]string) error {
	var of []money.Currency
	var heads []string
	for _, r := range []struct {
		role role
		at   int
	}{{roleAmount, c.amount}, {roleCredit, c.credit}, {roleDebit, c.debit}} {
		if r.at < 0 {
			continue
		}
		name, currency := heading(c.heads[r.at])
		if currency != "" {
			of, heads = append(of, currency), append(heads, c.head(r.at))
		}
		if _, told := own[string(r.role)]; told {
			continue
		}
		for at, head := range c.heads {
			other, its := heading(head)
			named := other == name || slices.Contains(known[r.role], other) && its != "" && currency != "" && its != currency
			if !named || slices.Contains([]int{r.at, c.date, c.currency, c.credit, c.debit}, at) {
				continue
			}
			if err := c.differ(rows, r.role, r.at, at, its != currency); err != nil {
				return err
			}
		}
	}
	if len(of) == 2 && of[0] != of[1] {
		return fmt.Errorf("the heading %s says %s and %s says %s: an account has one currency; name the columns of that, as in --column credit=HEADING --column debit=HEADING",
			heads[0], of[0], heads[1], of[1])
	}
	return nil
}

// differ refuses two columns of amounts that are not the same.
func (c columns) differ(rows []row, r role, one, other int, currencies bool) error {
	for _, row := range rows {
		a, b := cell(row.cells, one), cell(row.cells, other)
		switch {
		case isNothing(b), a == b && !currencies:
		case plain(c.heads[one]) == plain(c.heads[other]):
			return fmt.Errorf("two columns are called %s and differ in row %d: give one another heading in the file", c.head(one), row.line)
		default:
			return fmt.Errorf("the columns %s and %s both hold amounts: say which is meant, as in --column %s=%s", c.head(one), c.head(other), r, c.quoted(other))
		}
	}
	return nil
}

package report

import (
	"cmp"
	"slices"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// adder adds up the rows of a report, by status: under "" in a report whose rows have
// none.
type adder struct {
	kind   kind
	status int // the column, -1 for none
	sums   map[string]*sum
}

// sum is what the rows of one status add up to, by currency and column.
type sum struct {
	rows       int64
	currencies map[money.Currency][]columnSum
}

// columnSum is a column's, in minor units. Of a column in which no row had an amount
// nothing is told.
type columnSum struct {
	minor int64
	any   bool
}

func newAdder(k kind) *adder {
	return &adder{kind: k, sums: map[string]*sum{},
		status: slices.IndexFunc(k.columns, func(c sheet.Column) bool { return k.status != "" && c.Name == k.status })}
}

func (a *adder) add(r *sheet.Row) {
	var status []byte
	if a.status >= 0 {
		status = r.TextAt(a.status)
	}
	s := a.sums[string(status)]
	if s == nil {
		s = &sum{currencies: map[money.Currency][]columnSum{}}
		a.sums[string(status)] = s
	}
	s.rows++
	for i := range a.kind.columns {
		amount, counted := r.Counted(i)
		if !counted {
			continue
		}
		of := s.currencies[amount.Currency]
		if of == nil {
			of = make([]columnSum, len(a.kind.columns))
			s.currencies[amount.Currency] = of
		}
		of[i].minor += amount.Minor
		of[i].any = true
	}
}

// all is what all rows add up to, and what those of each status do.
func (a *adder) all() (all totals, byStatus map[string]totals) {
	all, byStatus = totals{}, map[string]totals{}
	for status, s := range a.sums {
		byStatus[status] = totals{}
		for currency, columns := range s.currencies {
			for i, c := range columns {
				if c.any {
					amount := sums{a.kind.columns[i].Name: money.New(c.minor, currency)}
					byStatus[status].add(amount)
					all.add(amount)
				}
			}
		}
	}
	return all, byStatus
}

// tell puts into the manifest what was added up.
func (a *adder) tell(m *Manifest) {
	all, byStatus := a.all()
	m.Totals, m.AmountColumns = all.major(), a.kind.amounts
	if a.status < 0 || len(byStatus) == 0 {
		return
	}
	m.TotalsByStatus = map[string]StatusTotals{}
	for status, of := range byStatus {
		m.TotalsByStatus[status] = StatusTotals{Rows: a.sums[status].rows, Totals: of.major()}
	}
}

// list gives the same as a list, in the order of the columns.
func (a *adder) list() []sheet.Total {
	all, byStatus := a.all()
	list := a.totals("", all)
	if a.status < 0 {
		return list
	}
	for _, status := range sorted(byStatus, cmp.Compare[string]) {
		list = append(list, a.totals(a.kind.status+" "+status, byStatus[status])...)
	}
	return list
}

func (a *adder) totals(of string, t totals) (list []sheet.Total) {
	for _, currency := range sorted(t, cmp.Compare[money.Currency]) {
		for _, c := range a.kind.columns {
			if minor, told := t[currency][c.Name]; told {
				list = append(list, sheet.Total{Of: of, Column: c.Name, Amount: money.New(minor, currency)})
			}
		}
	}
	return list
}

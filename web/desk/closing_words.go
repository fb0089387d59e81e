package desk

import (
	"maps"
	"slices"
	"strings"

	"github.com/readerfund/readerfund/payments/closing"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/web/auth"
)

func sortedCurrencies(all map[money.Currency]map[string]string) []money.Currency {
	return slices.Sorted(maps.Keys(all))
}

func joinedBy(parts []string, by string) string { return strings.Join(parts, by) }

// grouping sets the thousands of an amount in major units apart.
func grouping(major string) string {
	whole, decimals, has := strings.Cut(major, ".")
	if !has {
		return marked(whole)
	}
	return marked(whole) + "." + decimals
}

// changesShown is how many rows of a report that differ are shown; the file has all.
const changesShown = 50

// since is what has changed since the close.
type since struct {
	AsOf     string
	Same     bool
	Slow     bool // it took longer than a page waits for
	Busy     bool // others compare at the moment
	Reports  []sinceReport
	Download string // address of the whole list, "" for who may not have it
}

// sinceReport is one report's part of it.
type sinceReport struct {
	Name, Title string
	Lead, Mark  string
	Sums        *table
	Reasons     *table
	Rows        *table
	More        string // how many rows are not shown; "" for none
}

// collected is what is shown of the rows that differ.
type collected struct {
	people bool // the visitor may know which gifts are one donor's
	rows   map[string][]row
	zone   func(closing.Why) string
}

// take keeps a change where there is room for it.
func (s *collected) take(c *closing.Change) error {
	if len(s.rows[c.Report]) < changesShown {
		s.rows[c.Report] = append(s.rows[c.Report], row{Cells: []cell{s.key(c), text(c.What), {Text: s.cells(c)}, s.why(c)}})
	}
	return nil
}

func (s *collected) key(c *closing.Change) cell {
	id := c.Key()
	switch c.Report {
	case "donations":
		if c.What != closing.Gone {
			return link(id, donationsPath+"/"+id)
		}
	case "payouts":
		payout, movement, _ := strings.Cut(id, " ")
		return cell{Text: payout, Href: payoutsPath + "/" + payout, Note: movement}
	}
	return code(id)
}

// cells says what differs; of a row that is new or gone, what it was about.
func (s *collected) cells(c *closing.Change) string {
	var parts []string
	if c.What != closing.Changed {
		for _, column := range []string{"received_at", "posted_at", "payout_date", "status", "payout_status", "amount", "debit", "credit", "net", "currency"} {
			if value := c.Value(column); value != "" {
				parts = append(parts, plainWords(column)+" "+value)
			}
		}
		return orDash(joinedBy(parts, "; "))
	}
	for _, cell := range c.Cells {
		if cell.Column == "donor_id" && !s.people {
			parts = append(parts, "the donor")
			continue
		}
		parts = append(parts, plainWords(cell.Column)+" "+orNothing(cell.Before)+" → "+orNothing(cell.After))
	}
	return joinedBy(parts, "; ")
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func (s *collected) why(c *closing.Change) cell {
	var words, notes []string
	for _, w := range c.Why {
		words = append(words, w.Reason.Words())
		if note := s.zone(w); note != "" && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	return cell{Text: joinedBy(words, "; "), Note: joinedBy(notes, "; ")}
}

// tell makes what is shown of a comparison.
func (c *closer) tell(x closing.Comparison, s *collected) since {
	v := since{AsOf: c.clock(x.AsOf), Same: x.Same()}
	for _, one := range x.Reports {
		p := sinceReport{Name: one.Report, Title: strings.ToUpper(one.Report[:1]) + one.Report[1:]}
		switch {
		case one.Rows() == 0 && one.SameFile():
			p.Lead, p.Mark = "As it was: the same file, to the byte.", "good"
		case one.Rows() == 0:
			p.Lead, p.Mark = "As it was. A donor’s name, address or words are otherwise, which are not kept for comparing.", "good"
		default:
			p.Lead = grouped(one.Was.Rows) + plural(one.Was.Rows, " row was closed, ", " rows were closed, ") + grouped(one.Is.Rows) + plural(one.Is.Rows, " is", " are") + " there now: " + grouped(one.Added) + " new, " + grouped(one.Gone) + " gone, " + grouped(one.Changed) + " otherwise."
			p.fill(one, s.rows[one.Report])
		}
		v.Reports = append(v.Reports, p)
	}
	return v
}

func (p *sinceReport) fill(one closing.Compared, rows []row) {
	if len(one.Sums) > 0 {
		p.Sums = &table{Cards: true, ID: "sums-" + p.Name, Caption: "Sums of " + p.Name + " that differ", Columns: []column{{Label: "Sum"}, {Label: "When closed", Number: true}, {Label: "Now", Number: true}, {Label: "Difference", Number: true}}}
		for _, s := range one.Sums {
			more := inWords(s.Increase)
			if s.Increase.Minor > 0 {
				more = "+" + more
			}
			p.Sums.Rows = append(p.Sums.Rows, row{Cells: []cell{text(plainWords(s.Column)), amount(s.Was), amount(s.Is), number(more)}})
		}
	}
	p.Reasons = &table{Cards: true, ID: "why-" + p.Name, Caption: "Why rows of " + p.Name + " differ; a row may have several reasons", Columns: []column{{Label: "Reason"}, {Label: "Rows", Number: true}}}
	for _, r := range closing.Reasons() {
		if n := one.Reasons[r]; n > 0 {
			reason := text(r.Words())
			if r == closing.Unexplained {
				reason.Mark = "wrong"
			}
			p.Reasons.Rows = append(p.Reasons.Rows, row{Cells: []cell{reason, number(grouped(n))}})
		}
	}
	p.Rows = &table{Cards: true, ID: "rows-" + p.Name, Caption: "Rows of " + p.Name + " that differ", Columns: []column{{Label: "Row"}, {Label: "Is"}, {Label: "What differs"}, {Label: "Why"}}, Rows: rows}
	if more := one.Rows() - int64(len(rows)); more > 0 {
		p.More = grouped(more)
	}
}

// byWhom is who asks, as the books and the audit name them.
func byWhom(v auth.Visitor) string {
	if v.Name != "" {
		return v.Name
	}
	return v.ID
}

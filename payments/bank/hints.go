package bank

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Stripe sends each payout by itself, and one line is ticked for one payout. Where a
// bank put some together, or one in parts, nobody can prove it from sums alone; but a
// person who looks is told of sums that fit.

// hints are the sums that fit, found once for all lines and payouts.
type hints struct {
	taken    map[*entry]bool      // by a payout
	together map[*entry][]*target // open payouts whose sum is a line that names Stripe
	of       map[*target]*entry   // that line
	open     []*entry             // lines that name Stripe and are nobody's, by day
}

// hints finds them.
func (b books) hints() *hints {
	h := &hints{taken: map[*entry]bool{}, together: map[*entry][]*target{}, of: map[*target]*entry{}}
	for _, e := range b.pairs {
		h.taken[e] = true
	}
	var targets []*target
	for i := range b.targets {
		if t := &b.targets[i]; b.pairs[t] == nil {
			targets = append(targets, t)
		}
	}
	slices.SortFunc(targets, func(a, b *target) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.payout, b.payout), cmp.Compare(a.kind, b.kind))
	})
	for i := range b.lines {
		if e := &b.lines[i]; e.stripes && !h.taken[e] {
			h.open = append(h.open, e)
		}
	}
	slices.SortFunc(h.open, func(a, b *entry) int { return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.id, b.id)) })
	for _, e := range h.open {
		all := together(e, targets)
		h.together[e] = all
		for _, t := range all {
			if h.of[t] == nil {
				h.of[t] = e
			}
		}
	}
	return h
}

// together are those of open payouts whose sum is a line: two of them, or some that
// follow each other; nil where none are.
func together(e *entry, open []*target) []*target {
	var may []*target
	for _, t := range open {
		if t.amount.Currency == e.amount.Currency && !e.day.Before(t.from) && !e.day.After(t.to) {
			may = append(may, t)
		}
	}
	for i := range may {
		sum := may[i].amount.Minor
		for j := i + 1; j < len(may); j++ {
			if may[i].amount.Minor+may[j].amount.Minor == e.amount.Minor {
				return []*target{may[i], may[j]}
			}
			if sum += may[j].amount.Minor; sum == e.amount.Minor {
				return may[i : j+1]
			}
		}
	}
	return nil
}

// parts are two open lines that add up to a payout; nil where there are none.
func (h *hints) parts(t *target) []*entry {
	var may []*entry
	for _, e := range h.open {
		if e.amount.Currency == t.amount.Currency && !e.day.Before(t.from) && !e.day.After(t.to) {
			may = append(may, e)
		}
	}
	for i := range may {
		for j := i + 1; j < len(may); j++ {
			if may[i].amount.Minor+may[j].amount.Minor == t.amount.Minor {
				return []*entry{may[i], may[j]}
			}
		}
	}
	return nil
}

// hint is what a person who looks for a payout may look at; "" where there is nothing.
func (h *hints) hint(t *target) string {
	if parts := h.parts(t); parts != nil {
		return fmt.Sprintf("; lines of %s on %s and %s on %s add up to it", parts[0].amount, day(parts[0].day), parts[1].amount, day(parts[1].day))
	}
	if e := h.of[t]; e != nil {
		return fmt.Sprintf("; the line of %s on %s is the sum of %s", e.amount, day(e.day), named(h.together[e]))
	}
	return ""
}

// inAnother is a payout whose figure is the line's, in another currency, and which may
// stand on its day; nil where there is none. The statement may have been read in a
// wrong currency.
func (b books) inAnother(e *entry) *target {
	figure := func(a money.Amount) *big.Rat {
		r, _ := new(big.Rat).SetString(a.Major()) // digits and one point
		return r
	}
	for i := range b.targets {
		t := &b.targets[i]
		if t.amount.Currency != e.amount.Currency && !e.day.Before(t.from) && !e.day.After(t.to) && figure(t.amount).Cmp(figure(e.amount)) == 0 {
			return t
		}
	}
	return nil
}

func named(targets []*target) string {
	var ids []string
	for _, t := range targets {
		ids = append(ids, t.payout)
	}
	return strings.Join(ids, ", ")
}

// span are the days from the first line of a statement to its last, in one currency.
type span struct {
	currency    money.Currency
	first, last time.Time
}

// leftOut tells whether no statement that was read has lines around the days on which
// a payout may stand.
func (b books) leftOut(t *target) bool {
	return !slices.ContainsFunc(b.spans, func(s span) bool {
		return s.currency == t.amount.Currency && !s.first.After(t.to) && !s.last.Before(t.from)
	})
}

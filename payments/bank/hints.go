package bank

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Stripe sends each payout by itself, and one line is ticked for one payout. Where a
// bank put some together, or one in parts, nobody can prove it from sums alone; but a
// person who looks is told of sums that fit.

// together are open payouts whose sum is a line that names Stripe: two of them, or
// some that follow each other; nil where none are.
func (b books) together(e *entry) []*target {
	open := b.openOn(e.amount.Currency, func(t *target) bool { return !e.day.Before(t.from) && !e.day.After(t.to) })
	for i := range open {
		sum := open[i].amount.Minor
		for j := i + 1; j < len(open); j++ {
			if open[i].amount.Minor+open[j].amount.Minor == e.amount.Minor {
				return []*target{open[i], open[j]}
			}
			if sum += open[j].amount.Minor; sum == e.amount.Minor {
				return open[i : j+1]
			}
		}
	}
	return nil
}

// openOn are targets that no line is of, by the day on which they are due.
func (b books) openOn(currency money.Currency, may func(*target) bool) (open []*target) {
	for i := range b.targets {
		t := &b.targets[i]
		if b.pairs[t] == nil && t.amount.Currency == currency && may(t) {
			open = append(open, t)
		}
	}
	slices.SortFunc(open, func(a, b *target) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.payout, b.payout), cmp.Compare(a.kind, b.kind))
	})
	return open
}

// parts are two lines that name Stripe, are nobody's, and add up to a payout; nil where
// there are none.
func (b books) parts(t *target) []*entry {
	taken := map[*entry]bool{}
	for _, e := range b.pairs {
		taken[e] = true
	}
	var may []*entry
	for i := range b.lines {
		e := &b.lines[i]
		if e.stripes && !taken[e] && e.amount.Currency == t.amount.Currency && !e.day.Before(t.from) && !e.day.After(t.to) {
			may = append(may, e)
		}
	}
	slices.SortFunc(may, func(a, b *entry) int { return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.id, b.id)) })
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
func (b books) hint(t *target) string {
	if parts := b.parts(t); parts != nil {
		return fmt.Sprintf("; lines of %s on %s and %s on %s add up to it", parts[0].amount, day(parts[0].day), parts[1].amount, day(parts[1].day))
	}
	taken := map[*entry]bool{}
	for _, e := range b.pairs {
		taken[e] = true
	}
	for i := range b.lines {
		e := &b.lines[i]
		if !e.stripes || taken[e] || e.amount.Currency != t.amount.Currency {
			continue
		}
		if all := b.together(e); slices.Contains(all, t) {
			return fmt.Sprintf("; the line of %s on %s is the sum of %s", e.amount, day(e.day), named(all))
		}
	}
	return ""
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

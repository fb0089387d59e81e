package bank

import (
	"cmp"
	"slices"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// Kind is which movement of a payout a line is.
type Kind string

// The kinds of movements.
const (
	Deposit Kind = "deposit" // the payout comes to the bank; one of less than nothing is taken from it
	Return  Kind = "return"  // a payout that failed goes back
)

// The window in which the bank books a payout: from one business day before Stripe's
// arrival date, for banks that date by the day they are told, to five after it, for
// weekends and holidays (https://docs.stripe.com/payouts#payout-schedule). Returns of
// payouts that failed take longer
// (https://docs.stripe.com/payouts#payout-failures).
const (
	daysBefore  = 1
	daysAfter   = 5
	daysReturns = 15
)

// target is a movement that may stand on a statement.
type target struct {
	payout string
	kind   Kind
	amount money.Amount // as it stands on the statement
	from   time.Time    // midnight UTC, like to; both included
	due    time.Time
	to     time.Time
	names  []string // what it may be called beside Stripe
}

// entry is a line that is stored.
type entry struct {
	id      string
	day     time.Time
	amount  money.Amount
	text    string
	stripes bool
}

// addBusinessDays goes so many days on, or back, without Saturdays and Sundays.
// Holidays are not known here.
func addBusinessDays(day time.Time, n int) time.Time {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		day = day.AddDate(0, 0, step)
		if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			n--
		}
	}
	return day
}

// fits tells whether a line may be a target's.
func (t *target) fits(e *entry) bool {
	return t.amount == e.amount && !e.day.Before(t.from) && !e.day.After(t.to)
}

// weight is how much a line's text speaks for it being a payout: that it is called
// as a payout of its amount and days is, that it names Stripe, or nothing.
func (e *entry) weight(all []*target) int {
	for _, t := range all {
		if len(t.names) > 0 && t.fits(e) && names(e.text, t.names) {
			return 2
		}
	}
	if e.stripes {
		return 1
	}
	return 0
}

// match pairs lines and targets one to one: as many as can be, those first whose text
// speaks for it. The result depends on the sets alone, not on their order.
func match(entries []entry, targets []target) map[*target]*entry {
	lines, wanted := map[money.Amount][]*entry{}, map[money.Amount][]*target{}
	for i := range entries {
		lines[entries[i].amount] = append(lines[entries[i].amount], &entries[i])
	}
	for i := range targets {
		wanted[targets[i].amount] = append(wanted[targets[i].amount], &targets[i])
	}
	pairs := map[*target]*entry{}
	for amount, group := range wanted {
		for t, e := range matchEqual(lines[amount], group) {
			pairs[t] = e
		}
	}
	return pairs
}

// matchEqual matches lines and targets of one amount. Lines are taken one after the
// other, the weightiest first; each finds a target, where need be by moving others to
// another of theirs (Kuhn's algorithm), so that a line once taken stays taken.
func matchEqual(lines []*entry, targets []*target) map[*target]*entry {
	slices.SortFunc(targets, func(a, b *target) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.payout, b.payout), cmp.Compare(a.kind, b.kind))
	})
	weights := map[*entry]int{}
	for _, e := range lines {
		weights[e] = e.weight(targets)
	}
	slices.SortFunc(lines, func(a, b *entry) int {
		return cmp.Or(-cmp.Compare(weights[a], weights[b]), a.day.Compare(b.day), cmp.Compare(a.id, b.id))
	})
	taken := map[*target]*entry{}
	for _, e := range lines {
		place(e, targets, taken, map[*target]bool{})
	}
	return ordered(taken)
}

// place finds a target for a line.
func place(e *entry, targets []*target, taken map[*target]*entry, tried map[*target]bool) bool {
	for _, t := range e.byLiking(targets) {
		if tried[t] {
			continue
		}
		tried[t] = true
		if other := taken[t]; other == nil || place(other, targets, taken, tried) {
			taken[t] = e
			return true
		}
	}
	return false
}

// byLiking are the targets that a line may be, that which it is called as first, then
// the nearest.
func (e *entry) byLiking(targets []*target) []*target {
	var may []*target
	for _, t := range targets {
		if t.fits(e) {
			may = append(may, t)
		}
	}
	called := func(t *target) int {
		if len(t.names) > 0 && names(e.text, t.names) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(may, func(a, b *target) int {
		return cmp.Or(cmp.Compare(called(a), called(b)), cmp.Compare(e.day.Sub(a.due).Abs(), e.day.Sub(b.due).Abs()))
	})
	return may
}

// ordered gives the earlier payout the earlier line wherever two are matched
// crosswise and nothing but their days speaks for it.
func ordered(taken map[*target]*entry) map[*target]*entry {
	var targets []*target
	var lines []*entry
	for t, e := range taken {
		if len(t.names) > 0 && names(e.text, t.names) {
			continue
		}
		targets, lines = append(targets, t), append(lines, e)
	}
	slices.SortFunc(targets, func(a, b *target) int {
		return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to), cmp.Compare(a.payout, b.payout), cmp.Compare(a.kind, b.kind))
	})
	slices.SortFunc(lines, func(a, b *entry) int { return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.id, b.id)) })
	again := map[*target]*entry{}
	for i, t := range targets {
		if !t.fits(lines[i]) { // the windows of returns are not all alike
			return taken
		}
		again[t] = lines[i]
	}
	for t, e := range taken {
		if _, ok := again[t]; !ok {
			again[t] = e
		}
	}
	return again
}

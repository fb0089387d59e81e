package bank

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/money"
)

func on(dayOfMay int) time.Time { return time.Date(2026, 5, dayOfMay, 0, 0, 0, 0, time.UTC) }

func euros(minor int64) money.Amount { return money.New(minor, "EUR") }

// paid is a payout that arrives on a day of May 2026; the 1st is a Friday.
func paid(id string, minor int64, dayOfMay int) payout {
	return payout{id: id, status: "paid", amount: euros(minor), arrival: on(dayOfMay)}
}

func booked(id string, minor int64, dayOfMay int, text string) entry {
	return entry{id: id, amount: euros(minor), day: on(dayOfMay), text: text, stripes: names(text, []string{"stripe"})}
}

// matched are the pairs as "payout kind line".
func matched(lines []entry, all ...payout) (pairs []string) {
	b := books{lines: lines, payouts: all}
	for _, p := range all {
		b.targets = append(b.targets, p.targets()...)
	}
	for t, e := range match(b.lines, b.targets) {
		pairs = append(pairs, fmt.Sprintf("%s %s %s", t.payout, t.kind, e.id))
	}
	slices.Sort(pairs)
	return pairs
}

func TestMatching(t *testing.T) {
	failed := func(id string, minor int64, arrival, failedOn int) payout {
		p := paid(id, minor, arrival)
		p.status, p.failedOn = "failed", on(failedOn)
		return p
	}
	called := func(p payout, descriptor string) payout {
		p.descriptor = descriptor
		return p
	}
	canceled := paid("po_9", 100, 5)
	canceled.status = "canceled"
	for name, c := range map[string]struct {
		lines []entry
		all   []payout
		want  []string
	}{
		"one and one":                           {[]entry{booked("l1", 100, 5, "STRIPE")}, []payout{paid("po_1", 100, 5)}, []string{"po_1 deposit l1"}},
		"the day before":                        {[]entry{booked("l1", 100, 4, "x")}, []payout{paid("po_1", 100, 5)}, []string{"po_1 deposit l1"}},
		"Friday for Monday":                     {[]entry{booked("l1", 100, 1, "x")}, []payout{paid("po_1", 100, 4)}, []string{"po_1 deposit l1"}},
		"two days before":                       {[]entry{booked("l1", 100, 5, "STRIPE")}, []payout{paid("po_1", 100, 7)}, nil},
		"five business days later":              {[]entry{booked("l1", 100, 12, "x")}, []payout{paid("po_1", 100, 5)}, []string{"po_1 deposit l1"}},
		"six":                                   {[]entry{booked("l1", 100, 13, "STRIPE")}, []payout{paid("po_1", 100, 5)}, nil},
		"another amount":                        {[]entry{booked("l1", 101, 5, "STRIPE")}, []payout{paid("po_1", 100, 5)}, nil},
		"another direction":                     {[]entry{booked("l1", -100, 5, "STRIPE")}, []payout{paid("po_1", 100, 5)}, nil},
		"one of less than nothing":              {[]entry{booked("l1", -100, 5, "STRIPE")}, []payout{paid("po_1", -100, 5)}, []string{"po_1 deposit l1"}},
		"Stripe's goes before a nearer one":     {[]entry{booked("l1", 100, 5, "rent"), booked("l2", 100, 8, "STRIPE")}, []payout{paid("po_1", 100, 5)}, []string{"po_1 deposit l2"}},
		"the payout's own name before Stripe's": {[]entry{booked("l1", 100, 5, "STRIPE"), booked("l2", 100, 8, "NEWSFUND")}, []payout{called(paid("po_1", 100, 5), "Newsfund")}, []string{"po_1 deposit l2"}},
		"two alike":                             {[]entry{booked("l1", 100, 6, "STRIPE"), booked("l2", 100, 5, "STRIPE")}, []payout{paid("po_1", 100, 5), paid("po_2", 100, 6)}, []string{"po_1 deposit l2", "po_2 deposit l1"}},
		"two on one day":                        {[]entry{booked("l1", 100, 5, "STRIPE"), booked("l2", 100, 5, "STRIPE")}, []payout{paid("po_1", 100, 5), paid("po_2", 100, 5)}, []string{"po_1 deposit l1", "po_2 deposit l2"}},
		// The line of the 12th is in the window of the first alone, that of the 6th of both.
		"as many as can be":     {[]entry{booked("l1", 100, 6, "STRIPE"), booked("l2", 100, 14, "STRIPE")}, []payout{paid("po_1", 100, 5), paid("po_2", 100, 7)}, []string{"po_1 deposit l1", "po_2 deposit l2"}},
		"not yet sent":          {[]entry{booked("l1", 100, 5, "STRIPE")}, []payout{canceled}, nil},
		"failed and went back":  {[]entry{booked("l1", 100, 5, "STRIPE"), booked("l2", -100, 12, "STRIPE RETURN")}, []payout{failed("po_1", 100, 5, 8)}, []string{"po_1 deposit l1", "po_1 return l2"}},
		"failed, never came":    {nil, []payout{failed("po_1", 100, 5, 8)}, nil},
		"one line for one only": {[]entry{booked("l1", 100, 5, "STRIPE")}, []payout{paid("po_1", 100, 5), paid("po_2", 100, 5)}, []string{"po_1 deposit l1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := matched(c.lines, c.all...); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestBusinessDays(t *testing.T) {
	for _, c := range []struct{ from, days, want int }{{1, -1, -1}, {4, -1, 1}, {1, 1, 4}, {2, 1, 4}, {3, -1, 1}, {5, 5, 12}, {8, 5, 15}, {5, 0, 5}} {
		want := on(c.want)
		if c.want < 0 {
			want = time.Date(2026, 4, 30, 0, 0, 0, 0, time.UTC)
		}
		if got := addBusinessDays(on(c.from), c.days); !got.Equal(want) {
			t.Errorf("%d business days from %s: %s, want %s", c.days, day(on(c.from)), day(got), day(want))
		}
	}
}

// Any order of lines and payouts makes the same pairs; no line and no payout stands in
// two of them; every pair fits; as many are paired as can be; and no line without a
// word of Stripe keeps one with it from being paired.
func TestMatchingIsAFunctionOfTheSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []payout
		for i := range rapid.IntRange(0, 7).Draw(t, "payouts") {
			p := paid(fmt.Sprintf("po_%d", i), rapid.Int64Range(1, 2).Draw(t, "minor"), rapid.IntRange(1, 20).Draw(t, "arrival"))
			if p.descriptor = rapid.SampledFrom([]string{"", "", "fund"}).Draw(t, "descriptor"); rapid.Bool().Draw(t, "failed") {
				p.status, p.failedOn = "failed", p.arrival.AddDate(0, 0, rapid.IntRange(0, 9).Draw(t, "days"))
			}
			all = append(all, p)
		}
		var lines []entry
		for i := range rapid.IntRange(0, 7).Draw(t, "lines") {
			minor := rapid.SampledFrom([]int64{1, 1, 2, -1, -2}).Draw(t, "amount")
			lines = append(lines, booked(fmt.Sprintf("l%d", i), minor, rapid.IntRange(1, 28).Draw(t, "day"), rapid.SampledFrom([]string{"x", "stripe", "fund"}).Draw(t, "text")))
		}
		first := matched(slices.Clone(lines), all...)
		again := matched(rapid.Permutation(lines).Draw(t, "lines again"), rapid.Permutation(all).Draw(t, "payouts again")...)
		if !slices.Equal(first, again) {
			t.Fatalf("%v, in another order %v", first, again)
		}
		var targets []target
		for _, p := range all {
			targets = append(targets, p.targets()...)
		}
		pairs := match(lines, targets)
		used, speaking := map[*entry]bool{}, 0
		for tg, e := range pairs {
			if used[e] || !tg.fits(e) {
				t.Fatalf("line %s stands twice, or does not fit %s", e.id, tg.payout)
			}
			if used[e] = true; e.stripes {
				speaking++
			}
		}
		if most := maximum(lines, targets, func(*entry) bool { return true }); len(pairs) != most {
			t.Fatalf("%d pairs, could be %d", len(pairs), most)
		}
		if most := maximum(lines, targets, func(e *entry) bool { return e.stripes }); speaking < most && !anyCalled(lines, targets) {
			t.Fatalf("%d lines that name Stripe are paired, could be %d", speaking, most)
		}
	})
}

func anyCalled(lines []entry, targets []target) bool {
	return slices.ContainsFunc(lines, func(e entry) bool {
		return slices.ContainsFunc(targets, func(t target) bool { return len(t.names) > 0 && names(e.text, t.names) })
	})
}

// maximum tries all ways, one target after the other.
func maximum(lines []entry, targets []target, may func(*entry) bool) int {
	used := make([]bool, len(lines))
	var best func(at int) int
	best = func(at int) int {
		if at == len(targets) {
			return 0
		}
		most := best(at + 1)
		for i := range lines {
			if !used[i] && may(&lines[i]) && targets[at].fits(&lines[i]) {
				used[i] = true
				most = max(most, 1+best(at+1))
				used[i] = false
			}
		}
		return most
	}
	return best(0)
}

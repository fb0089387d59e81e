package bank

import (
	"strings"
	"testing"
	"time"
)

// reasons are what the result says of payouts and lines that are open.
func reasons(spans []span, lines []entry, all ...payout) map[string]string {
	b := books{lines: lines, payouts: all, spans: spans}
	for _, p := range all {
		b.targets = append(b.targets, p.targets()...)
	}
	b.pairs = match(b.lines, b.targets)
	said, res := map[string]string{}, b.result()
	for _, p := range res.Payouts {
		said[p.Payout] = p.Reason
	}
	for _, l := range res.Lines {
		said[l.Text] = l.Reason
	}
	return said
}

var month = []span{{"EUR", on(1), on(31)}}

func TestSumsThatFitAreNamed(t *testing.T) {
	end := booked("l9", 1, 31, "end")
	for name, c := range map[string]struct {
		spans []span
		lines []entry
		all   []payout
		want  map[string]string
	}{
		"two in one": {month, []entry{booked("l1", 300, 6, "STRIPE"), end}, []payout{paid("po_1", 100, 5), paid("po_2", 200, 6)},
			map[string]string{"STRIPE": "it is the sum of po_1, po_2", "po_1": "the line of 3.00 EUR on 2026-05-06 is the sum of po_1, po_2", "po_2": "is the sum of po_1, po_2"}},
		"three in one": {month, []entry{booked("l1", 700, 6, "STRIPE"), end}, []payout{paid("po_1", 100, 4), paid("po_2", 200, 5), paid("po_3", 400, 6)},
			map[string]string{"STRIPE": "it is the sum of po_1, po_2, po_3"}},
		"one in two": {month, []entry{booked("l1", 100, 6, "STRIPE a"), booked("l2", 200, 7, "STRIPE b"), end}, []payout{paid("po_1", 300, 5)},
			map[string]string{"po_1": "lines of 1.00 EUR on 2026-05-06 and 2.00 EUR on 2026-05-07 add up to it", "STRIPE a": "no payout is of this amount"}},
		"less than nothing in one": {month, []entry{booked("l1", 50, 6, "STRIPE"), end}, []payout{paid("po_1", 100, 5), paid("po_2", -50, 6)},
			map[string]string{"STRIPE": "it is the sum of po_1, po_2"}},
		"others' lines are nobody's sum": {month, []entry{booked("l1", 300, 6, "rent"), end}, []payout{paid("po_1", 100, 5), paid("po_2", 200, 6)},
			map[string]string{"po_1": "no line of its amount from 2026-05-04 to 2026-05-12 is left for it"}},
		"days that no statement has": {[]span{{"EUR", on(1), on(3)}, {"EUR", on(20), on(31)}}, []entry{booked("l1", 7, 1, "x"), end}, []payout{paid("po_1", 100, 8)},
			map[string]string{"po_1": "the statements that were read have no line from 2026-05-07 to 2026-05-15: read the one of those days too"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := reasons(c.spans, c.lines, c.all...)
			for of, want := range c.want {
				if !strings.Contains(got[of], want) {
					t.Errorf("%s: %q, want %q", of, got[of], want)
				}
			}
		})
	}
}

// A payout is never said to be part of a sum in another currency, nor of days away.
func TestSumsOfOthersAreNotNamed(t *testing.T) {
	far := booked("l1", 300, 29, "STRIPE")
	got := reasons(month, []entry{far, booked("l9", 1, 31, "end")}, paid("po_1", 100, 5), paid("po_2", 200, 6))
	if strings.Contains(got["STRIPE"]+got["po_1"], "sum") {
		t.Errorf("%q", got)
	}
	if s := (books{spans: month}); !s.leftOut(&target{amount: euros(1), from: on(1).AddDate(0, 2, 0), to: on(9).AddDate(0, 2, 0)}) || s.leftOut(&target{amount: euros(1), from: on(31), to: on(31).Add(24 * time.Hour)}) {
		t.Error("which days are left out")
	}
}

package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
)

// screen holds what the finance desk's overview shows of the year against the
// report of donations, which the journal was held against.
func (y *year) screen() {
	t := y.t
	given, left := minor{}, minor{}
	gifts := map[string]int64{}
	y.export(func(r map[string]string) {
		if r["status"] != "succeeded" {
			return
		}
		gifts[r["kind"]+" "+r["currency"]]++
		given.add(t, r["kind"]+" "+r["currency"], r["currency"], r["amount"])
		left.add(t, r["kind"]+" "+r["currency"], r["currency"], r["net_of_refunds"])
	}, "donations")
	currencies, err := rollup.Currencies(t.Context(), y.db)
	if err != nil {
		t.Fatal(err)
	}
	shown, shownLeft := minor{}, minor{}
	for _, sum := range y.shown(t, rollup.Kind, currencies) {
		name := sum.Value + " " + string(sum.Currency)
		shown[name], shownLeft[name] = sum.Amount, sum.Left()
		if sum.Gifts != gifts[name] {
			t.Errorf("%s: the screen shows %d gifts, the report has %d", name, sum.Gifts, gifts[name])
		}
	}
	if len(shown) < 6 || !strings.Contains(strings.Join(slices.Sorted(maps.Keys(shown)), ","), "monthly") {
		t.Errorf("the screen shows %v", shown)
	}
	wantSums(t, "what the screen shows as given", shown, given)
	wantSums(t, "what the screen shows as left", shownLeft, left)
	// Whatever gifts are told apart by, it is the same money.
	for _, d := range rollup.Dimensions() {
		of := map[money.Currency]int64{}
		for _, sum := range y.shown(t, d, currencies) {
			of[sum.Currency] += sum.Amount
		}
		for name, amount := range shown {
			_, currency, _ := strings.Cut(name, " ")
			of[money.Currency(currency)] -= amount
		}
		for currency, difference := range of {
			if difference != 0 {
				t.Errorf("by %s the screen shows %d more %s than by kind", d, difference, currency)
			}
		}
	}
}

// shown are the sums of the screen over the time that the reports are of.
func (y *year) shown(t *testing.T, d rollup.Dimension, currencies []money.Currency) []rollup.Sum {
	t.Helper()
	whole := rollup.Range{From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	sums, err := rollup.Sums(t.Context(), y.db, d, currencies, []rollup.Range{whole})
	if err != nil {
		t.Fatal(err)
	}
	return sums[0]
}

package report

import (
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"testing"

	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/money"
)

// The value and its interval are those of the plain list of what each view
// brought, whatever was given and taken back.
func TestSampleAgainstTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		totals := rapid.SliceOfN(rapid.Int64Range(-50_000, 5_000_000), 1, 40).Draw(t, "totals")
		views := int64(len(totals)) + rapid.Int64Range(0, 3000).Draw(t, "views without")
		byCheckout := map[string]int64{}
		list := make([]float64, views)
		for i, y := range totals {
			byCheckout[fmt.Sprint(i)] = y
			list[i] = float64(y)
		}
		s := sampleOf(views, byCheckout)
		if s.bounded != (views > 1) {
			t.Fatalf("%+v of %d views", s, views)
		}
		if views < 2 {
			return
		}
		mean, squares := 0.0, 0.0
		for _, x := range list {
			mean += x
		}
		mean /= float64(views)
		for _, x := range list {
			squares += (x - mean) * (x - mean)
		}
		variance := squares / float64(views-1) / float64(views)
		if math.Abs(s.mean-mean) > 1e-6*math.Max(1, math.Abs(mean)) || math.Abs(s.variance-variance) > 1e-6*math.Max(1, variance) {
			t.Fatalf("%+v, the list says %g and %g", s, mean, variance)
		}
		e := s.estimate()
		if e.Low > e.Value || e.High < e.Value || math.IsNaN(e.Low) || math.IsNaN(e.High) {
			t.Fatalf("%+v", e)
		}
	})
}

// The interval holds the true value about as often as it says. The seed is fixed:
// the test says the same each time.
func TestIntervalHoldsTheTruth(t *testing.T) {
	random := rand.New(rand.NewSource(7))
	const views, rate, runs = 20_000, 0.01, 400
	held := 0
	for range runs {
		totals := map[string]int64{}
		for v := range views {
			if random.Float64() < rate {
				totals[fmt.Sprint(v)] = 500 + random.Int63n(2000)
			}
		}
		truth := 1000 * rate * (500 + 1999/2.0)
		if e := sampleOf(views, totals).estimate(); e.Low <= truth && truth <= e.High {
			held++
		}
	}
	if part := float64(held) / runs; part < 0.92 || part > 0.98 {
		t.Errorf("the interval held the truth in %.3f of the runs", part)
	}
}

// More checkouts than views, as where readers browse without JavaScript, have a
// value and no interval.
func TestFewerViewsThanGifts(t *testing.T) {
	for views, want := range map[int64]sample{0: {}, 1: {mean: 300, known: true}, 2: {mean: 150, known: true}} {
		if s := sampleOf(views, map[string]int64{"a": 100, "b": 100, "c": 100}); s != want {
			t.Errorf("%d views: %+v", views, s)
		}
	}
}

func TestShareIsRoundedHalfToEven(t *testing.T) {
	for _, tt := range [][4]int64{
		{5, 1, 2, 2}, {7, 1, 2, 4}, {-5, 1, 2, -2}, {-7, 1, 2, -4}, {89, 2500, 2125, 105}, {1, 1, 3, 0}, {2, 1, 3, 1}, {-2, 1, 3, -1}, {0, 9, 4, 0},
		{math.MaxInt64, 7, 7, math.MaxInt64},
	} {
		if got := share(big.NewInt(tt[0]), tt[1], tt[2]); got != tt[3] {
			t.Errorf("%d × %d ÷ %d is %d", tt[0], tt[1], tt[2], got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x, part, whole := rapid.Int64Range(-1e6, 1e6).Draw(t, "x"), rapid.Int64Range(0, 1e6).Draw(t, "part"), rapid.Int64Range(1, 1e6).Draw(t, "whole")
		if got, want := share(big.NewInt(x), part, whole), math.RoundToEven(float64(x*part)/float64(whole)); float64(got) != want && math.Abs(float64(x*part)/float64(whole)-float64(got)) > 0.5+1e-6 {
			t.Fatalf("%d × %d ÷ %d is %d, not %g", x, part, whole, got, want)
		}
	})
}

func TestUnknownFees(t *testing.T) {
	euro := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	for name, tt := range map[string]struct {
		g     gift
		fee   int64
		known bool
	}{
		"own currency":                 {gift{amount: euro(1000), settled: euro(1000), fee: 40}, 40, true},
		"free":                         {gift{amount: euro(1000), settled: euro(1000)}, 0, true},
		"not booked yet":               {gift{amount: euro(1000)}, 0, false},
		"dispute without its booking":  {gift{amount: euro(1000), settled: euro(1000), fee: 40, disputed: 1000}, 40, false},
		"dispute in a third currency":  {gift{amount: euro(1000), settled: money.New(1100, "USD"), fee: 44, disputed: 1000, disputeFee: money.New(1500, "GBP")}, 40, false},
		"dispute won, its fee stays":   {gift{amount: euro(1000), settled: euro(1000), fee: 40, disputeFee: euro(1500)}, 1540, true},
		"dispute without a fee":        {gift{amount: euro(1000), settled: euro(1000), fee: 40, disputed: 1000, disputeFee: euro(0)}, 40, true},
		"a booking of nothing at all":  {gift{amount: euro(1000), settled: money.New(0, "USD"), fee: 44}, 0, false},
		"yen that became dollars":      {gift{amount: money.New(3000, "JPY"), settled: money.New(2000, "USD"), fee: 88}, 132, true},
		"a fee that was given back":    {gift{amount: euro(1000), settled: euro(1000), fee: -40}, -40, true},
		"nothing was disputed for now": {gift{amount: euro(1000), settled: euro(1000), fee: 40, disputeFee: money.New(0, "")}, 40, true},
	} {
		if fee, known := tt.g.feeInOwnCurrency(); fee != tt.fee || known != tt.known {
			t.Errorf("%s: %d, %t", name, fee, known)
		}
	}
}

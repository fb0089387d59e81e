package campaign

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/money"
)

// What is charged is exactly enough: after the fee the gift arrives, and with one
// step less it would not.
func TestTotalIsTheLeastThatIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{"USD", "EUR", "JPY", "KWD", "ISK", "HUF"}).Draw(t, "currency")
		step := c.Step()
		fee := Fee{
			PerMillion: rapid.Int64Range(0, million/2-1).Draw(t, "share"),
			Fixed:      money.New(rapid.Int64Range(0, 500).Draw(t, "fixed")*step, c),
		}
		gift := money.New(rapid.Int64Range(1, 45_000_000/step).Draw(t, "steps")*step, c)
		arrives := func(charged int64) int64 {
			// The fee once more, without the code that is tested: in halves of a minor unit.
			halves := 2 * charged * fee.PerMillion / million
			return charged - (halves+1)/2 - fee.Fixed.Minor
		}
		total := fee.Total(gift)
		if total.Currency != c || total.Minor%step != 0 || total.Minor < gift.Minor {
			t.Fatalf("%s: %s is charged", gift, total)
		}
		if arrives(total.Minor) < gift.Minor {
			t.Fatalf("of %s only %d arrive, of %s", total, arrives(total.Minor), gift)
		}
		if arrives(total.Minor-step) >= gift.Minor {
			t.Fatalf("%s is charged, and one step less would do for %s", total, gift)
		}
	})
}

func TestTotals(t *testing.T) {
	for _, tt := range []struct {
		share, fixed int64
		gift, want   money.Amount
	}{
		{15_000, 25, money.New(1000, "EUR"), money.New(1041, "EUR")},
		{15_000, 25, money.New(2500, "EUR"), money.New(2563, "EUR")},
		{29_000, 30, money.New(2500, "USD"), money.New(2606, "USD")}, // 2605 pay 105.545, rounded to 106
		{29_000, 30, money.New(1000, "USD"), money.New(1061, "USD")},
		{36_000, 0, money.New(3000, "JPY"), money.New(3112, "JPY")},
		{25_000, 100, money.New(3000, "KWD"), money.New(3180, "KWD")},
		{0, 0, money.New(3000, "KWD"), money.New(3000, "KWD")},
	} {
		fee := Fee{PerMillion: tt.share, Fixed: money.New(tt.fixed, tt.gift.Currency)}
		if got := fee.Total(tt.gift); got != tt.want {
			t.Errorf("%s at %d and %d: %s, want %s", tt.gift, tt.share, tt.fixed, got, tt.want)
		}
	}
}

func TestFeeOfTheSiteFile(t *testing.T) {
	with := func(fee string) map[string]string {
		all := right()
		all["site.yaml"] = strings.Replace(rightSite, "    max: 500\n", "    max: 500\n    fee: "+fee+"\n", 1)
		return all
	}
	for fee, want := range map[string]Fee{
		"{percent: 1.5, fixed: 0.25}":   {15_000, money.New(25, "USD")},
		"{percent: 2.9%, fixed: 0}":     {29_000, money.New(0, "USD")},
		"{percent: 0, fixed: 1}":        {0, money.New(100, "USD")},
		"{percent: 1.2345, fixed: .30}": {12_345, money.New(30, "USD")},
	} {
		n := mustLoad(t, mapFS(with(fee)))
		terms, _ := n.Site.Terms("USD")
		if terms.Fee == nil || *terms.Fee != want {
			t.Errorf("%s: %+v", fee, terms.Fee)
		}
		if other, _ := n.Site.Terms("KWD"); other.Fee != nil {
			t.Errorf("%s: dinars have one too", fee)
		}
	}
	for fee, want := range map[string]string{
		"1.5":                             "fee",
		"{percent: 1.5}":                  `"fixed" is missing`,
		"{fixed: 0.25}":                   `"percent" is missing`,
		"{percent: 1.5, fixed: ten}":      "write the fixed part in USD as 7.50",
		"{percent: -1, fixed: 0.25}":      `"-1" is not a share that a fee can have`,
		"{percent: 50, fixed: 0.25}":      `"50" is not a share that a fee can have`,
		"{percent: 1.23456, fixed: 0.25}": "at most four decimals",
		"{percent: 1e1, fixed: 0.25}":     `"1e1" is not a percentage`,
		"{percent: 3/2, fixed: 0.25}":     `"3/2" is not a percentage`,
		"{percent: many, fixed: 0.25}":    `"many" is not a percentage`,
		"{percent: 1.5, fixed: 1.505}":    "write the fixed part in USD",
	} {
		if got := strings.Join(problemsOf(t, with(fee)), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", fee, got)
		}
	}
	most := right()
	most["site.yaml"] = strings.Replace(rightSite, "    max: 500\n", "    max: 999999.99\n    fee: {percent: 1.5, fixed: 0}\n", 1)
	if got := strings.Join(problemsOf(t, most), "\n"); !strings.Contains(got, "is above the most that Stripe charges in USD") {
		t.Error(got)
	}
}

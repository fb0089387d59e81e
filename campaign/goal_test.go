package campaign

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// goalOf loads a newsroom whose appeal has a goal of these lines.
func goalOf(t *testing.T, lines string) *Goal {
	t.Helper()
	files := right()
	files["appeals/one.yaml"] = rightAppeal + "goal: {amount: 50000, currency: USD, label: All" + lines + "}\n"
	return mustLoad(t, mapFS(files)).Appeals[0].Goal
}

func TestGoal(t *testing.T) {
	g := goalOf(t, "")
	if starts := utc(t, "2016-09-01T00:00:00+01:00"); !g.Since.Equal(starts) || !g.Deadline.IsZero() || !g.Start.IsZero() || len(g.Rates) != 0 {
		t.Errorf("as little as can be: %+v", g)
	}
	if !g.Counts("USD") || g.Counts("KWD") {
		t.Error("without rates the goal's own currency counts alone")
	}
	g = goalOf(t, ", since: 2016-10-01, deadline: 2016-12-31 23:59, start: 12.50, rates: {kwd: 3.25}")
	if since := utc(t, "2016-10-01T00:00:00+01:00"); !g.Since.Equal(since) || !g.Deadline.Equal(time.Date(2016, 12, 31, 23, 59, 0, 0, time.UTC)) ||
		g.Start != money.New(1250, "USD") || !g.Counts("KWD") {
		t.Errorf("all that can be: %+v", g)
	}
	files := right()
	files["appeals/one.yaml"] = strings.Replace(rightAppeal, "starts: 2016-09-01\n", "", 1) + "goal: {amount: 50000, currency: USD, label: All}\n"
	if g := mustLoad(t, mapFS(files)).Appeals[0].Goal; !g.Since.IsZero() {
		t.Errorf("an appeal without a beginning counts from %s", g.Since)
	}
}

func TestProblemsOfAGoal(t *testing.T) {
	for lines, want := range map[string]string{
		", rates: {USD: 1}":                         `USD is the currency of the goal and counts as it is; take it out`,
		", rates: {EUR: 1}":                         `"EUR" is not among the currencies of site.yaml; write USD or KWD, or add it to site.yaml`,
		", rates: {KWD: 3, kwd: 4}":                 `KWD is written twice; keep one of the two`,
		`, rates: {KWD: "3,25"}`:                    `"3,25" is not a rate; write how many USD one KWD counts, in digits with a point, such as 0.92`,
		", rates: {KWD: 0.000}":                     `"0.000" is not a rate`,
		", rates: {KWD: -1}":                        `"-1" is not a rate`,
		", rates: {KWD: 1e3}":                       `"1e3" is not a rate`,
		", rates: {KWD: 1/3}":                       `"1/3" is not a rate`,
		", rates: {KWD: 3.}":                        `"3." is not a rate`,
		", rates: {KWD: .5}":                        `".5" is not a rate`,
		", rates: {KWD: 1234567}":                   `"1234567" is not a rate`,
		", rates: {KWD: ٣}":                         `"٣" is not a rate`,
		", rates: {KWD: [3]}":                       `the rate of KWD is a list, not text`,
		", rates: 3":                                `"rates" is "3", not keys with values`,
		", start: -5":                               `"-5" is not an amount in USD: it is below zero`,
		", start: 0":                                `what came by other ways is zero`,
		", since: soon":                             `"soon" is not a date or a time`,
		", deadline: 2016-08-31":                    `the goal's deadline is before the appeal starts; write a time after starts`,
		", since: 2017, rate: 1":                    `"rate" is not a key that is read here; write rates`,
		", since: 2016-12-01, deadline: 2016-11-01": `the goal's deadline is before the gifts that count; write a time before deadline`,
	} {
		files := right()
		files["appeals/one.yaml"] = rightAppeal + "goal: {amount: 50000, currency: USD, label: All" + lines + "}\n"
		if got := strings.Join(problemsOf(t, files), "\n"); !strings.Contains(got, "appeals/one.yaml:14: "+want) {
			t.Errorf("%s: %s\nwant %s", lines, got, want)
		}
	}
}

func TestRaised(t *testing.T) {
	rate := func(text string) Rate {
		r, ok := parseRate(text)
		if !ok {
			t.Fatalf("%s is no rate", text)
		}
		return r
	}
	goal := &Goal{Amount: money.New(1_000_00, "EUR"), Start: money.New(0, "EUR"),
		Rates: map[money.Currency]Rate{"USD": rate("0.92"), "JPY": rate("0.0061"), "KWD": rate("3"), "GBP": rate("1.333333333")}}
	for _, tt := range []struct {
		left    []money.Amount
		want    int64
		percent int
	}{
		{nil, 0, 0},
		{[]money.Amount{money.New(99_999, "EUR")}, 99_999, 99},
		{[]money.Amount{money.New(100_000, "EUR")}, 100_000, 100},
		{[]money.Amount{money.New(10_000, "USD")}, 9_200, 9},
		{[]money.Amount{money.New(10_000, "JPY")}, 6_100, 6},
		{[]money.Amount{money.New(1_000, "KWD")}, 300, 0},
		{[]money.Amount{money.New(1, "USD"), money.New(1, "JPY")}, 1, 0}, // 0.92 and 0.61 cents
		{[]money.Amount{money.New(1, "USD")}, 0, 0},
		{[]money.Amount{money.New(300, "GBP")}, 399, 0}, // 399.9999999
		{[]money.Amount{money.New(5_000, "CHF")}, 0, 0},
		{[]money.Amount{money.New(-5_000, "EUR"), money.New(100, "USD")}, 0, 0},
		{[]money.Amount{money.New(math.MaxInt64, "GBP")}, math.MaxInt64, 1_000_000},
	} {
		got := goal.Raised(tt.left)
		if got != money.New(tt.want, "EUR") || goal.Percent(got) != tt.percent {
			t.Errorf("%v: %v, %d%%; want %d, %d%%", tt.left, got, goal.Percent(got), tt.want, tt.percent)
		}
	}
	goal.Start = money.New(4_200, "EUR")
	if got := goal.Raised([]money.Amount{money.New(-200, "EUR")}); got.Minor != 4_000 {
		t.Errorf("with what came by other ways: %v", got)
	}
}

// The sum is that of exact fractions, whatever the currencies' decimals.
func TestRaisedIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	currencies := []money.Currency{"USD", "JPY", "KWD", "ISK", "EUR"}
	for range 2000 {
		own := currencies[random.IntN(len(currencies))]
		goal := &Goal{Amount: money.New(1, own), Start: money.New(random.Int64N(1e9), own), Rates: map[money.Currency]Rate{}}
		want := ratOf(goal.Start, big.NewRat(1, 1))
		var left []money.Amount
		for _, c := range currencies {
			amount, rate := money.New(random.Int64N(1e12), c), Rate{digits: 1 + random.Int64N(1e9), places: random.IntN(10)}
			left = append(left, amount)
			if c == own {
				want.Add(want, ratOf(amount, big.NewRat(1, 1)))
				continue
			}
			goal.Rates[c] = rate
			want.Add(want, ratOf(amount, new(big.Rat).SetFrac(big.NewInt(rate.digits), ten(rate.places))))
		}
		got := goal.Raised(left)
		least, next := ratOf(got, big.NewRat(1, 1)), ratOf(money.New(got.Minor+1, own), big.NewRat(1, 1))
		if got.Minor != math.MaxInt64 && (least.Cmp(want) > 0 || next.Cmp(want) <= 0) {
			t.Fatalf("%v at %v and %v: %v, exactly %v", left, goal.Rates, goal.Start, got, want)
		}
	}
}

// ratOf is an amount in units times a rate.
func ratOf(a money.Amount, rate *big.Rat) *big.Rat {
	r := new(big.Rat).SetFrac(big.NewInt(a.Minor), ten(a.Currency.Exponent()))
	return r.Mul(r, rate)
}

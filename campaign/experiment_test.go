package campaign

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/readerfund/readerfund/payments/money"
)

const rightExperiment = `experiment:
  weight: 50
  variants:
    shorter:
      weight: 30
      headline: Shorter
      strip: {text: Brief}
      paragraphs: [Two., Three.]
    monthly:
      weight: 20
      frequencies: [monthly]
      buttons: {monthly: Every month}
      amounts:
        monthly: {USD: [7, 10]}
      default: {amounts: {monthly: {USD: 10}}}
  holdback: 5%
`

func withExperiment(text string) map[string]string {
	all := right()
	all["appeals/one.yaml"] += text
	return all
}

func TestExperiment(t *testing.T) {
	n := mustLoad(t, mapFS(withExperiment(rightExperiment)))
	base := n.Appeals[0]
	if base.Variant != "base" || base.Experiment == nil || len(base.Experiment.Arms) != 4 {
		t.Fatalf("%+v", base)
	}
	shorter, _ := base.Named("shorter")
	if shorter.Headline != "Shorter" || shorter.Strip != (StripCopy{Text: "Brief", Button: "Give"}) || len(shorter.Paragraphs) != 2 ||
		shorter.Inline.Text != "Brief" || !slices.Equal(shorter.Frequencies, base.Frequencies) || shorter.ID != base.ID {
		t.Errorf("%+v", shorter)
	}
	monthly, _ := base.Named("monthly")
	if presets, _ := monthly.Offers(Monthly, "USD"); len(presets) != 2 || presets[0] != money.New(700, "USD") ||
		monthly.Default.Frequency != Monthly || monthly.Default.Amount[Monthly]["USD"] != money.New(1000, "USD") ||
		monthly.Buttons[Monthly] != "Every month" || len(monthly.Buttons) != 1 || monthly.Headline != base.Headline {
		t.Errorf("%+v", monthly)
	}
	if _, ok := monthly.Offers(OneTime, "USD"); ok {
		t.Error("the variant offers what it leaves out")
	}
	if presets, _ := monthly.Offers(Monthly, "KWD"); len(presets) != 1 {
		t.Errorf("what the variant does not name is not the appeal's: %v", presets)
	}
	held, ok := base.Named(Holdback)
	if !ok || !held.Held() || base.Held() || held.Headline != base.Headline {
		t.Errorf("%+v", held)
	}
	if base.Headline != "Line" || base.Buttons[Monthly] != "Monthly" || len(base.Amounts[Monthly]["USD"]) != 2 || base.Amounts[Monthly]["USD"][0].Minor != 500 {
		t.Errorf("a variant changed the appeal: %+v", base)
	}
	if _, ok := base.Named("gone"); ok {
		t.Error("a variant that the file does not name")
	}
	if v, ok := shorter.Named("monthly"); !ok || v != monthly {
		t.Error("a variant does not know the others")
	}
	seen := map[string]int{}
	for bucket := range Buckets {
		seen[base.For(bucket).Variant]++
		if shorter.For(bucket) != base.For(bucket) {
			t.Fatalf("bucket %d is another's with a variant in hand", bucket)
		}
	}
	if got := fmt.Sprint(seen); got != "map[base:475 holdback:50 monthly:190 shorter:285]" {
		t.Errorf("shares: %s", got)
	}
	for _, bucket := range []int{-1, Buckets} {
		if base.For(bucket) != base {
			t.Errorf("bucket %d has a variant", bucket)
		}
	}
}

// Where nothing is compared every bucket has the appeal, and a name is its own only.
func TestNoExperiment(t *testing.T) {
	a := mustLoad(t, mapFS(right())).Appeals[0]
	if _, other := a.Named("shorter"); other || a.For(7) != a {
		t.Error("an appeal without an experiment has variants")
	}
}

// Which arm a bucket is in never changes with a new release: readers would see
// another ask from one day to the next, and results would be of no use.
func TestSeatsStay(t *testing.T) {
	a := mustLoad(t, mapFS(withExperiment(rightExperiment))).Appeals[0]
	var got []string
	for _, bucket := range []int{0, 1, 2, 3, 499, 500, 997, 998, 999} {
		got = append(got, a.For(bucket).Variant)
	}
	if s := strings.Join(got, "/"); s != seatsOfOne {
		t.Errorf("the seats are %s", s)
	}
}

const seatsOfOne = "base/monthly/base/shorter/base/base/shorter/base/base"

// Two experiments with halves each divide readers independently: every quarter
// has about 250 of them.
func TestExperimentsAreIndependent(t *testing.T) {
	halves := "experiment:\n  weight: 1\n  variants: {other: {weight: 1}}\n"
	all := withExperiment(halves)
	for _, name := range []string{"two", "three", "four"} {
		all["appeals/"+name+".yaml"] = rightAppeal + halves
	}
	n := mustLoad(t, mapFS(all))
	for i, a := range n.Appeals {
		for _, b := range n.Appeals[:i] {
			both := 0
			for bucket := range Buckets {
				if a.For(bucket).Variant == "base" && b.For(bucket).Variant == "base" {
					both++
				}
			}
			if both < 200 || both > 300 {
				t.Errorf("%s and %s share %d of 250 readers", a.ID, b.ID, both)
			}
		}
	}
}

// Shares are exact to the bucket, whatever the weights.
func TestSharesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(0, maxWeight), 1, maxVariants).Draw(t, "weights")
		weights = append(weights, rapid.IntRange(1, maxWeight).Draw(t, "one that is given"))
		buckets := rapid.IntRange(Buckets/2, Buckets).Draw(t, "buckets")
		total, sum := 0, 0
		for _, w := range weights {
			total += w
		}
		for i, share := range shares(weights, buckets) {
			sum += share
			if off := share*total - weights[i]*buckets; off <= -total || off >= total {
				t.Fatalf("weight %d of %d has %d of %d", weights[i], total, share, buckets)
			}
		}
		if sum != buckets {
			t.Fatalf("%d of %d are given out", sum, buckets)
		}
	})
}

func TestExperimentProblems(t *testing.T) {
	for name, tt := range map[string]struct{ old, new, want string }{
		"no weight":        {"  weight: 50\n", "", `appeals/one.yaml:15: "weight" is missing in "experiment"; write weight: 50`},
		"no number":        {"weight: 30", "weight: a third", `appeals/one.yaml:18: the weight "a third" is not a whole number from 0 to 10000`},
		"negative":         {"weight: 30", "weight: -1", `appeals/one.yaml:18: the weight "-1" is not a whole number`},
		"reserved":         {"shorter:", "holdback:", `appeals/one.yaml:17: "holdback" is the name of those whom nothing asks; write holdback: 5%`},
		"own name":         {"shorter:", "base:", `appeals/one.yaml:17: "base" is the appeal as it stands above`},
		"bad name":         {"shorter:", "Kürzer!:", `appeals/one.yaml:17: the name "Kürzer!" has characters that an address cannot hold`},
		"name twice":       {"monthly:\n      weight", "shorter:\n      weight", `appeals/one.yaml:22: "shorter" is written twice`},
		"unknown key":      {"headline: Shorter", "headlin: Shorter", `appeals/one.yaml:19: "headlin" is not a key that is read here; write headline`},
		"no text":          {"headline: Shorter", "headline: [a]", `appeals/one.yaml:19: "headline" is a list, not text`},
		"strip":            {"{text: Brief}", "{txt: Brief}", `appeals/one.yaml:20: "txt" is not a key that is read here; write text`},
		"no such preset":   {"{USD: 10}}}", "{USD: 11}}}", `appeals/one.yaml:28: the default 11.00 is not among the amounts for monthly in USD; write 7.00 or 10.00`},
		"below the least":  {"USD: [7, 10]", "USD: [0.20, 10]", `appeals/one.yaml:27: 0.20 is below the least that the site takes in USD`},
		"not offered":      {"amounts:\n        monthly:", "amounts:\n        one_time:", `appeals/one.yaml:27: one_time is not among the frequencies of this appeal`},
		"button missing":   {"frequencies: [monthly]", "frequencies: [annual]", `appeals/one.yaml:24: the button for annual is missing: the appeal itself does not offer it`},
		"amounts missing":  {"frequencies: [monthly]\n      buttons: {monthly: Every month}\n      amounts:\n        monthly: {USD: [7, 10]}\n      default: {amounts: {monthly: {USD: 10}}}", "frequencies: [annual]\n      buttons: {annual: Yearly}", `appeals/one.yaml:24: the appeal offers annual, and there are no amounts for it in USD`},
		"half":             {"holdback: 5%", "holdback: 51%", `appeals/one.yaml:29: 51% of the readers is more than half`},
		"no percentage":    {"holdback: 5%", "holdback: 0.05", `appeals/one.yaml:29: "0.05" is not a part of the readers; write a percentage`},
		"too fine":         {"holdback: 5%", "holdback: 2.25%", `"2.25%" is not a part of the readers`},
		"nothing compared": {rightExperiment, "experiment:\n  weight: 1\n", `the experiment compares the appeal with nothing`},
		"all zero":         {rightExperiment, "experiment:\n  weight: 0\n  variants: {b: {weight: 0}}\n", `every weight is 0`},
		"less than one":    {"weight: 20", "weight: 0\n    tiny:\n      weight: 1\n    big:\n      weight: 9000", `appeals/one.yaml:25: the weight 1 is less than one reader in 1000`},
		"variants a list":  {rightExperiment, "experiment:\n  weight: 1\n  variants: [a, b]\n", `"variants" is a list, not keys with values`},
		"not keys":         {rightExperiment, "experiment: yes\n", `"experiment" is "yes", not keys with values`},
		"variant holdback": {rightExperiment, "variant: holdback\n", `"holdback" is the name of those whom nothing asks; write another name`},
	} {
		text := strings.Replace(rightExperiment, tt.old, tt.new, 1)
		if text == rightExperiment {
			t.Fatalf("%s: nothing to replace", name)
		}
		got := problemsOf(t, withExperiment(text))
		if !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, tt.want) }) {
			t.Errorf("%s: want %s, got %s", name, tt.want, strings.Join(got, "\n"))
		}
	}
	many := "experiment:\n  weight: 1\n  variants:\n"
	for i := range maxVariants + 1 {
		many += fmt.Sprintf("    v%d: {weight: 1}\n", i)
	}
	if got := strings.Join(problemsOf(t, withExperiment(many)), "\n"); !strings.Contains(got, "there are 21 variants; at most 20") {
		t.Error(got)
	}
}

// A default that the variant's own amounts no longer hold is the first of them.
func TestDefaultFollowsTheVariant(t *testing.T) {
	n := mustLoad(t, mapFS(withExperiment("default:\n  frequency: monthly\n  amounts: {one_time: {USD: 10}}\nexperiment:\n  weight: 1\n  variants:\n"+
		"    higher:\n      weight: 1\n      amounts: {one_time: {USD: [20, 40]}}\n      default: {currency: KWD}\n")))
	v, _ := n.Appeals[0].Named("higher")
	if v.Default.Frequency != Monthly || v.Default.Currency != "KWD" || v.Default.Amount[OneTime]["USD"].Minor != 2000 || v.Default.Amount[Monthly]["USD"].Minor != 500 {
		t.Errorf("%+v", v.Default)
	}
	if n.Appeals[0].Default.Amount[OneTime]["USD"].Minor != 1000 || n.Appeals[0].Default.Currency != "USD" {
		t.Errorf("the appeal's own: %+v", n.Appeals[0].Default)
	}
}

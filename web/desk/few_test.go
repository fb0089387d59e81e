package desk_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// few are the results of an appeal that has hardly begun: more gave than were counted
// as having seen it, and nobody has fallen into the holdback.
func few() []report.Result {
	row := func(variant string, compared, gifts, net int64, value float64, known bool) report.Result {
		euro := func(minor int64) money.Amount { return money.New(minor, "EUR") }
		return report.Result{Campaign: "news", Appeal: "autumn", Variant: variant, Base: variant == "base", Currency: "EUR", Views: compared, Compared: compared,
			Places: []string{"end"}, Checkouts: gifts, Gifts: gifts, Gross: euro(net), Refunded: euro(0), Disputed: euro(0), Fees: euro(0), Net: euro(net),
			PerThousand: report.Estimate{Value: value, Low: value, High: value, Known: known}}
	}
	base, none, once, held := row("base", 13, 16, 20_000, 1_538_461, true), row("none", 40, 0, 0, 0, true), row("once", 1, 1, 500, 500_000, true), row("holdback", 0, 0, 0, 0, false)
	none.ToBase = report.Estimate{Value: -1_538_461, Low: -1_538_461, High: -1_538_461, Known: true}
	sure := row("sure", 400, 20, 30_000, 75_000, true)
	sure.PerThousand.Low, sure.PerThousand.High, sure.PerThousand.Bounded = 60_000, 90_000, true
	sure.ToBase = report.Estimate{Value: -1_463_461, Known: true}
	return []report.Result{base, none, once, sure, held}
}

// Where there is no interval, the page says why, and a figure of few gifts is marked.
func TestWhyThereIsNoInterval(t *testing.T) {
	page := get(t, newDesk(t, func(report.Query) (report.Results, error) { return report.Results{All: few()}, nil }), "/finance/appeals").Body.String()
	for _, want := range []string{
		"the base; too little to tell: more gifts than compared views", "too little to tell: nobody gave", "too little to tell: seen only once",
		"too little to tell: the base has no interval", "too little to tell: nothing seen to compare by",
		"15,384.61<sup>†</sup>", "750.00<sup>†</sup>", `<td class="net">–</td>`, "† Fewer than 30 gifts: the figure says little, and an interval is rough.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// The words of the picture stand on the side of what they tell of, and no line of the
// axis goes through them: each has a band that is drawn over the lines.
func TestWordsOfThePicture(t *testing.T) {
	page := get(t, newDesk(t, func(report.Query) (report.Results, error) { return report.Results{All: few()}, nil }), "/finance/appeals").Body.String()
	names := regexp.MustCompile(`<rect class="clear" x="0" y="\d+" width="100%" height="\d+"/>\s*<text class="name" x="([\d.]+%)" y="\d+" text-anchor="(\w+)">(\w+)<`).FindAllStringSubmatch(page, -1)
	var got []string
	for _, n := range names {
		got = append(got, n[3]+" "+n[2]+" "+n[1])
	}
	if want := "base end 98.00%, none start 2.00%, once start 2.00%, sure start 2.00%"; strings.Join(got, ", ") != want {
		t.Errorf("%q, want %q", got, want)
	}
	if last := strings.LastIndex(page, `class="grid`); last < 0 || last > strings.Index(page, `class="clear"`) {
		t.Error("a line of the axis is drawn over the words")
	}
}

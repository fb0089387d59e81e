package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
)

// Readers of one variant put the strip away, those of the holdback cannot: what both
// bring alike is shown alike.
func TestPlacesThatArePutAwayDoNotDecide(t *testing.T) {
	const at = "2026-11-10T09:00:00Z"
	q := report.Query{From: when(t, "2026-11-01T00:00:00Z"), To: when(t, "2026-12-01T00:00:00Z"), Zone: time.UTC}
	for places, want := range map[string]string{
		"strip inline end page": "end", "strip inline end embed": "end embed", "embed page": "embed",
		"strip inline page": "inline", "banner strip page": "strip banner", "page": "page",
	} {
		t.Run(places, func(t *testing.T) {
			b := &books{t: t, db: pgtest.New(t)}
			for _, place := range strings.Fields(places) {
				base, held := int64(1000), int64(1000)
				if !strings.Contains(" "+want+" ", " "+place+" ") {
					base, held = 200, 3000
				}
				b.views(at, "base", place, "flood", base)
				b.views(at, "holdback", place, "flood", held)
			}
			for _, variant := range []string{"base", "holdback"} {
				for range 3 {
					b.gift(given{checkout: b.checkout(at, variant, "EUR"), received: "2026-11-10T09:01:00Z", variant: variant, currency: "EUR", amount: 1000})
				}
			}
			found, err := report.ReadResults(t.Context(), b.db, q, func(string) report.Arms { return report.Arms{Base: "base"} })
			if err != nil || len(found.All) != 2 {
				t.Fatalf("%+v, %v", found, err)
			}
			base, held := found.All[0], found.All[1]
			if got := strings.Join(base.Places, " "); got != want {
				t.Errorf("compared by %s, want %s", got, want)
			}
			if held.ToBase.Value != 0 || !held.ToBase.Bounded || base.Compared != held.Compared || len(strings.Fields(places)) > len(strings.Fields(want)) && base.Views == held.Views {
				t.Errorf("%+v\n%+v", base, held)
			}
		})
	}
}

// A few views of a better place, in one arm or in all, do not become the measure of a
// hundred thousand; nor does the arm of a variant that hardly anybody sees any more.
func TestAStrayViewDoesNotDecide(t *testing.T) {
	const at = "2026-11-10T09:00:00Z"
	q := report.Query{From: when(t, "2026-11-01T00:00:00Z"), To: when(t, "2026-12-01T00:00:00Z"), Zone: time.UTC}
	type views map[string]int64 // by placement
	for name, c := range map[string]struct {
		base, held, gone views
		want             string
	}{
		"in one arm":                {views{"strip": 100000, "embed": 1}, views{"strip": 100000}, nil, "strip"},
		"in each arm":               {views{"strip": 100000, "embed": 3}, views{"strip": 100000, "embed": 2}, nil, "strip"},
		"many, of one arm alone":    {views{"strip": 100000, "end": 50000}, views{"strip": 100000}, nil, "strip"},
		"a twentieth of each":       {views{"strip": 95000, "end": 5000}, views{"strip": 95000, "end": 5000}, nil, "end"},
		"an arm that is no more":    {views{"strip": 1000, "end": 500}, views{"strip": 1000, "end": 500}, views{"strip": 3}, "end"},
		"no arm is like the others": {views{"strip": 1000}, views{"inline": 500}, nil, "strip"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &books{t: t, db: pgtest.New(t)}
			for variant, seen := range map[string]views{"base": c.base, "holdback": c.held, "gone": c.gone} {
				for place, n := range seen {
					b.views(at, variant, place, "flood", n)
				}
			}
			found, err := report.ReadResults(t.Context(), b.db, q, func(string) report.Arms { return report.Arms{Base: "base"} })
			if err != nil || len(found.All) < 2 {
				t.Fatalf("%+v, %v", found, err)
			}
			if got := strings.Join(found.All[0].Places, " "); got != c.want {
				t.Errorf("compared by %s, want %s", got, c.want)
			}
		})
	}
}

// A fee that is not known is no fee of nought.
func TestFeesThatAreNotKnownAreNotNought(t *testing.T) {
	b := &books{t: t, db: pgtest.New(t)}
	const at = "2026-11-10T09:00:00Z"
	q := report.Query{From: when(t, "2026-11-01T00:00:00Z"), To: when(t, "2026-12-01T00:00:00Z"), Zone: time.UTC}
	unknown := given{checkout: b.checkout(at, "base", "EUR"), received: at, variant: "base", currency: "EUR", amount: 1000}
	b.gift(unknown)
	read := func() (report.Result, string) {
		found, err := report.ReadResults(t.Context(), b.db, q, func(string) report.Arms { return report.Arms{Base: "base"} })
		if err != nil {
			t.Fatal(err)
		}
		_, csv := appealsOf(t, b.db, q)
		return found.All[0], strings.Split(csv, "\n")[1]
	}
	if r, row := read(); !r.FeesUnknown || !strings.HasSuffix(row, ",EUR,10.00,0.00,,10.00,,0.00,1,none") {
		t.Errorf("%t: %s", r.FeesUnknown, row)
	}
	known := unknown
	known.settled, known.fee, known.account = 1000, 40, "EUR"
	b.gift(known)
	if r, row := read(); r.FeesUnknown || !strings.HasSuffix(row, ",EUR,20.00,0.00,0.40,19.60,,0.00,1,some") {
		t.Errorf("%t: %s", r.FeesUnknown, row)
	}
}

package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/money"
)

// Result is what one variant of an appeal brought in one currency, over all its
// placements and articles.
type Result struct {
	Campaign, Appeal, Variant string
	Base                      bool           // the others of its appeal and currency are held against it
	Currency                  money.Currency // "" where nothing was begun with the appeal in any
	Views                     int64          // of the variant at all its places; they have no currency
	Compared                  int64          // those of them at Places, which PerThousand is of
	Places                    []string       // the placements that the appeal's variants are compared by
	Checkouts, Gifts          int64
	Gross, Refunded, Disputed money.Amount
	Fees                      money.Amount // those that are known
	FeesMissing               int64        // gifts of which a fee is not known; it is not in Net
	FeesUnknown               bool         // no fee of any gift is known: Fees says nothing
	Net                       money.Amount
	PerThousand               Estimate // Net, wherever it was won, for every 1,000 of Compared
	ToBase                    Estimate // PerThousand less that of the base
}

// Estimate is a value with the interval that holds the true one with 95 %
// probability, in minor units.
type Estimate struct {
	Value, Low, High float64
	// Known is whether Value can be told; Bounded whether the interval can, which
	// needs a gift, and no more paying checkouts than views.
	Known, Bounded bool
}

// Results are those of a period as one snapshot shows them.
type Results struct {
	AsOf time.Time
	All  []Result // by campaign, appeal and currency; the base first, the holdback last
}

// Arms are the variants of an appeal as the newsroom's files have them now.
type Arms struct {
	Base    string   // the others are held against it
	Running []string // those that readers are given; each has a row, seen or not
}

// holdback is the variant of readers whom nothing asks; it stands last.
const holdback = "holdback"

// ReadResults reads what the variants of each appeal brought. armsOf tells of the
// variants of an appeal today, also where nobody has fallen into one yet.
//
// Net for every 1,000 views is a ratio of sums, 1000 × Y ÷ n, with n views at the
// places that all variants are compared by, and Y the sum of what the variant's
// checkouts brought, wherever they began. Each view is one observation
// of what it brought, most of them of nothing; a recurring gift's renewals belong
// to one observation, since they are decided by one reader. With y the total of a
// checkout, the variance of their mean is
//
//	s² ÷ n, s² = (Σy² − Y² ÷ n) ÷ (n − 1)
//
// (Cochran, Sampling Techniques, 3rd ed., 2.4 to 2.6), the interval the value ± 1.96 standard
// errors, and the difference of two variants, which different readers saw, has the
// sum of both variances (Welch). The interval is rough below some thirty gifts,
// and a little too narrow, as one reader may bring several views.
func ReadResults(ctx context.Context, db *pgxpool.Pool, q Query, armsOf func(appeal string) Arms) (Results, error) {
	var found Results
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, db, snapshot, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select now()`).Scan(&found.AsOf); err != nil {
			return err
		}
		t := tally{}
		views, err := readViews(ctx, tx, q)
		if err != nil {
			return err
		}
		for s, n := range views {
			a := t.of(s)
			a.views += n
			a.at[s.placement] += n
		}
		if err := readCheckouts(ctx, tx, q, func(s spot, c money.Currency, n int64) { t.of(s).in(c).checkouts += n }); err != nil {
			return err
		}
		if err := readGifts(ctx, tx, q, func(g gift) {
			o := t.of(g.spot).in(g.amount.Currency)
			o.paying[g.checkout] += o.add(g)
		}); err != nil {
			return err
		}
		found.All = t.results(armsOf)
		return nil
	})
	if err != nil {
		return Results{}, fmt.Errorf("reading results: %w", err)
	}
	return found, nil
}

// arm is one variant of an appeal.
type arm struct {
	views  int64
	at     map[string]int64 // views by placement
	byUnit map[money.Currency]*outcome
}

// outcome is what an arm brought in one currency.
type outcome struct {
	won
	paying map[string]int64 // net by checkout, minor units
}

func (a *arm) in(c money.Currency) *outcome {
	if a.byUnit[c] == nil {
		a.byUnit[c] = &outcome{paying: map[string]int64{}}
	}
	return a.byUnit[c]
}

type asked struct{ campaign, appeal string }

// tally holds the arms of each appeal by their names.
type tally map[asked]map[string]*arm

func (t tally) of(s spot) *arm {
	key := asked{s.campaign, s.appeal}
	if t[key] == nil {
		t[key] = map[string]*arm{}
	}
	if t[key][s.variant] == nil {
		t[key][s.variant] = &arm{at: map[string]int64{}, byUnit: map[money.Currency]*outcome{}}
	}
	return t[key][s.variant]
}

// results gives a row for each arm in each currency that any arm of the appeal
// has: that it brought nothing there is a result too.
func (t tally) results(armsOf func(appeal string) Arms) []Result {
	var all []Result
	for _, key := range sorted(t, func(a, b asked) int {
		return cmp.Or(cmp.Compare(a.campaign, b.campaign), cmp.Compare(a.appeal, b.appeal))
	}) {
		today := armsOf(key.appeal)
		for _, variant := range today.Running {
			t.of(spot{campaign: key.campaign, appeal: key.appeal, variant: variant})
		}
		arms, first := t[key], today.Base
		units := map[money.Currency]bool{}
		places := yardstick(arms)
		for _, a := range arms {
			for c := range a.byUnit {
				units[c] = true
			}
		}
		if len(units) == 0 {
			units[""] = true
		}
		rank := func(variant string) int {
			switch variant {
			case first:
				return 0
			case holdback:
				return 2
			}
			return 1
		}
		variants := sorted(arms, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
		for _, c := range sorted(units, cmp.Compare[money.Currency]) {
			var against sample
			for _, variant := range variants {
				r, s := arms[variant].result(c, places)
				r.Campaign, r.Appeal, r.Variant, r.Base = key.campaign, key.appeal, variant, variant == first
				if r.Base {
					against = s
				} else {
					r.ToBase = s.less(against)
				}
				all = append(all, r)
			}
		}
	}
	return all
}

func (a *arm) result(c money.Currency, places []string) (Result, sample) {
	o, compared := a.in(c), a.viewsOf(places)
	r := Result{
		Currency: c, Views: a.views, Compared: compared, Places: places, Checkouts: o.checkouts, Gifts: o.gifts, FeesMissing: o.feesMissing, FeesUnknown: o.feesKnown() == feesNone,
		Gross: money.New(o.gross, c), Refunded: money.New(o.refunded, c), Disputed: money.New(o.disputed, c),
		Fees: money.New(o.fees, c), Net: money.New(o.net(), c),
	}
	if c == "" {
		return r, sample{}
	}
	s := sampleOf(compared, o.paying)
	r.PerThousand = s.estimate()
	return r, s
}

// sample is the mean of observations with the variance of that mean, in minor
// units for each view.
type sample struct {
	mean, variance float64
	known, bounded bool
}

// sampleOf takes the totals of the checkouts that paid; every other view brought
// nothing. The sums are exact, so that their order does not matter.
func sampleOf(views int64, totals map[string]int64) sample {
	if views <= 0 {
		return sample{}
	}
	sum, squares := new(big.Int), new(big.Int)
	for _, total := range totals {
		y := big.NewInt(total)
		sum.Add(sum, y)
		squares.Add(squares, y.Mul(y, y))
	}
	n := big.NewInt(views)
	mean, _ := new(big.Rat).SetFrac(sum, n).Float64()
	s := sample{mean: mean, known: true, bounded: len(totals) > 0 && views > 1 && int64(len(totals)) <= views}
	if s.bounded {
		// n Σy² − Y², over n² (n − 1)
		numerator := squares.Mul(squares, n)
		numerator.Sub(numerator, new(big.Int).Mul(sum, sum))
		denominator := new(big.Int).Mul(n, n)
		denominator.Mul(denominator, big.NewInt(views-1))
		s.variance, _ = new(big.Rat).SetFrac(numerator, denominator).Float64()
	}
	return s
}

// less is how much more or less this brings than another.
func (s sample) less(other sample) Estimate {
	return sample{
		mean: s.mean - other.mean, variance: s.variance + other.variance,
		known: s.known && other.known, bounded: s.bounded && other.bounded,
	}.estimate()
}

// within is how many standard errors hold 95 % of a normal distribution.
const within = 1.959964

func (s sample) estimate() Estimate {
	if !s.known {
		return Estimate{}
	}
	value := 1000 * s.mean
	if !s.bounded {
		return Estimate{Value: value, Low: value, High: value, Known: true}
	}
	half := 1000 * within * math.Sqrt(s.variance)
	return Estimate{Value: value, Low: value - half, High: value + half, Known: true, Bounded: true}
}

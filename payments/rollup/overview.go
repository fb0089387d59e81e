package rollup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// Query is what an overview is asked for.
type Query struct {
	Now      time.Time
	Zone     *time.Location
	Currency money.Currency // "" for the one that most gifts were made in this year
	// Stretch is what By is told for: Today, Month or Year; "" is Month.
	Stretch Stretch
}

// Stretch is one of the stretches of a calendar.
type Stretch string

// The stretches.
const (
	Today Stretch = "today"
	Month Stretch = "month"
	Year  Stretch = "year"
)

// Stretches are all of them.
func Stretches() []Stretch { return []Stretch{Today, Month, Year} }

// Of is the stretch of a calendar.
func (s Stretch) Of(c Calendar) Compared {
	switch s {
	case Today:
		return c.Today
	case Year:
		return c.Year
	}
	return c.Month
}

// Pair is what was given in a stretch, and in the same one of the year before.
type Pair struct{ This, Before Sum }

// Given is a column of a chart with what was given in it.
type Given struct {
	Column
	Pair
}

// Overview is what came in, in one currency but for ByCurrency.
type Overview struct {
	Calendar   Calendar
	Currency   money.Currency   // "" where nothing was ever given
	Currencies []money.Currency // those that anything was ever given in, the one with most gifts of this year first
	Given      map[Stretch]Pair
	Days       []Given
	Months     []Given
	// By is the stretch that was asked for by the values of each dimension, the most
	// given first; ByCurrency by currency, as in Currencies.
	By         map[Dimension][]Pair
	ByCurrency []Pair
	Base       Base
	// Started and Lost of Base are of these stretches and those of the year before, in
	// this order: today, month, year.
	Recovered int64 // recurring donations of this month whose charge had failed and that are paid again
}

// Snapshots begins transactions that see one moment of the books.
type Snapshots interface {
	BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error)
}

// Read reads an overview from one snapshot of the books. It costs the same however many
// gifts there are.
func Read(ctx context.Context, db Snapshots, q Query) (Overview, error) {
	o := Overview{Calendar: NewCalendar(q.Now, q.Zone), Currency: q.Currency, Given: map[Stretch]Pair{}, By: map[Dimension][]Pair{}}
	err := pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		// A plan for any pieces is one for long ones: it reads several times as much, or
		// is compiled for longer than it reads.
		if _, err := tx.Exec(ctx, "set local plan_cache_mode = force_custom_plan; set local jit = off"); err != nil {
			return err
		}
		return o.read(ctx, tx, q.Stretch)
	})
	if err != nil {
		return Overview{}, fmt.Errorf("reading the overview: %w", err)
	}
	return o, nil
}

// stretches are those of the calendar beside those of the year before.
func (o *Overview) stretches() (all []Range) {
	for _, s := range Stretches() {
		c := s.Of(o.Calendar)
		all = append(all, c.This, c.Before)
	}
	return all
}

func (o *Overview) read(ctx context.Context, db payments.Querier, s Stretch) (err error) {
	if o.Currencies, err = Currencies(ctx, db); err != nil {
		return err
	}
	// One that nothing was given in is shown all the same, where somebody asks for it.
	all := o.Currencies
	if o.Currency != "" && !slices.Contains(all, o.Currency) {
		all = append(slices.Clone(all), o.Currency)
	}
	if len(all) == 0 {
		return nil
	}
	sums, err := Sums(ctx, db, Kind, all, o.stretches())
	if err != nil {
		return err
	}
	o.choose(sums)
	for i, stretch := range Stretches() {
		o.Given[stretch] = Pair{total(sums[2*i], o.Currency), total(sums[2*i+1], o.Currency)}
		if stretch == s || s == "" && stretch == Month {
			for _, c := range o.Currencies {
				o.ByCurrency = append(o.ByCurrency, Pair{total(sums[2*i], c), total(sums[2*i+1], c)})
			}
			of := func(all []Sum) []Sum {
				return slices.DeleteFunc(slices.Clone(all), func(s Sum) bool { return s.Currency != o.Currency })
			}
			o.By[Kind] = pairs(of(sums[2*i]), of(sums[2*i+1]))
		}
	}
	if err := o.charts(ctx, db); err != nil {
		return err
	}
	c := s.Of(o.Calendar)
	for _, d := range Dimensions() {
		if d == Kind {
			continue
		}
		found, err := Sums(ctx, db, d, []money.Currency{o.Currency}, []Range{c.This, c.Before})
		if err != nil {
			return err
		}
		o.By[d] = pairs(found[0], found[1])
	}
	if o.Base, err = Recurring(ctx, db, o.Currency, o.stretches()); err != nil {
		return err
	}
	o.Recovered, err = Recovered(ctx, db, o.Currency, o.Calendar.Month.This)
	return err
}

// choose puts the currency with most gifts of this year first, and takes it where none
// was asked for. Amounts of two currencies cannot be compared; numbers of gifts can.
func (o *Overview) choose(sums [][]Sum) {
	year, before := sums[len(sums)-2], sums[len(sums)-1]
	slices.SortStableFunc(o.Currencies, func(a, b money.Currency) int {
		return cmp.Or(cmp.Compare(total(year, b).Gifts, total(year, a).Gifts), cmp.Compare(total(before, b).Gifts, total(before, a).Gifts))
	})
	if o.Currency == "" {
		o.Currency = o.Currencies[0]
	}
}

func (o *Overview) charts(ctx context.Context, db payments.Querier) error {
	columns := slices.Concat(o.Calendar.Days, o.Calendar.Months)
	var ranges []Range
	for _, c := range columns {
		ranges = append(ranges, c.This, c.Before)
	}
	sums, err := Sums(ctx, db, Kind, []money.Currency{o.Currency}, ranges)
	if err != nil {
		return err
	}
	for i, c := range columns {
		g := Given{c, Pair{total(sums[2*i], o.Currency), total(sums[2*i+1], o.Currency)}}
		if i < len(o.Calendar.Days) {
			o.Days = append(o.Days, g)
		} else {
			o.Months = append(o.Months, g)
		}
	}
	return nil
}

// total adds up the sums of a currency.
func total(all []Sum, c money.Currency) Sum {
	sum := Sum{Currency: c}
	for _, s := range all {
		if s.Currency == c {
			sum = sum.Add(s)
		}
	}
	return sum
}

// pairs puts sums of one currency beside those of the year before, in the order of the
// first; what was given then alone comes last.
func pairs(this, before []Sum) []Pair {
	at := map[string]int{}
	var all []Pair
	for _, s := range this {
		at[s.Value] = len(all)
		all = append(all, Pair{This: s, Before: Sum{Value: s.Value, Currency: s.Currency}})
	}
	for _, s := range before {
		if i, known := at[s.Value]; known {
			all[i].Before = s
		} else {
			all = append(all, Pair{This: Sum{Value: s.Value, Currency: s.Currency}, Before: s})
		}
	}
	return all
}

package rollup_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
)

// one writes a gift at a moment.
func one(t *testing.T, db *pgxpool.Pool, currency, kind string, amount int64, at time.Time) {
	t.Helper()
	writeGifts(t, db, fmt.Sprintf("%s_%d_%d", currency, amount, at.Unix()), at, 0, 1)
	if _, err := db.Exec(t.Context(), `update donations set received_at = $1, currency = $2, kind = $3, amount = $4, refunded = 0, disputed = 0, status = 'succeeded'
		where payment like 'pi_' || $2 || '_' || $5 || '%'`, at, currency, kind, amount, fmt.Sprintf("%d_%d", amount, at.Unix())); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, db *pgxpool.Pool, q rollup.Query) rollup.Overview {
	t.Helper()
	o, err := rollup.Read(t.Context(), db, q)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Empty books, one gift, and a currency that nobody gave in this year.
func TestReadOfLittle(t *testing.T) {
	db := pgtest.New(t)
	kolkata := in(t, "Asia/Kolkata")
	now := time.Date(2028, 2, 29, 0, 40, 0, 0, kolkata)
	q := rollup.Query{Now: now, Zone: kolkata}
	if o := read(t, db, q); o.Currency != "" || len(o.Currencies) != 0 || len(o.Days) != 0 {
		t.Errorf("empty books: %+v", o)
	}
	q.Currency = "USD"
	if o := read(t, db, q); o.Currency != "USD" || len(o.Currencies) != 0 || len(o.Days) != 29 || o.Given[rollup.Today].This.Gifts != 0 {
		t.Errorf("a currency that nobody gave in: %+v", o)
	}
	q.Currency = ""
	// Half past midnight of the 29th in Kolkata is the 28th in UTC.
	one(t, db, "EUR", "one_time", 2500, now.Add(-10*time.Minute))
	for range 2 {
		o := read(t, db, q)
		if o.Currency != "EUR" || !slices.Equal(o.Currencies, []money.Currency{"EUR"}) {
			t.Errorf("currencies %v", o.Currencies)
		}
		for _, s := range rollup.Stretches() {
			if p := o.Given[s]; p.This.Gifts != 1 || p.This.Amount != 2500 || p.This.Left() != 2500 || p.Before.Gifts != 0 {
				t.Errorf("%s: %+v", s, p)
			}
		}
		if o.Days[28].Pair.This.Amount != 2500 || o.Days[27].Pair.This.Amount != 0 || o.Months[1].Pair.This.Amount != 2500 || len(o.By[rollup.Country]) != 1 || len(o.ByCurrency) != 1 {
			t.Errorf("days %+v, by %+v", o.Days[27:], o.By)
		}
		if before := o.Days[28].Before.Gifts; before != 0 {
			t.Errorf("%d gifts on 29 February 2027", before)
		}
		if _, err := (&payments.Giving{DB: db}).Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// A gift of the year before at the same time, one of later that day, and other
	// currencies: most gifts of this year go first, whatever they come to.
	one(t, db, "EUR", "monthly", 1000, time.Date(2027, 2, 28, 23, 50, 0, 0, kolkata))
	one(t, db, "EUR", "monthly", 700, time.Date(2027, 3, 1, 0, 0, 0, 0, kolkata))
	one(t, db, "JPY", "one_time", 900000, time.Date(2027, 5, 1, 0, 0, 0, 0, kolkata))
	one(t, db, "USD", "one_time", 100, time.Date(2028, 1, 1, 0, 0, 0, 0, kolkata))
	one(t, db, "USD", "one_time", 101, time.Date(2028, 1, 1, 0, 0, 1, 0, kolkata))
	o := read(t, db, q)
	if o.Currency != "USD" || !slices.Equal(o.Currencies, []money.Currency{"USD", "EUR", "JPY"}) {
		t.Errorf("%s of %v", o.Currency, o.Currencies)
	}
	q.Currency, q.Stretch = "EUR", rollup.Year
	o = read(t, db, q)
	if p := o.Given[rollup.Year]; p.This.Amount != 2500 || p.Before.Amount != 1000 {
		t.Errorf("the year: %+v", p)
	}
	if p := o.Given[rollup.Today]; p.Before.Gifts != 0 {
		t.Errorf("29 February against %+v", p.Before)
	}
	if got := fmt.Sprint(o.By[rollup.Kind][0].This.Value, len(o.By[rollup.Kind]), len(o.ByCurrency)); got != "one_time2 3" {
		t.Errorf("by kind and currency: %s %+v", got, o.By[rollup.Kind])
	}
	q.Currency = "JPY"
	if o = read(t, db, q); o.Given[rollup.Year].This.Gifts != 0 || o.Given[rollup.Year].Before.Gifts != 0 || o.Months[4].Before.Amount != 900000 {
		t.Errorf("yen: %+v", o.Given[rollup.Year])
	}
}

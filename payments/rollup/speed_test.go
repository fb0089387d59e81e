package rollup_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
)

// dense writes sums as books have them in which a gift of each of so many values comes
// in every quarter of an hour and currency: months and days of five years, hours of two
// months of two years, quarters of ten days of two years. Ten million gifts in five years
// are 57 in a quarter of an hour, of all currencies together.
func dense(t testing.TB, db *pgxpool.Pool, now time.Time, values map[rollup.Dimension]int, currencies []money.Currency) {
	t.Helper()
	const rows = `insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
		select $1, $2, currency, slot, case when $1 = 'kind' then (array['one_time', 'monthly', 'annual'])[1 + v % 3] else 'value-' || v end, 10, 0, 25000, 500, 0
		from generate_series(date_trunc($2, $3::timestamptz, 'UTC'), $4::timestamptz, $5::interval) as slot, unnest($6::text[]) as currency, generate_series(1, $7::int) as v
		on conflict do nothing`
	year := now.AddDate(-1, 0, 0)
	for _, d := range rollup.Dimensions() {
		for _, span := range []struct {
			name, field, step string
			from, to          time.Time
		}{
			{"month", "month", "1 month", now.AddDate(-5, 0, 0), now}, {"day", "day", "1 day", now.AddDate(-2, 0, 0), now},
			{"hour", "hour", "1 hour", now.AddDate(0, -2, 0), now}, {"hour", "hour", "1 hour", year.AddDate(0, -1, 0), year.AddDate(0, 1, 0)},
			{"quarter", "hour", "15 minutes", now.AddDate(0, 0, -5), now}, {"quarter", "hour", "15 minutes", year.AddDate(0, 0, -5), year},
		} {
			if span.name == "hour" && d != rollup.Kind {
				continue
			}
			sql := strings.Replace(rows, "select $1, $2,", "select $1, '"+span.name+"',", 1)
			if _, err := db.Exec(t.Context(), sql, d, span.field, span.from, span.to, span.step, currencies, values[d]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := db.Exec(t.Context(), "analyze rollups"); err != nil {
		t.Fatal(err)
	}
}

// What is read for a page are the sums of its pieces, found by the key: neither all of
// them, nor all of a dimension.
func TestReadingUsesTheKey(t *testing.T) {
	db := pgtest.New(t)
	now := time.Date(2028, 5, 14, 11, 37, 0, 0, in(t, "Asia/Kolkata"))
	dense(t, db, now, map[rollup.Dimension]int{rollup.Kind: 3, rollup.Campaign: 2, rollup.Country: 4, rollup.Article: 4}, []money.Currency{"EUR", "USD"})
	var plans strings.Builder
	o, err := rollup.Read(t.Context(), explaining{db, &plans}, rollup.Query{Now: now, Zone: in(t, "Asia/Kolkata"), Stretch: rollup.Year})
	if err != nil {
		t.Fatal(err)
	}
	if o.Given[rollup.Year].This.Gifts == 0 || o.Days[3].Pair.This.Gifts == 0 || len(o.By[rollup.Article]) != 4 {
		t.Errorf("%+v", o.Given)
	}
	if text := plans.String(); strings.Contains(text, "Seq Scan on rollups") || strings.Count(text, "using rollups_pkey")+strings.Count(text, "on rollups_pkey") < 6 {
		t.Error(text)
	}
}

// explaining writes down the plan of each query beside asking it.
type explaining struct {
	db    *pgxpool.Pool
	plans *strings.Builder
}

func (e explaining) BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error) {
	tx, err := e.db.BeginTx(ctx, o)
	return explainingTx{tx, e.plans}, err
}

type explainingTx struct {
	pgx.Tx
	plans *strings.Builder
}

func (e explainingTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := e.Tx.Query(ctx, "explain "+sql, args...)
	if err != nil {
		return nil, err
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(e.plans, strings.Join(plan, "\n"))
	return e.Tx.Query(ctx, sql, args...)
}

// The overview of few gifts and of very many.
func BenchmarkRead(b *testing.B) {
	zone := in(b, "Asia/Kolkata")
	now := time.Date(2028, 5, 14, 11, 37, 0, 0, zone)
	for _, books := range []struct {
		name   string
		values map[rollup.Dimension]int
	}{
		{"few", map[rollup.Dimension]int{rollup.Kind: 1, rollup.Campaign: 1, rollup.Country: 1, rollup.Article: 1}},
		{"many", map[rollup.Dimension]int{rollup.Kind: 3, rollup.Campaign: 4, rollup.Country: 12, rollup.Article: 25}},
	} {
		b.Run(books.name, func(b *testing.B) {
			db := pgtest.New(b)
			dense(b, db, now, books.values, []money.Currency{"EUR", "USD", "JPY"})
			for b.Loop() {
				if _, err := rollup.Read(b.Context(), db, rollup.Query{Now: now, Zone: zone, Stretch: rollup.Year}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

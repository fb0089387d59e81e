package rollup_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// gifts writes n donations over the days after from, from a seed, each of some
// currency, kind, campaign, country and article, some of them given back.
const giftsSQL = `
insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, disputed, checkout_id, campaign, country, article,
	method, balance_transaction, appeal, variant, placement, donor_name, donor_email, payment_intent, charge, invoice, subscription, checkout_session)
select 'don_' || $1 || '_' || i, 'pi_' || $1 || '_' || i, $2::timestamptz + random() * make_interval(days => $3),
	(array['one_time', 'monthly', 'annual'])[1 + i % 3], case when i % 11 = 0 then 'pending' else 'succeeded' end,
	(array['EUR', 'USD', 'JPY'])[1 + i % 3], 1000 + i,
	case when i % 7 = 1 and i % 11 <> 0 then 1000 + i when i % 7 = 2 and i % 11 <> 0 then 100 else 0 end, case when i % 7 = 2 and i % 11 <> 0 then 300 else 0 end,
	'checkout', (array['news', 'archive'])[1 + i % 2], (array['DE', 'US', 'IN', ''])[1 + i % 4], (array['budget', 'river', ''])[1 + i % 3],
	'', '', '', '', '', '', '', '', '', '', '', ''
from generate_series(1, $4) i`

func writeGifts(t testing.TB, db *pgxpool.Pool, name string, from time.Time, days, n int) {
	t.Helper()
	if _, err := db.Exec(t.Context(), giftsSQL, name, from, days, n); err != nil {
		t.Fatal(err)
	}
}

// recount adds up the donations themselves.
func recount(ctx context.Context, db payments.Querier, d rollup.Dimension, currencies []money.Currency, r rollup.Range) ([]rollup.Sum, error) {
	rows, err := db.Query(ctx, `
		select `+string(d)+`, currency, count(*), count(*) filter (where amount <= refunded + disputed), sum(amount)::bigint, sum(refunded)::bigint, sum(disputed)::bigint
		from donations where status = 'succeeded' and currency = any($1::text[])
			and received_at >= date_bin('15 minutes', $2, 'epoch') and received_at < date_bin('15 minutes', $3, 'epoch')
		group by 1, 2 order by sum(amount) desc, `+string(d)+` collate "C", currency collate "C"`, currencies, r.From, r.To)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[rollup.Sum])
}

// recounted compares every dimension over these ranges, and how recurring donations
// stand, with a full recount in one snapshot.
func recounted(ctx context.Context, db *pgxpool.Pool, ranges []rollup.Range) error {
	return pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		currencies := []money.Currency{"EUR", "JPY", "USD"}
		for _, d := range rollup.Dimensions() {
			kept, err := rollup.Sums(ctx, tx, d, currencies, ranges)
			if err != nil {
				return err
			}
			for i, r := range ranges {
				counted, err := recount(ctx, tx, d, currencies, r)
				if err != nil {
					return err
				}
				if !slices.Equal(counted, kept[i]) {
					return fmt.Errorf("%s from %s to %s:\ncounted %v\nkept    %v", d, r.From, r.To, counted, kept[i])
				}
			}
		}
		differ, err := rollup.Check(ctx, tx)
		if err == nil && len(differ) > 0 {
			err = fmt.Errorf("the check finds %v", differ)
		}
		return err
	})
}

// days are stretches as pages ask for them: days, months and years of zones, and some
// at random.
func days(t testing.TB, dice *rand.Rand) []rollup.Range {
	t.Helper()
	var all []rollup.Range
	for _, name := range []string{"Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range []time.Time{time.Date(2028, 2, 29, 0, 0, 0, 0, zone), time.Date(2028, 3, 26, 0, 0, 0, 0, zone), time.Date(2028, 10, 29, 0, 0, 0, 0, zone)} {
			all = append(all, rollup.Range{From: day, To: day.AddDate(0, 0, 1)}, rollup.Range{From: day, To: day.AddDate(0, 1, 0)}, rollup.Range{From: day.AddDate(0, -2, 0), To: day.AddDate(1, 0, 0)})
		}
	}
	for range 5 {
		from := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(dice.Int64N(int64(300 * 24 * time.Hour))))
		all = append(all, rollup.Range{From: from, To: from.Add(time.Duration(dice.Int64N(int64(90 * 24 * time.Hour))))})
	}
	return append(all, rollup.Range{}, rollup.Range{From: all[0].To, To: all[0].From})
}

// The sums are those of the books in every snapshot: while many write, change and
// remove gifts, while somebody folds, and after all of them are gone.
func TestSumsAreARecount(t *testing.T) {
	db := pgtest.New(t)
	ranges := days(t, rand.New(rand.NewPCG(1, 2)))
	begin := time.Date(2027, 12, 15, 0, 0, 0, 0, time.UTC)
	writeGifts(t, db, "first", begin, 500, 300)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writers, others sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for i := range 12 {
				name := fmt.Sprintf("w%d_%d", w, i)
				writeGifts(t, db, name, begin, 500, 40)
				for _, change := range []string{
					`update donations set country = 'FR', article = 'other' where payment like $1 || '%3'`,
					`update donations set refunded = amount - disputed where status = 'succeeded' and payment like $1 || '%4'`,
					`update donations set donor_name = '', country = '' where payment like $1 || '%5'`,
					`delete from donations where payment like $1 || '%6'`,
				} {
					if _, err := db.Exec(t.Context(), change, "pi_"+name+"_"); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for range 2 {
		others.Go(func() {
			for ctx.Err() == nil {
				if _, err := (&payments.Giving{DB: db}).Fold(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	others.Go(func() {
		for ctx.Err() == nil {
			if err := recounted(t.Context(), db, ranges); err != nil {
				t.Error(err)
				return
			}
		}
	})
	writers.Wait()
	stop()
	others.Wait()
	for _, step := range []string{
		"", `update donations set received_at = received_at + interval '40 days', currency = 'EUR'`, "",
		`truncate donations`, "", `insert into donations select * from donations`,
	} {
		if step == "" {
			if _, err := (&payments.Giving{DB: db}).Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else if _, err := db.Exec(t.Context(), step); err != nil {
			t.Fatal(err)
		}
		if err := recounted(t.Context(), db, ranges); err != nil {
			t.Errorf("after %q: %v", step, err)
		}
	}
}

// What somebody's hand spoiled is named, by dimension and currency.
func TestCheckNamesWhatDiffers(t *testing.T) {
	db := pgtest.New(t)
	writeGifts(t, db, "g", time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC), 30, 30)
	if _, err := (&payments.Giving{DB: db}).Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `update rollups set gifts = gifts + 1, amount = amount + 100
		where (dimension, span, currency, slot, value) = (select dimension, span, currency, slot, value from rollups
			where dimension = 'country' and span = 'month' and currency = 'EUR' order by value, slot limit 1)`); err != nil {
		t.Fatal(err)
	}
	differ, err := rollup.Check(t.Context(), db)
	if err != nil || len(differ) != 1 || !strings.HasPrefix(differ[0].String(), "country in EUR: the sums tell of ") || differ[0].Kept.Amount-differ[0].Books.Amount != 100 {
		t.Errorf("%v, %v", differ, err)
	}
}

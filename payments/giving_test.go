package payments_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// recount is the sums of every quarter of an hour, from the donations themselves
// and as they are kept, each in one text.
const recount = `
with counted as (
	select campaign, currency, kind, to_timestamp(floor(extract(epoch from received_at) / 900) * 900) as slot, count(*) as gifts,
		count(*) filter (where amount <= refunded + disputed) as undone, sum(amount) as amount, sum(refunded) as refunded, sum(disputed) as disputed
	from donations where status = 'succeeded' group by 1, 2, 3, 4
), kept as (
	select campaign, currency, kind, slot, sum(gifts) as gifts, sum(undone) as undone, sum(amount) as amount, sum(refunded) as refunded, sum(disputed) as disputed
	from giving group by 1, 2, 3, 4 having (sum(gifts), sum(amount)) <> (0, 0)
)
select coalesce((select string_agg(c::text, E'\n' order by c::text) from counted c), ''),
	coalesce((select string_agg(k::text, E'\n' order by k::text) from kept k), '')`

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// sumsHold compares the sums with a full recount, in one snapshot.
func sumsHold(ctx context.Context, db querier) error {
	var counted, kept string
	if err := db.QueryRow(ctx, recount).Scan(&counted, &kept); err != nil {
		return err
	}
	if counted != kept {
		return fmt.Errorf("counted anew:\n%s\nkept:\n%s", counted, kept)
	}
	return nil
}

// gift draws facts about some dozens of gifts: they succeed, are given back,
// disputed, taken from us and moved to another campaign.
func (d *dice) gift() (f payments.Facts) {
	d.told++
	event, n := fmt.Sprint("evt_", d.told), d.IntN(40)
	payment, charge, checkout := fmt.Sprint("pi_", n), fmt.Sprint("ch_", n), fmt.Sprint("checkout", n)
	amount, created := money.New(int64(1000+n), money.Currency([]string{"USD", "EUR", "JPY"}[n%3])), int64(1_700_000_000+n*300)
	switch d.IntN(6) {
	case 0, 1:
		state := payments.PaymentState{Status: d.pick("succeeded", "succeeded", "processing", "canceled"), Amount: amount}
		f.Payments = []payments.Payment{{ID: payment, CheckoutID: d.pick("", checkout), Created: created, Promised: true, Stamp: state.Stamp(d.at(), event), State: state}}
	case 2:
		status := d.pick("succeeded", "failed")
		f.Charges = []payments.Charge{{ID: charge, Payment: payment, Amount: amount, Created: created,
			Refunded: payments.Refunded{At: d.at(), Minor: int64(d.IntN(3)) * 500}, Stamp: payments.ChargeStamp(status, d.at(), event), State: payments.ChargeState{Status: status}}}
	case 3:
		f.Refunds = []payments.Refund{{ID: fmt.Sprint("re_", n), Charge: charge, Payment: payment, Amount: amount, Status: d.pick("succeeded", "failed"), Created: 200}}
	case 4:
		status := d.pick("needs_response", "lost", "won")
		f.Disputes = []payments.Dispute{{ID: fmt.Sprint("dp_", n), Charge: charge, Payment: payment, Amount: amount,
			Stamp: payments.DisputeStamp(status, d.at(), event), State: payments.DisputeState{Status: status}}}
	default:
		f.Attributions = []payments.Attribution{{CheckoutID: checkout, Kind: payments.Kind(d.pick("one_time", "monthly")), Campaign: d.pick("news", "archive")}}
	}
	return f
}

// The sums are those of the books at every moment, whatever is told, by many at
// once, one by one or together, while others fold, remove and empty.
func TestSumsFollowTheBooks(t *testing.T) {
	db := pgtest.New(t)
	giving := &payments.Giving{DB: db}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var tellers, others sync.WaitGroup
	for seed := range uint64(3) {
		tellers.Go(func() {
			d := &dice{Rand: rand.New(rand.NewPCG(seed, 7)), told: int(seed) * 1000}
			for range 120 {
				f, merge := d.gift(), payments.Merge
				if d.IntN(5) == 0 {
					merge = payments.MergeMany
					for range 20 {
						f.Add(d.gift())
					}
				}
				if err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error { return merge(t.Context(), tx, f) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		others.Go(func() {
			for ctx.Err() == nil {
				if _, err := giving.Fold(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	others.Go(func() {
		for ctx.Err() == nil {
			if err := sumsHold(t.Context(), db); err != nil {
				t.Error(err)
				return
			}
		}
	})
	tellers.Wait()
	stop()
	others.Wait()
	var gifts, undone, reduced int
	if err := db.QueryRow(t.Context(), `select sum(gifts), sum(undone), sum(refunded + disputed) from giving`).Scan(&gifts, &undone, &reduced); err != nil ||
		gifts < 10 || undone == 0 || undone == gifts || reduced == 0 {
		t.Errorf("%d gifts, %d undone, %d given back, %v: the draw is too plain", gifts, undone, reduced, err)
	}
	steps := []func() error{
		func() error { _, err := giving.Fold(t.Context()); return err },
		func() error {
			_, err := db.Exec(t.Context(), "delete from donations where payment like 'pi_1%'")
			return err
		},
		func() error {
			_, err := db.Exec(t.Context(), "update donations set received_at = received_at + interval '1 hour'")
			return err
		},
		func() error { _, err := db.Exec(t.Context(), "truncate donations"); return err },
		func() error { _, err := giving.Fold(t.Context()); return err },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		if err := sumsHold(t.Context(), db); err != nil {
			t.Errorf("after step %d: %v", i, err)
		}
	}
	var left int
	if err := db.QueryRow(t.Context(), "select count(*) from giving_deltas").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d changes are not folded, %v", left, err)
	}
}

// What does not move a sum adds nothing, and a statement adds one row a sum.
func TestWhatIsWrittenForASum(t *testing.T) {
	db := pgtest.New(t)
	waiting := func(want int, after string) {
		t.Helper()
		var n int
		if err := db.QueryRow(t.Context(), "select count(*) from giving_deltas").Scan(&n); err != nil || n != want {
			t.Errorf("after %s: %d rows, %v; want %d", after, n, err, want)
		}
	}
	give(t, db, 1000, "news", "USD", time.Date(2026, 11, 3, 9, 7, 0, 0, time.UTC))
	waiting(1, "a thousand gifts")
	for _, quiet := range []string{
		"update donations set donor_name = 'Ada'", "update donations set status = status",
		"delete from donations where payment = 'nothing'", "insert into donations select * from donations where false",
	} {
		if _, err := db.Exec(t.Context(), quiet); err != nil {
			t.Fatal(err)
		}
		waiting(1, quiet)
	}
	if _, err := db.Exec(t.Context(), "update donations set refunded = amount where payment = 'pi_USD_1'"); err != nil {
		t.Fatal(err)
	}
	waiting(2, "a refund")
}

// give writes n gifts of a thousand each as one statement.
func give(t testing.TB, db *pgxpool.Pool, n int, campaign, currency string, at time.Time) {
	t.Helper()
	empty := strings.Repeat(", ''", 14)
	if _, err := db.Exec(t.Context(), `insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, checkout_id, campaign,
			method, balance_transaction, appeal, variant, placement, article, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session)
		select 'don_' || $3 || i, 'pi_' || $3 || '_' || i, $4, 'one_time', 'succeeded', $3, 1000, 0, 'checkout', $2`+empty+`
		from generate_series(1, $1) i`, n, campaign, currency, at); err != nil {
		t.Fatal(err)
	}
}

// A period is whole quarters of an hour, and of one campaign.
func TestSums(t *testing.T) {
	db := pgtest.New(t)
	giving := &payments.Giving{DB: db}
	at := func(minute int) time.Time { return time.Date(2026, 11, 3, 9, minute, 0, 0, time.UTC) }
	give(t, db, 2, "news", "USD", at(14))
	give(t, db, 3, "news", "EUR", at(15))
	give(t, db, 4, "news", "JPY", at(29))
	give(t, db, 5, "archive", "KWD", at(20))
	for range 2 {
		for _, tt := range []struct {
			from, to time.Time
			want     string
		}{
			{time.Time{}, time.Time{}, "EUR 3 JPY 4 USD 2"},
			{at(14), time.Time{}, "EUR 3 JPY 4 USD 2"},
			{at(15), time.Time{}, "EUR 3 JPY 4"},
			{at(29), time.Time{}, "EUR 3 JPY 4"},
			{at(30), time.Time{}, ""},
			{time.Time{}, at(15), "USD 2"},
			{time.Time{}, at(16), "EUR 3 JPY 4 USD 2"},
			{at(15).In(time.FixedZone("", 5*3600+45*60)), at(30), "EUR 3 JPY 4"},
		} {
			sums, err := giving.Sums(t.Context(), payments.Period{Campaign: "news", From: tt.from, To: tt.to})
			var got []string
			for _, s := range sums {
				got = append(got, fmt.Sprintf("%s %d", s.Currency, s.Gifts))
				if s.Left() != money.New(s.Gifts*1000, s.Currency) {
					t.Errorf("%+v has left %v", s, s.Left())
				}
			}
			if err != nil || strings.Join(got, " ") != tt.want {
				t.Errorf("from %s to %s: %v, %v, want %s", tt.from, tt.to, got, err, tt.want)
			}
		}
		if n, err := giving.Fold(t.Context()); err != nil || n > 4 {
			t.Errorf("%d, %v", n, err)
		}
	}
}

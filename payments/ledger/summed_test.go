package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/rollup"
)

// Whatever is told of payouts, their rows and their balance transactions, in any order,
// corrected or taken back, and folded or not: what the sums say of each payout is what
// its rows say.
func TestPayoutsBySumsAreThoseByTheirRows(t *testing.T) {
	db := pgtest.New(t)
	random := rand.New(rand.NewPCG(7, 11)) // the same histories each time
	var ids []string
	for i := range 5 {
		ids = append(ids, fmt.Sprintf("po_%d", i))
	}
	some := func(format string, of int) string { return fmt.Sprintf(format, random.IntN(of)) }
	write := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("%v in %s %v", err, sql, args)
		}
	}
	told := func() {
		payout, movement := some("po_%d", 5), some("txn_%d", 30)
		switch random.IntN(9) {
		case 0:
			write(`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival, reconciled)
				values ($1, $2, 'EUR', $3, true, 'standard', $4, $5, '', 100, 200, true)
				on conflict (id) do update set status = excluded.status, amount = excluded.amount, balance_transaction = excluded.balance_transaction`,
				payout, []string{"paid", "failed", "pending"}[random.IntN(3)], random.IntN(5000), []string{"", movement}[random.IntN(2)], some("txn_%d", 30))
		case 1, 2, 3: // one, or a page of them
			write(`insert into payout_rows (id, payout) select 'txn_' || n, $1 from generate_series($2::int, $3::int) n on conflict (id) do nothing`, payout, random.IntN(15), 15+random.IntN(15))
			if random.IntN(3) > 0 {
				write(`delete from payout_rows where id > $1`, movement)
			}
		case 4, 5, 6: // without a currency it is only known to be
			source := []string{"ch_1", payout, ""}[random.IntN(3)]
			write(`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
				values ($1, $2, 'charge', 'charge', $3, $4, 0, $4, '', 1, 1)
				on conflict (id) do update set currency = excluded.currency, net = excluded.net, source = excluded.source`,
				movement, source, []string{"EUR", "EUR", ""}[random.IntN(3)], random.IntN(3000)-1000)
		case 7:
			write(`update payout_rows set payout = $1 where id in ($2, $3)`, payout, movement, some("txn_%d", 30))
		case 8:
			write(`delete from balance_transactions where id = $1`, movement)
		}
	}
	for i := range 400 {
		told()
		if i%7 == 0 {
			if _, err := (&payments.Giving{DB: db}).Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want, err := ledger.PayoutsOf(t.Context(), db, ids)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ledger.PayoutsSummed(t.Context(), db, ids)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("after %d:\n%+v, %v, want\n%+v", i, got, err, want)
		}
		stands, err := ledger.Stand(t.Context(), db, time.Unix(100, 0))
		if err != nil {
			t.Fatal(err)
		}
		summed, err := ledger.StandSummed(t.Context(), db, time.Unix(100, 0))
		if err != nil || !reflect.DeepEqual(summed, stands) {
			t.Fatalf("after %d:\n%+v, %v, want\n%+v", i, summed, err, stands)
		}
	}
	if differ, err := rollup.CheckPayouts(t.Context(), db); err != nil || len(differ) > 0 {
		t.Errorf("%v, %v", differ, err)
	}
	write(`truncate balance_transactions`)
	if differ, err := rollup.CheckPayouts(t.Context(), db); err != nil || len(differ) > 0 {
		t.Errorf("without balance transactions: %v, %v", differ, err)
	}
	write(`truncate payout_rows`)
	if differ, err := rollup.CheckPayouts(t.Context(), db); err != nil || len(differ) > 0 {
		t.Errorf("without rows: %v, %v", differ, err)
	}
}

// What was written while the triggers were off is named, and put right.
func TestSumsOfPayoutsAreMended(t *testing.T) {
	db := pgtest.New(t)
	for _, sql := range []string{
		`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival) values ('po_1', 'paid', 'EUR', 300, true, 'standard', '', '', '', 1, 1)`,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
			select 'txn_' || n, 'ch_' || n, 'charge', 'charge', 'EUR', 100, 0, 100, '', 1, 1 from generate_series(1, 3) n`,
		`insert into payout_rows (id, payout) select 'txn_' || n, 'po_1' from generate_series(1, 2) n`,
		`alter table payout_rows disable trigger user`, `insert into payout_rows (id, payout) values ('txn_3', 'po_1')`, `alter table payout_rows enable trigger user`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	differ, err := rollup.CheckPayouts(t.Context(), db)
	if err != nil || len(differ) != 1 || differ[0].String() != "payouts in EUR: the sums tell of 2 over 2.00 EUR, the books of 3 over 3.00 EUR" {
		t.Errorf("%v, %v", differ, err)
	}
	if n, err := rollup.Mend(t.Context(), db); err != nil || n != 2 { // its sum, and its place in the order
		t.Errorf("%d mended, %v", n, err)
	}
	all, err := ledger.PayoutsSummed(t.Context(), db, []string{"po_1"})
	if err != nil || len(all) != 1 || all[0].State != ledger.Closed || all[0].Explained != 300 || !all[0].Created.Equal(time.Unix(1, 0)) {
		t.Errorf("%+v, %v", all, err)
	}
}

package browse

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// manySent writes the same rows of three payouts for each seed: charges and refunds of
// some, what is not booked yet, and the payouts' own movements.
func manySent(seed uint64, rows int) (all []string) {
	random := rand.New(rand.NewPCG(seed, 1))
	for i := range 3 {
		all = append(all, fmt.Sprintf(`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival)
			values ('po_%d', 'paid', 'EUR', 1, true, 'standard', 'txn_own%d', '', '', 1, 1)`, i, i))
	}
	for i := range rows {
		payout, category := random.IntN(3), []string{"charge", "refund", ""}[random.IntN(3)]
		all = append(all, fmt.Sprintf(`insert into payout_rows (id, payout) values ('txn_%d', 'po_%d')`, i, payout))
		if random.IntN(4) > 0 {
			all = append(all, fmt.Sprintf(`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
				values ('txn_%d', 'ch_%d', 'charge', '%s', '%s', %d, 30, %d, '', %d, 1)`, i, i/2, category, []string{"EUR", "EUR", ""}[random.IntN(3)], 100+i, 70+i, random.IntN(20)))
		}
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return append(all,
		`insert into payout_rows (id, payout) values ('txn_own0', 'po_0'), ('txn_own1', 'po_1'), ('txn_other', 'po_1')`,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
			values ('txn_own0', 'po_0', 'payout', 'payout', 'EUR', -99, 0, -99, '', 9, 9), ('txn_other', 'po_1', 'payout', 'payout', 'EUR', -77, 0, -77, '', 9, 9)`,
		`update balance_transactions set created = created + 5, currency = 'EUR', category = 'adjustment' where id like '%3'`,
		`update payout_rows set payout = 'po_2' where id like '%7'`, `delete from payout_rows where id like '%11'`, `delete from balance_transactions where id like '%5'`)
}

// Whatever was told of payouts in any order, folded or not: the sums and the pages of each
// are what its rows say.
func TestAPayoutsPageIsWhatItsRowsSay(t *testing.T) {
	db := pgtest.New(t)
	must(t, db, manySent(4, 120)...)
	b := &Books{DB: db}
	for _, folded := range []bool{false, true} {
		if folded {
			if _, err := (&payments.Giving{DB: db}).Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 {
			payout := fmt.Sprintf("po_%d", i)
			const sent = ` from payouts p join payout_rows r on r.payout = p.id and r.id <> p.balance_transaction left join balance_transactions t on t.id = r.id and t.currency <> ''
				where p.id = $1 and t.source is distinct from p.id`
			rows, err := db.Query(t.Context(), `select t.category, count(*), sum(t.amount)::bigint, sum(t.fee)::bigint, sum(t.net)::bigint`+sent+` and t.id is not null group by 1 order by 1`, payout)
			if err != nil {
				t.Fatal(err)
			}
			sums, err := pgx.CollectRows(rows, pgx.RowToStructByPos[PayoutSum])
			if err != nil {
				t.Fatal(err)
			}
			if rows, err = db.Query(t.Context(), `select r.id`+sent+` order by coalesce(t.created, 0), r.id`, payout); err != nil {
				t.Fatal(err)
			}
			want, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for turn := (Turn{Limit: 7}); ; {
				s, err := b.PayoutStory(t.Context(), payout, turn)
				if err != nil || !slices.Equal(s.Sums, sums) {
					t.Fatalf("%+v, want\n%+v, %v", s.Sums, sums, err)
				}
				for _, r := range s.Rows.Rows {
					got = append(got, r.ID)
				}
				if turn.Cursor = s.Rows.Next; turn.Cursor == "" {
					break
				}
			}
			if len(want) < 20 || !slices.Equal(got, want) {
				t.Errorf("%s:\n%q, want\n%q", payout, got, want)
			}
		}
	}
}

// A page of what a payout sent reads its own rows: it neither sorts nor goes through all.
func TestAPayoutsRowsAreReadByTheirOrder(t *testing.T) {
	db := pgtest.New(t)
	must(t, db,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
			select 'txn_' || n, 'ch_' || n, 'charge', 'charge', 'EUR', 100, 3, 97, '', n / 3, 1 from generate_series(1, 20000) n`,
		`insert into payout_rows (id, payout) select 'txn_' || n, 'po_' || n % 4 from generate_series(1, 20000) n`,
		`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival)
			select 'po_' || n, 'paid', 'EUR', 1, true, 'standard', '', '', '', 1, 1 from generate_series(0, 3) n`, `analyze`)
	err := (&Books{DB: db}).read(t.Context(), "planning", func(tx pgx.Tx) error {
		for _, from := range []bool{false, true} {
			got := plan(t, t.Context(), tx, sentBy("po_2"), from)
			if !strings.Contains(got, "using payout_order_pkey") || strings.Contains(got, "Seq Scan on balance_transactions") || strings.HasPrefix(strings.TrimSpace(strings.SplitN(got, "\n", 3)[1]), "->  Sort") {
				t.Error(got)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

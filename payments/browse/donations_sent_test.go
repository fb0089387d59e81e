package browse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// Each gift whose charge a payout sent is listed once, on whatever page, in each order and
// with each filter, also where the payout has several movements of its charge.
func TestGiftsOfAPayout(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 400)
	must(t, db,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
			select 'txn_' || n, 'ch_' || n, 'charge', 'charge', 'EUR', 100, 3, 97, '', 1767225600 + n / 3, 1 from generate_series(0, 299) n
			union all select 'txn_back' || n, 'ch_' || n, 'payment_failure_refund', 'charge_failure', 'EUR', -100, 0, -100, '', 1767225700 + n, 1 from generate_series(0, 299, 5) n`,
		`insert into payout_rows (id, payout) select id, case when source like '%7' then 'po_7' else 'po_1' end from balance_transactions`,
		`insert into payout_rows (id, payout) values ('txn_unknown', 'po_1')`)
	b := &Books{DB: db}
	for _, f := range []DonationFilter{{}, {Sort: Oldest}, {Kind: "monthly"}, {Currency: "EUR", Sort: Largest}, {Find: "reader 1", People: true}} {
		all, err := b.Donations(t.Context(), f, Turn{Limit: mostLimit})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for next := all; ; {
			for _, d := range next.Rows {
				var n int
				if _, err := fmt.Sscanf(d.Payment, "pi_%d", &n); err != nil {
					t.Fatal(err)
				}
				if n < 300 && n%10 != 7 {
					want = append(want, d.ID)
				}
			}
			if next.Next == "" {
				break
			}
			if next, err = b.Donations(t.Context(), f, Turn{Limit: mostLimit, Cursor: next.Next}); err != nil {
				t.Fatal(err)
			}
		}
		f.Payout = "po_1"
		var got []string
		for turn := (Turn{Limit: 13}); ; {
			p, err := b.Donations(t.Context(), f, turn)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range p.Rows {
				got = append(got, d.ID)
			}
			if turn.Cursor = p.Next; turn.Cursor == "" {
				break
			}
		}
		if f.Sort != Largest { // equal in time, they are ordered by other ids
			slices.Sort(got)
			slices.Sort(want)
		}
		if len(want) < 20 || !slices.Equal(got, want) {
			t.Errorf("%+v: %d, want %d\n%q\n%q", f, len(got), len(want), got, want)
		}
	}
}

// A page of a payout's gifts is read by the order of what it sent.
func TestGiftsOfAPayoutAreReadByTheirOrder(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 20_000)
	must(t, db,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
			select 'txn_' || n, 'ch_' || n, 'charge', 'charge', 'EUR', 100, 3, 97, '', 1767225600 + n / 3, 1 from generate_series(0, 19999) n`,
		`insert into payout_rows (id, payout) select 'txn_' || n, 'po_' || n / 5000 from generate_series(0, 19999) n`, `analyze`)
	err := (&Books{DB: db}).read(t.Context(), "planning", func(tx pgx.Tx) error {
		l, err := DonationFilter{Payout: "po_2"}.list(t.Context(), tx)
		if err != nil {
			return err
		}
		for _, from := range []bool{false, true} {
			if got := plan(t, t.Context(), tx, l, from); !strings.Contains(got, "using payout_order_pkey") || strings.Contains(got, "Sort Key") || strings.Contains(got, "Seq Scan on donations") || strings.Contains(got, "Seq Scan on balance") {
				t.Error(got)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

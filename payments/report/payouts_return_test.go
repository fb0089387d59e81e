package report_test

import (
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// A payout that the bank had and sent back has both days on its rows; one that it has
// not sent back has no day of return.
func TestAPayoutThatWentBackHasTheDay(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	for _, sql := range []string{
		`insert into bank_lines (id, day, currency, amount, text, stripes, read_at) values
			(repeat('a', 64), '2026-12-07', (select currency from payouts where id = 'po_1'), (select amount from payouts where id = 'po_1'), 'STRIPE', true, now()),
			(repeat('b', 64), '2026-12-09', (select currency from payouts where id = 'po_1'), (select -amount from payouts where id = 'po_1'), 'STRIPE', true, now())`,
		`insert into bank_ticks (payout, kind, line) values ('po_1', 'deposit', repeat('a', 64))`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, back := range []string{"", "2026-12-09"} {
		_, rows := table(t, db, "payouts", december(time.UTC))
		wantCells(t, cells(rows[:2], "payout_id bank_date bank_return_date"), `
			po_1 | 2026-12-07 | `+back+`
			po_1 | 2026-12-07 | `+back+`
			`)
		if back == "" {
			if _, err := db.Exec(t.Context(), `insert into bank_ticks (payout, kind, line) values ('po_1', 'return', repeat('b', 64))`); err != nil {
				t.Fatal(err)
			}
		}
	}
}

package rollup_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/rollup"
)

const namedGiftSQL = `insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method, balance_transaction, checkout_id,
	campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session)
	values ('don_' || $1, 'pi_' || $1, now(), 'one_time', 'succeeded', 'EUR', 100, 0, '', '', 'chk', '', '', '', '', '', nullif($2, ''), $3, '', '', '', '', '', '', '')`

func nothingLapsed(t *testing.T, db *pgxpool.Pool, when string) {
	t.Helper()
	if lapses, err := rollup.CheckKept(t.Context(), db); err != nil || len(lapses) > 0 {
		t.Errorf("%s: %v, %v", when, lapses, err)
	}
}

// Whatever many write, rename and take away at the same time: the names that are kept are
// those that gifts bear.
func TestNamesAreThoseOfTheGifts(t *testing.T) {
	db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `insert into donors (donor_id, email_key) select 'dnr_' || n, n || '@example.org' from generate_series(0, 2) n`); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 3))
			donor := func() string { return []string{"", "dnr_0", "dnr_1", "dnr_2"}[random.IntN(4)] }
			name := func() string { return []string{"", "Ada", "Bo Byron", "Eve"}[random.IntN(4)] }
			gift := func() string { return fmt.Sprintf("pi_%d_%d", w, random.IntN(60)) }
			for i := range 60 {
				var err error
				switch random.IntN(4) {
				case 0, 1:
					_, err = db.Exec(t.Context(), namedGiftSQL, fmt.Sprintf("%d_%d", w, i), donor(), name())
				case 2:
					_, err = db.Exec(t.Context(), `update donations set donor_id = nullif($2, ''), donor_name = $3 where payment = $1`, gift(), donor(), name())
				case 3:
					_, err = db.Exec(t.Context(), `delete from donations where payment = $1`, gift())
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	nothingLapsed(t, db, "side by side")
	for _, step := range []string{
		`update donations set donor_name = repeat('Ada Byron-Lovelace ', 5000) where donor_id = 'dnr_1'`, // longer than an index can hold
		`update donations set donor_id = 'dnr_0', donor_name = 'Same'`, `update donations set amount = amount + 1`, `delete from donations`,
	} {
		if _, err := db.Exec(t.Context(), step); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		nothingLapsed(t, db, step)
	}
}

// Somebody who takes the last gift of a name waits for whoever gives by it again, and
// leaves it.
func TestANameThatIsGivenAgainStays(t *testing.T) {
	db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `insert into donors (donor_id, email_key) values ('dnr_a', 'a@example.org')`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), namedGiftSQL, "1", "dnr_a", "Ada"); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), namedGiftSQL, "2", "dnr_a", "Ada"); err != nil {
		t.Fatal(err)
	}
	removed := make(chan error, 1)
	go func() {
		_, err := db.Exec(t.Context(), `delete from donations where payment = 'pi_1'`)
		removed <- err
	}()
	// Until the delete waits for the name.
	for waits := false; !waits; {
		if err := db.QueryRow(t.Context(), `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'delete from donations%')`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-removed; err != nil {
		t.Fatal(err)
	}
	nothingLapsed(t, db, "given again")
}

// Rows that were written while the triggers were off are named, and put right.
func TestWhatIsKeptIsMended(t *testing.T) {
	db := pgtest.New(t)
	for _, sql := range []string{
		`insert into donors (donor_id, email_key) values ('dnr_a', 'a@example.org')`,
		`insert into payout_rows (id, payout) values ('txn_1', 'po_1'), ('txn_2', 'po_1')`,
		`alter table donations disable trigger user; alter table balance_transactions disable trigger user`,
		`insert into donor_names (donor_id, name) values ('dnr_a', 'Eve')`,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on) values ('txn_1', 'ch_1', 'charge', 'charge', 'EUR', 100, 3, 97, '', 77, 77)`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if _, err := db.Exec(t.Context(), namedGiftSQL, "1", "dnr_a", "Ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `alter table donations enable trigger user; alter table balance_transactions enable trigger user`); err != nil {
		t.Fatal(err)
	}
	lapses, err := rollup.CheckKept(t.Context(), db)
	if err != nil || len(lapses) != 2 || lapses[0] != (rollup.Lapse{Table: "donor_names", Missing: 1, Stale: 1}) || lapses[1] != (rollup.Lapse{Table: "payout_order", Missing: 1, Stale: 1}) {
		t.Errorf("%v, %v", lapses, err)
	}
	if n, err := rollup.Mend(t.Context(), db); err != nil || n < 4 {
		t.Errorf("%d put right, %v", n, err)
	}
	nothingLapsed(t, db, "mended")
	if n, err := rollup.Mend(t.Context(), db); err != nil || n != 0 {
		t.Errorf("a second mending finds %d, %v", n, err)
	}
}

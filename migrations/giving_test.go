package migrations_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgtest"
)

// The sums of what was given are filled from the donations that are there, and
// come to the same when they are made a second time.
func TestSumsAreFilledFromWhatIsThere(t *testing.T) {
	dsn := pgtest.NewURL(t)
	const givingVersion = 7
	back := int(status(t, dsn).Current) - givingVersion + 1
	if err := migrations.Down(t.Context(), dsn, back, quiet()); err != nil {
		t.Fatal(err)
	}
	exec(t, dsn, `insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, disputed, method,
			balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_name, donor_email,
			country, payment_intent, charge, invoice, subscription, checkout_session)
		select 'don_' || i, 'pi_' || i, timestamptz '2026-11-03 09:00Z' + i * interval '7 minutes', 'one_time',
			case when i % 10 = 0 then 'pending' else 'succeeded' end, case when i % 3 = 0 then 'EUR' else 'USD' end, 1000,
			case when i % 10 = 1 then 1000 else 0 end, case when i % 10 = 2 then 400 else 0 end, '', '', 'c', 'news', '', '', '', '', '', '', '', '', '', '', '', ''
		from generate_series(1, 100) i`)
	const want = "90 10 90000 10000 4000"
	sums := func() (got string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(t.Context()) }()
		if err := conn.QueryRow(t.Context(), `select concat_ws(' ', sum(gifts), sum(undone), sum(amount), sum(refunded), sum(disputed)) from giving`).Scan(&got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	for range 2 {
		up(t, dsn)
		if got := sums(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if err := migrations.Down(t.Context(), dsn, back, quiet()); err != nil {
			t.Fatal(err)
		}
	}
	up(t, dsn)
	exec(t, dsn, "delete from donations where refunded > 0")
	if got := sums(); got != "80 0 80000 0 4000" {
		t.Errorf("after some are removed: %s", got)
	}
}

package browse

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// manyGifts writes so many gifts of a fifth as many donors: every hundredth failed and
// every two hundredth is disputed, one campaign and one currency are rare. Gift 0 is
// the oldest; several came in each second.
func manyGifts(t *testing.T, db *pgxpool.Pool, gifts int) {
	t.Helper()
	for _, sql := range []string{
		`insert into donors (donor_id, email_key) select 'dnr_' || n, 'reader' || n || '@example.org' from generate_series(0, $1::int / 5) n`,
		`insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method, balance_transaction, checkout_id, campaign,
			appeal, variant, placement, article, donor_id, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session, dispute_status)
		select 'don_' || lpad((n::bigint * 7919 % 1000003)::text, 7, '0'), 'pi_' || n, timestamptz '2026-01-01 00:00Z' + n / 3 * interval '1 second',
			case n % 3 when 0 then 'monthly' when 1 then 'one_time' else 'annual' end, case when n % 100 = 7 then 'failed' else 'succeeded' end,
			case when n % 997 = 0 then 'JPY' else 'EUR' end, 500 + n % 40 * 100, 0, 'card', 'txn_' || n, 'chk_' || n, case when n % 499 = 0 then 'rare' else 'news' end,
			'', '', 'end', '', 'dnr_' || n / 5, 'Reader ' || n / 5, 'reader' || n / 5 || '@example.org', 'DE', 'pi_' || n, 'ch_' || n, '', case when n % 3 = 0 then 'sub_' || n else '' end, '',
			case when n % 200 = 9 then 'open' else 'none' end
		from generate_series(0, $1::int - 1) n`,
		`insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, started_at, current_period_end, cancel_at_period_end, cancel_reason,
			checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country)
		select 'rec_' || n, 'sub_' || n, 'monthly', case when n % 4 = 0 then 'past_due' when n % 5 = 0 then 'canceled' else 'active' end, 'EUR', 500, case when n % 11 > 0 then timestamptz '2026-01-01 00:00Z' + n * interval '1 minute' end,
			timestamptz '2026-06-01 00:00Z' + n % 1000 * interval '1 minute', n % 7 = 0, '', 'chk_' || n, 'news', '', '', '', '', 'dnr_' || n / 5, '', '', ''
		from generate_series(0, $1::int - 1, 3) n`,
		`insert into charges (id, payment, checkout_id, customer, currency, amount, amount_refunded, balance_transaction, method, email, name, country, created, told_class, told_at, told_rank, told_event, status, failure_code)
		select charge, payment, '', '', currency, amount, 0, balance_transaction, 'card', '', '', '', 1, 0, 0, 0, '', 'succeeded', '' from donations where $1::int > 0`,
		`insert into disputes (id, charge, payment, currency, amount, reason, created, told_class, told_at, told_rank, told_event, status, due_by)
		select 'dp_' || n, 'ch_' || n, '', 'EUR', 500, 'fraudulent', 1767225600 + n / 9, 0, 0, 0, '', case when n % 40 = 0 then 'needs_response' else 'lost' end, 1767225600 + n % 1000
		from generate_series(0, $1::int - 1, 4) n`,
		`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival)
		select 'po_' || n, 'paid', 'EUR', 500, true, 'standard', '', '', '', 1767225600 + n, 1767225600 + n / 3 * 86400 from generate_series(0, least($1::int / 10, 2000)) n`,
		`insert into inbox_events (event_id, api_version, type, created_at, received_at, status, error, retry_at, payload)
		select 'evt_' || n, '', case when n % 500 = 0 then 'review.opened' else 'charge.succeeded' end, now(), current_timestamp, case when n % 900 = 3 then 'parked' else 'merged' end,
			case when n % 900 = 3 then 'no such field' else '' end, null, convert_to('{"data":{"object":{"id":"ch_' || n || '","payment_intent":"pi_' || n || '"}}}', 'UTF8')
		from generate_series(0, $1::int - 1) n`,
	} {
		if _, err := db.Exec(t.Context(), sql, gifts); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if _, err := db.Exec(context.WithoutCancel(t.Context()), "vacuum analyze"); err != nil {
		t.Fatal(err)
	}
}

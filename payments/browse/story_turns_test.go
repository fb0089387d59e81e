package browse

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

func must(t *testing.T, db *pgxpool.Pool, all ...string) {
	t.Helper()
	for _, sql := range all {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%v in\n%s", err, sql)
		}
	}
}

// A payout that the bank sent back is not the one that brings a gift's money: the one
// that carried its reversal is, and where that failed too, the next.
func TestAFailedPayoutLeadsToTheNext(t *testing.T) {
	db := pgtest.New(t)
	oneGift(t, db)
	must(t, db,
		`update payouts set status = 'failed', failure_code = 'account_closed', failure_transaction = 'txn_back' where id = 'po_1'`,
		`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival)
			values ('po_again', 'failed', 'USD', 3110, true, 'standard', '', 'txn_back_2', 'account_closed', 1, 1772755200), ('po_last', 'paid', 'USD', 3110, true, 'standard', '', '', '', 1, 1772841600)`,
		`insert into payout_rows (id, payout) values ('txn_back', 'po_again'), ('txn_back_2', 'po_last')`,
		`insert into bank_lines (id, day, currency, amount, text, stripes, read_at) values (repeat('b', 64), '2026-03-06', 'USD', -3110, 'STRIPE', true, now())`,
		`insert into bank_ticks (payout, kind, line) values ('po_1', 'return', repeat('b', 64))`)
	b := &Books{DB: db}
	s, err := b.Story(t.Context(), "don_ada", false)
	if err != nil {
		t.Fatal(err)
	}
	way := s.Way(s.Movements[0])
	if len(way) != 3 || way[0].ID != "po_1" || way[1].ID != "po_again" || way[2].ID != "po_last" || way[0].BankDay != "2026-03-05" || way[0].ReturnDay != "2026-03-06" || way[0].Again != "po_again" || way[2].Again != "" {
		t.Errorf("%+v", way)
	}
	// Payouts that name each other lead nowhere, and end.
	must(t, db, `update payout_rows set payout = 'po_1' where id = 'txn_back_2'`)
	if s, err = b.Story(t.Context(), "don_ada", false); err != nil || len(s.Way(s.Movements[0])) != 2 {
		t.Errorf("%+v, %v", s.Payouts, err)
	}
}

// The first event that tells of a state gives its moment; what was asked of Stripe, and
// what is of another object or state, does not.
func TestFirstToldOfAState(t *testing.T) {
	db := pgtest.New(t)
	oneGift(t, db)
	must(t, db, `insert into inbox_events (event_id, api_version, type, created_at, received_at, status, payload) values
		('evt_p', '', 'charge.pending', '2026-03-01 10:00Z', now(), 'merged', '{"data":{"object":{"id":"ch_1","status":"pending"}}}'),
		('evt_h', '', 'charge.succeeded', '2026-03-02 10:00Z', now(), 'merged', '{"data":{"object":{"id":"ch_1","status":"succeeded","captured":false}}}'),
		('evt_r', '', 'charge.refunded', '2026-03-09 10:00Z', now(), 'merged', '{"data":{"object":{"id":"ch_1","status":"succeeded","captured":true}}}'),
		('evt_s', '', 'charge.succeeded', '2026-03-05 10:00Z', now(), 'merged', '{"data":{"object":{"id":"ch_1","status":"succeeded"}}}'),
		('evt_l', '', 'readerfund.listed', '2026-03-03 10:00Z', now(), 'merged', '{"data":{"object":{"id":"ch_1","status":"succeeded"}}}')`)
	b := &Books{DB: db}
	s, err := b.Story(t.Context(), "don_ada", false)
	if err != nil {
		t.Fatal(err)
	}
	for state, want := range map[string]time.Time{
		"pending": time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), "succeeded": time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC), "uncaptured": time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), "failed": {},
	} {
		if got := s.First("ch_1", state); !got.Equal(want) {
			t.Errorf("first %s: %s, want %s", state, got, want)
		}
	}
}

// An inquiry that is over is told from one that a bank still makes up its mind about,
// in the list and in the story.
func TestAnInquiryThatIsOver(t *testing.T) {
	db := pgtest.New(t)
	oneGift(t, db)
	b := &Books{DB: db}
	for status, asks := range map[string]bool{"warning_needs_response": true, "warning_under_review": true, "warning_closed": false} {
		must(t, db, `update donations set dispute_status = 'warning' where donation_id = 'don_ada'`, `update disputes set status = '`+status+`' where id = 'dp_1'`)
		for _, by := range []string{`update disputes set charge = 'ch_1', payment = '' where id = 'dp_1'`, `update disputes set charge = '', payment = 'pi_1' where id = 'dp_1'`} {
			must(t, db, by)
			p, err := b.Donations(t.Context(), DonationFilter{Dispute: "warning"}, Turn{})
			if err != nil || len(p.Rows) != 1 || p.Rows[0].Inquired != asks {
				t.Errorf("%s: %+v, %v", status, p.Rows, err)
			}
			if s, err := b.Story(t.Context(), "don_ada", false); err != nil || s.Inquired != asks || s.Inquires() != asks {
				t.Errorf("%s: %+v, %v", status, s.Disputes, err)
			}
		}
	}
}

// Of what was booked in one second, the charge stands before what was taken of it, and
// that before what was given back; the ledger's lines are in the same order.
func TestBookedInOneSecond(t *testing.T) {
	db := pgtest.New(t)
	oneGift(t, db)
	must(t, db, `insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on) values
			('txn_0a', 'dp_1', 'adjustment', 'dispute_reversal', 'USD', 5500, 0, 5500, '', 1772359200, 1772359200), ('txn_0b', 'dp_1', 'adjustment', 'dispute', 'USD', -5500, 0, -5500, '', 1772359200, 1772359200)`,
		`insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at) values
			('txn_0a.1', 'txn_0a', 'original', 1, 'stripe_clearing', 'USD', 5500, '', 1772359200), ('txn_0a.1', 'txn_0a', 'original', 1, 'other', 'USD', -5500, '', 1772359200),
			('txn_0b.1', 'txn_0b', 'original', 1, 'other', 'USD', 5500, '', 1772359200), ('txn_0b.1', 'txn_0b', 'original', 1, 'stripe_clearing', 'USD', -5500, '', 1772359200)`)
	b := &Books{DB: db}
	s, err := b.Story(t.Context(), "don_ada", false)
	if err != nil {
		t.Fatal(err)
	}
	var booked, entered []string
	for _, m := range s.Movements {
		booked = append(booked, m.ID)
	}
	for _, p := range s.Postings {
		entered = append(entered, p.Movement)
	}
	if want := []string{"txn_1", "txn_0b", "txn_0a", "txn_2"}; !slices.Equal(booked, want) || !slices.Equal(slices.Compact(entered), want[:3]) {
		t.Errorf("booked %q, entered %q", booked, entered)
	}
}

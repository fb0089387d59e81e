package app

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// What waits for somebody is read from where it is kept; what takes long to count is
// kept for a minute, and a page does without it rather than to fail.
func TestStandings(t *testing.T) {
	db := pgtest.New(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clock := now
	s := newStandings(Config{StripeSecretKey: "sk_test_123456789012"}, newInbox(db, nil, func() time.Time { return clock }, slog.New(slog.DiscardHandler)))
	s.slow.patience = time.Minute // two busy cores may take their time
	st, err := s.read(t.Context())
	if err != nil || !st.Counted || st.Parked != 0 || st.Compared || st.Disputes != 0 || st.OnTheWay != 0 || len(st.AtStripe) != 0 {
		t.Errorf("empty books: %+v, %v", st, err)
	}
	for _, q := range []string{
		`insert into inbox_events (event_id, api_version, type, received_at, status, error, payload) values ('evt_1', '', 'charge.succeeded', '2026-11-23 10:00Z', 'parked', 'it cannot', '{}')`,
		`insert into disputes (id, charge, payment, currency, amount, reason, created, told_class, told_at, told_rank, told_event, status, due_by)
			select 'dp_' || i, '', '', 'EUR', 100 * i, '', 0, 0, 0, 0, '', case when i < 8 then 'needs_response' else 'won' end, case when i > 1 then 1796000000 - i else 0 end from generate_series(1, 9) i`,
		`insert into disputes (id, charge, payment, currency, amount, reason, created, told_class, told_at, told_rank, told_event, status, due_by)
			values ('dp_asked', '', '', 'EUR', 100, '', 0, 0, 0, 0, '', 'warning_needs_response', 1790000000), ('dp_over', '', '', 'EUR', 100, '', 0, 0, 0, 0, '', 'warning_closed', 1790000000)`,
		`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival)
			values ('po_1', 'in_transit', 'EUR', 900, true, '', '', '', '', 1, 1795478400), ('po_2', 'paid', 'EUR', 900, true, '', '', '', '', 1, 1)`,
		`insert into reconciliations (began, ended, since, found, healed, remaining, equal) values ('2026-11-22 02:00Z', '2026-11-22 02:01Z', '2026-10-01', 3, 1, 2, false)`,
		`insert into recurring_findings (subscription, kind, detail, first_seen, last_seen) values ('sub_1', 'missing', 'x', now(), now()), ('sub_1', 'card', 'x', now(), now())`,
		`insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at)
			values ('je_1', 'txn_1', 'original', 1, '` + payments.AccountClearing + `', 'EUR', 500, '', 1), ('je_1', 'txn_1', 'original', 1, 'foreign', 'EUR', -500, '', 1)`,
	} {
		if _, err := db.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	st, err = s.read(t.Context())
	if err != nil || st.Parked != 1 || !st.ParkedSince.Equal(now.Add(-2*time.Hour)) || !st.Compared || st.Differ != 2 || st.Missing != 1 || st.Card != 1 || st.Failing != 0 {
		t.Errorf("%+v, %v", st, err)
	}
	if st.Disputes != 7 || len(st.DisputeDue) != shownOnOverview || st.DisputeDue[0].ID != "dp_7" || !st.DisputeDue[0].DueBy.Equal(time.Unix(1796000000-7, 0)) {
		t.Errorf("disputes: %d, %+v", st.Disputes, st.DisputeDue)
	}
	if st.Inquiries != 1 || len(st.InquiryDue) != 1 || st.InquiryDue[0].ID != "dp_asked" {
		t.Errorf("inquiries: %d, %+v", st.Inquiries, st.InquiryDue)
	}
	if st.OnTheWay != 1 || st.OnTheWayFirst[0].ID != "po_1" || st.OnTheWayFirst[0].Arrival.UTC().Format(time.DateOnly) != "2026-11-24" {
		t.Errorf("payouts: %+v", st.OnTheWayFirst)
	}
	if len(st.AtStripe) != 0 || !st.CountedAt.Equal(now) {
		t.Errorf("what was counted just now is counted again: %+v", st.AtStripe)
	}
	clock = now.Add(countedFor)
	// The counting goes on beside the page, which has what was counted before.
	deadline := time.Now().Add(20 * time.Second)
	for len(st.AtStripe) == 0 && err == nil && time.Now().Before(deadline) {
		s.slow.wait()
		st, err = s.read(t.Context())
	}
	if err != nil || len(st.AtStripe) != 1 || st.AtStripe[0] != money.New(500, "EUR") || !st.CountedAt.Equal(clock) {
		t.Errorf("at Stripe: %+v of %s, %v", st.AtStripe, st.CountedAt, err)
	}
	// Whoever looks first after hours is shown what is, not what whoever looked last saw.
	if _, err := db.Exec(t.Context(), `insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at)
		values ('je_2', 'txn_2', 'original', 1, '`+payments.AccountClearing+`', 'EUR', -900, '', 1), ('je_2', 'txn_2', 'original', 1, 'foreign', 'EUR', 900, '', 1)`); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(staleAfter)
	st, err = s.read(t.Context())
	if err != nil || len(st.AtStripe) != 1 || st.AtStripe[0] != money.New(-400, "EUR") || !st.CountedAt.Equal(clock) || st.Recounted {
		t.Errorf("at Stripe: %+v of %s, %v", st.AtStripe, st.CountedAt, err)
	}
	// Where the counting takes too long, the old one is called old.
	s.slow.patience = 0
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table postings"); err != nil {
		t.Fatal(err)
	}
	counted := clock
	clock = clock.Add(staleAfter)
	st, err = s.read(t.Context())
	if err != nil || !st.CountedAt.Equal(counted) || !st.Recounted {
		t.Errorf("counted at %s, again: %v, %v", st.CountedAt, st.Recounted, err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.slow.wait()
	db.Close()
	if _, err := s.read(t.Context()); err == nil || errors.Is(err, t.Context().Err()) {
		t.Errorf("without a database: %v", err)
	}
}

// wait waits for a counting that runs.
func (s *slowly) wait() {
	s.mu.Lock()
	running := s.running
	s.mu.Unlock()
	if running != nil {
		<-running
	}
}

package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// What waits for somebody is read from where it is kept; what takes long to count is
// counted beside the pages, which show the last count with its time and wait for none.
func TestStandings(t *testing.T) {
	db := pgtest.New(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clock := now
	s := newStandings(Config{StripeSecretKey: "sk_test_123456789012"}, newInbox(db, nil, func() time.Time { return clock }, slog.New(slog.DiscardHandler)))
	st, err := s.read(t.Context())
	if err != nil || st.Counted {
		t.Errorf("before the first counting: %+v, %v", st, err)
	}
	s.slow.count(t.Context())
	st, err = s.read(t.Context())
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
	if s.slow.asked() {
		t.Error("what was counted just now is asked for again")
	}
	// The page has what was counted before, and has it counted anew.
	st, err = s.read(t.Context())
	if err != nil || len(st.AtStripe) != 0 || !st.CountedAt.Equal(now) || st.Recounted || !s.slow.asked() {
		t.Errorf("at Stripe: %+v of %s, asked for anew: %v, %v", st.AtStripe, st.CountedAt, s.slow.asked(), err)
	}
	s.slow.count(t.Context())
	st, err = s.read(t.Context())
	if err != nil || len(st.AtStripe) != 1 || st.AtStripe[0] != money.New(500, "EUR") || !st.CountedAt.Equal(clock) || s.slow.asked() {
		t.Errorf("at Stripe: %+v of %s, %v", st.AtStripe, st.CountedAt, err)
	}
	// An old count is called old, and nobody waits: not where counting cannot go on either.
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table postings"); err != nil {
		t.Fatal(err)
	}
	counted := clock
	clock = clock.Add(staleAfter)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.slow.run(ctx) }()
	st, err = s.read(t.Context())
	if err != nil || !st.CountedAt.Equal(counted) || !st.Recounted {
		t.Errorf("counted at %s, again: %v, %v", st.CountedAt, st.Recounted, err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); st.Recounted && err == nil && time.Now().Before(deadline); {
		st, err = s.read(t.Context())
	}
	if err != nil || !st.CountedAt.Equal(clock) || st.Recounted {
		t.Errorf("counted at %s, again: %v, %v", st.CountedAt, st.Recounted, err)
	}
	stop()
	<-ended
	db.Close()
	if _, err := s.read(t.Context()); err == nil || errors.Is(err, t.Context().Err()) {
		t.Errorf("without a database: %v", err)
	}
}

// asked tells whether a counting is asked for.
func (s *slowly) asked() bool { return len(s.looked) > 0 }

package inbox_test

import (
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// A refund that no event tells by itself is asked for with what was booked of it:
// the ledger says at once whose money went, without a correction.
func TestPullingAsksForRefundsThatNoEventTells(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "")
	payment := s.gift(1)
	s.refund(payment)
	s.pass(time.Minute)
	s.drain()
	if n := number(t, db, `select count(*) from refunds`); n != 0 {
		t.Fatalf("%d refunds are told by events", n)
	}
	if done := pull(t, in, s.source); done.Taken != 2 {
		t.Errorf("%+v", done)
	}
	if n := number(t, db, `select count(*) from postings where account like 'refunds:%' and donation_id <> ''`); n != 1 {
		t.Errorf("%d refunds are posted", n)
	}
	if n := number(t, db, `select count(*) from postings where account = 'other' or kind = 'correction'`); n != 0 {
		t.Errorf("%d lines of corrections, or of what nobody knows", n)
	}
	nothingParked(t, db)
}

package statements_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/erasure"
	"github.com/readerfund/readerfund/payments/statements"
)

func again(context.Context, pgx.Tx, int) error { return nil }

func cancelled(context.Context, pgx.Tx) error { return nil }

// Whoever had a statement gets another only where its figures changed, and somebody
// asked for it; it says that it takes the other's place.
func TestChangedFigures(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 2500}, gift{donor: "bob", amount: 900}, gift{donor: "eve", amount: 500})
	h.order(statements.Wish{})
	h.sends()
	h.exec(`update donations set refunded = 500 where amount = 2500`)
	h.exec(`update donations set refunded = amount where amount = 500`)
	h.give(gift{donor: "kim", amount: 100})
	p := h.plan()
	if told(p.Send) != "1: 1 1 1.00 EUR" || told(p.Changed) != "2: 2 2 20.00 EUR" || told(p.Have) != "1: 1 1 9.00 EUR" || p.Nothing.Donors != 0 || p.Donors(true) != 3 {
		t.Errorf("%+v", p)
	}
	h.order(statements.Wish{})
	h.sends()
	if got := h.post.times(); !maps.Equal(got, map[string]int{"ada": 1, "bob": 1, "eve": 1, "kim": 1}) {
		t.Errorf("without being asked: %v", got)
	}
	_, err := h.office.Order(t.Context(), statements.Wish{Year: 2025, By: "carla"}, nothingElse)
	wants(t, "nobody new", err, payments.Invalid, "The figures of 2 have changed")
	h.post.taken = nil
	run := h.order(statements.Wish{Again: true})
	h.sends()
	if got := h.post.times(); !maps.Equal(got, map[string]int{"ada": 1, "eve": 1}) {
		t.Errorf("asked for: %v", got)
	}
	for _, l := range h.post.taken {
		if !l.Replaces {
			t.Errorf("it does not say that it takes another's place: %+v", l)
		}
	}
	if r := h.run(run.ID); told(statements.Group{Sums: r.Mailed}) != "0: 2 2 20.00 EUR" {
		t.Errorf("%+v", r)
	}
	if p := h.plan(); p.Donors(true) != 0 || p.Have.Donors != 4 {
		t.Errorf("in the end: %+v", p)
	}
}

// A bank debit may fail long after it succeeded: whoever has a statement of nothing else
// is counted, for somebody to write to them.
func TestNothingStandsAnyMore(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 2500}, gift{donor: "bob", amount: 900})
	h.order(statements.Wish{})
	h.sends()
	h.exec(`update donations set status = 'failed' where amount = 2500`)
	if p := h.plan(); p.Gone != 1 || p.Have.Donors != 1 || p.Donors(true) != 0 {
		t.Errorf("%+v", p)
	}
}

// What is mailed are the figures of the moment in which it is written.
func TestARefundDuringTheRun(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 2500}, gift{donor: "bob", amount: 900})
	run := h.order(statements.Wish{})
	h.exec(`update donations set refunded = 500 where amount = 2500`)
	h.exec(`update donations set refunded = amount where amount = 900`)
	h.sends()
	r := h.run(run.ID)
	if r.Sent != 1 || r.Nothing != 1 || told(statements.Group{Sums: r.Mailed}) != "0: 1 1 20.00 EUR" || h.post.taken[0].Statement.Totals["EUR"] != 2000 {
		t.Errorf("%+v", r)
	}
	if p := h.plan(); p.Have.Donors != 1 || p.Changed.Donors != 0 {
		t.Errorf("%+v", p)
	}
}

func TestCancelled(t *testing.T) {
	h := newHouse(t)
	h.many(3)
	first := h.order(statements.Wish{})
	// One is being mailed while somebody cancels: it goes out.
	h.post.before = func(statements.Letter) error {
		return h.office.Cancel(t.Context(), first.ID, "bob", cancelled)
	}
	if _, err := h.office.SendNext(t.Context(), h.post.write); err != nil {
		t.Fatal(err)
	}
	h.post.before = nil
	h.sends()
	r := h.run(first.ID)
	if r.State != statements.Cancelled || r.CancelledBy != "bob" || r.Sent != 1 || r.CalledOff != 2 || r.Waiting != 0 || len(h.post.taken) != 1 {
		t.Errorf("%+v, %d mails", r, len(h.post.taken))
	}
	wants(t, "twice", h.office.Cancel(t.Context(), first.ID, "bob", cancelled), payments.Invalid, "has ended already")
	wants(t, "no run", h.office.Cancel(t.Context(), "ysr_nobody", "bob", cancelled), payments.NotFound, "no such run")
	h.now = h.now.Add(time.Hour)
	h.order(statements.Wish{})
	h.sends()
	if got := h.post.times(); !maps.Equal(got, map[string]int{"reader0": 1, "reader1": 1, "reader2": 1}) {
		t.Errorf("the next run does the rest: %v", got)
	}
	runs, err := h.office.List(t.Context(), 2025)
	if err != nil || len(runs) != 2 || runs[1].ID != first.ID {
		t.Errorf("%+v, %v", runs, err)
	}
}

// Cancelled while a mail was being written: it does not go out.
func TestCancelledBeforeItIsHandedOver(t *testing.T) {
	h := newHouse(t)
	h.many(1)
	run := h.order(statements.Wish{})
	_, err := h.office.SendNext(t.Context(), func(l statements.Letter) (statements.Parcel, error) {
		if err := h.office.Cancel(t.Context(), run.ID, "bob", cancelled); err != nil {
			t.Error(err)
		}
		return h.post.write(l)
	})
	if err != nil || len(h.post.taken) != 0 || h.run(run.ID).CalledOff != 1 {
		t.Errorf("%d mails, %+v, %v", len(h.post.taken), h.run(run.ID), err)
	}
}

// Of many who order at once one does; everybody is written down once.
func TestOrderedByManyAtOnce(t *testing.T) {
	h := newHouse(t)
	want := h.many(20)
	var orders sync.WaitGroup
	var won atomic.Int32
	for range 6 {
		orders.Go(func() {
			_, err := h.office.Order(t.Context(), statements.Wish{Year: 2025, By: "carla"}, nothingElse)
			if err == nil {
				won.Add(1)
				return
			}
			wants(t, "the others", err, payments.Invalid, "are being mailed already")
		})
	}
	orders.Wait()
	if won.Load() != 1 {
		t.Errorf("%d runs were ordered", won.Load())
	}
	h.sends()
	if got := h.post.times(); !maps.Equal(got, want) {
		t.Errorf("mailed: %v", got)
	}
}

// What cannot be written down is not done.
func TestNotAuditedNotDone(t *testing.T) {
	h := newHouse(t)
	h.many(1)
	full := errors.New("the audit cannot be written")
	if _, err := h.office.Order(t.Context(), statements.Wish{Year: 2025, By: "carla"}, func(context.Context, pgx.Tx, statements.Run) error { return full }); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if p := h.plan(); p.Running != "" {
		t.Errorf("%+v", p)
	}
	run := h.order(statements.Wish{})
	if err := h.office.Cancel(t.Context(), run.ID, "bob", func(context.Context, pgx.Tx) error { return full }); !errors.Is(err, full) || h.run(run.ID).State != statements.Running {
		t.Errorf("%v, %+v", err, h.run(run.ID))
	}
}

// Whoever agreed to some statements has no more mailed than those.
func TestMoreThanSomebodyAgreedTo(t *testing.T) {
	h := newHouse(t)
	h.many(2)
	h.give(gift{donor: "ada", amount: 100})
	_, err := h.office.Order(t.Context(), statements.Wish{Year: 2025, By: "carla", Seen: 2}, nothingElse)
	wants(t, "one more", err, payments.Invalid, "2 when you looked, 3 now")
	if p := h.plan(); p.Running != "" {
		t.Errorf("%+v", p)
	}
	if run := h.order(statements.Wish{Seen: 3}); run.Waiting != 3 {
		t.Errorf("%+v", run)
	}
}

// sweeper has no stored events to go through.
type sweeper struct{}

func (sweeper) SweepErased(context.Context) (int, error) { return 0, nil }

// Whoever is erased is mailed nothing, and nothing that is kept of a run leads to them.
func TestErased(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 2500}, gift{donor: "bob", amount: 900}, gift{donor: "eve", amount: 300})
	run := h.order(statements.Wish{})
	h.post.before = func(l statements.Letter) error {
		if l.To.To == "bob@example.org" {
			return &payments.DeliveryError{Permanent: true, Err: errors.New("550 no mailbox bob@example.org")}
		}
		return nil
	}
	people := &erasure.People{DB: h.db, Events: sweeper{}, Now: h.office.Now, Log: slog.New(slog.DiscardHandler)}
	erase := func(donor string) {
		t.Helper()
		h.exec(`update donations set donor_email = '' where donor_id = $1`, "dnr_"+donor) // as the merge does, from Stripe's objects
		if _, err := people.Erase(t.Context(), "dnr_"+donor); err != nil {
			t.Fatal(err)
		}
	}
	erase("ada")
	h.sends()
	erase("bob")
	if got := h.post.times(); !maps.Equal(got, map[string]int{"eve": 1}) {
		t.Errorf("mailed: %v", got)
	}
	r := h.run(run.ID)
	if r.Erased != 1 || r.Failed != 1 || r.Sent != 1 || r.State != statements.Over {
		t.Errorf("%+v", r)
	}
	var words int
	h.scan(&words, `select count(*) from statements where error <> '' or donor_id in ('dnr_ada', 'dnr_bob')`)
	if words != 0 {
		t.Error("something leads to them")
	}
	_, err := h.office.Again(t.Context(), run.ID, false, again)
	wants(t, "nobody is left to be mailed", err, payments.Invalid, "None of this run")
}

// Cancelled while the mail server is told of one, which it does not take, or which is
// then seen to be away: that one is not mailed either, and the next run has it.
func TestCancelledWhileItIsHandedOver(t *testing.T) {
	for what, answer := range map[string]error{"away": errAway, "not now": &payments.DeliveryError{Err: errors.New("450 later")}} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.give(gift{donor: "ada", amount: 2500}, gift{donor: "bob", amount: 900})
			run := h.order(statements.Wish{})
			h.post.before = func(statements.Letter) error {
				if err := h.office.Cancel(t.Context(), run.ID, "bob", cancelled); err != nil {
					t.Error(err)
				}
				_, err := h.office.Order(t.Context(), statements.Wish{Year: 2025, By: "carla"}, nothingElse)
				wants(t, "ordered while it is handed over", err, payments.Invalid, "still handing one statement")
				return answer
			}
			if _, err := h.office.SendNext(t.Context(), h.post.write); err != nil && !errors.Is(err, errAway) {
				t.Fatal(err)
			}
			if r := h.run(run.ID); r.State != statements.Cancelled || r.CalledOff != 2 || r.Waiting != 0 {
				t.Errorf("%+v", r)
			}
			h.now = h.now.Add(time.Hour)
			if outcome, err := h.office.SendNext(t.Context(), h.post.write); outcome != statements.Nothing || err != nil {
				t.Errorf("a cancelled run goes on: %q, %v", outcome, err)
			}
			h.post.before = nil
			h.order(statements.Wish{})
			h.sends()
			if got := h.post.times(); !maps.Equal(got, map[string]int{"ada": 1, "bob": 1}) {
				t.Errorf("mailed: %v", got)
			}
		})
	}
}

// What waits in a run that has ended, as an earlier version left it, does not keep the
// sender busy, nor the year from another run.
func TestWaitingInARunThatHasEnded(t *testing.T) {
	h := newHouse(t)
	h.many(2)
	run := h.order(statements.Wish{})
	if err := h.office.Cancel(t.Context(), run.ID, "bob", cancelled); err != nil {
		t.Fatal(err)
	}
	h.exec(`update statements set state = 'waiting', reason = ''`)
	// One is claimed before anybody tidies, the other is not.
	for _, want := range []statements.Outcome{statements.Skipped, statements.Nothing} {
		if outcome, err := h.office.SendNext(t.Context(), h.post.write); outcome != want || err != nil {
			t.Errorf("%q, %v", outcome, err)
		}
		h.tidies()
	}
	if r := h.run(run.ID); r.CalledOff != 2 || len(h.post.taken) != 0 {
		t.Errorf("%+v, %d mails", r, len(h.post.taken))
	}
}

// Whoever got another statement in the very moment in which the run was cancelled gets
// no third one with the same figures.
func TestCancelledWhileAnotherIsHandedOver(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 2500})
	h.order(statements.Wish{})
	h.sends()
	h.exec(`update donations set refunded = 500`)
	run := h.order(statements.Wish{Again: true})
	h.post.before = func(statements.Letter) error {
		if err := h.office.Cancel(t.Context(), run.ID, "bob", cancelled); err != nil {
			t.Error(err)
		}
		_, err := h.office.Order(t.Context(), statements.Wish{Year: 2025, By: "carla", Again: true}, nothingElse)
		wants(t, "ordered while it is handed over", err, payments.Invalid, "still handing one statement")
		return nil
	}
	h.sends()
	if got := h.post.times(); got["ada"] != 2 {
		t.Errorf("mailed: %v", got)
	}
}

// A run that has nothing left to mail is not ended while somebody has its statements
// tried again: those would wait in a run that mails nothing any more.
func TestTriedAgainWhileTheRunEnds(t *testing.T) {
	h := newHouse(t)
	want := h.many(1)
	run := h.order(statements.Wish{})
	h.exec(`update statements set state = 'failed'`)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	n, err := h.office.Again(ctx, run.ID, false, func(context.Context, pgx.Tx, int) error {
		_, err := h.office.Tidy(ctx)
		return err
	})
	if n != 1 || err != nil {
		t.Fatal(n, err)
	}
	h.sends()
	if got, r := h.post.times(), h.run(run.ID); !maps.Equal(got, want) || r.Sent != 1 {
		t.Errorf("mailed: %v, %+v", got, r)
	}
}

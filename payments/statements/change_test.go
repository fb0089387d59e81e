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

package statements_test

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/statements"
)

// many are donors with one gift each.
func (h *house) many(n int) (all map[string]int) {
	h.t.Helper()
	all = map[string]int{}
	for i := range n {
		donor := fmt.Sprintf("reader%d", i)
		all[donor] = 1
		h.give(gift{donor: donor, amount: int64(100 + i)})
	}
	return all
}

func TestARunMailsEverybodyOnce(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 2500}, gift{donor: "ada", amount: 700, currency: "JPY", kind: "monthly", at: "2025-02-01T12:00:00Z"},
		gift{donor: "bob", amount: 900, refunded: 900}, gift{donor: "eve", amount: 300, refunded: 100}, gift{donor: "kim", amount: 5, silent: true})
	run := h.order(statements.Wish{})
	if run.Waiting != 2 || run.State != statements.Running {
		t.Errorf("ordered: %+v", run)
	}
	if p := h.plan(); p.Running != run.ID || p.Donors(false) != 2 {
		t.Errorf("while it runs: %+v", p)
	}
	_, err := h.office.Order(t.Context(), statements.Wish{Year: 2025, By: "bob"}, nothingElse)
	wants(t, "a second one at once", err, payments.Invalid, "are being mailed already")
	h.sends()
	if got := h.post.times(); !maps.Equal(got, map[string]int{"ada": 1, "eve": 1}) {
		t.Errorf("mailed: %v", got)
	}
	for _, l := range h.post.taken {
		if l.To.To != "ada@example.org" {
			continue
		}
		if s := l.Statement; len(s.Gifts) != 2 || s.Gifts[0].Kind != payments.Monthly || !maps.Equal(s.Totals, map[money.Currency]int64{"EUR": 2500, "JPY": 700}) || s.Zone.String() != "Europe/Berlin" {
			t.Errorf("ada's: %+v", s)
		}
	}
	done := h.run(run.ID)
	if done.State != statements.Over || done.Sent != 2 || done.Waiting != 0 || done.Nothing != 1 || done.NoAddress != 1 || done.EndedAt.IsZero() ||
		told(statements.Group{Sums: done.Mailed}) != "0: 2 2 27.00 EUR, 1 1 700 JPY" {
		t.Errorf("in the end: %+v", done)
	}
	// Nobody gets a second one.
	p := h.plan()
	if p.Donors(true) != 0 || p.Have.Donors != 2 || p.Nothing.Donors != 1 || p.NoAddress.Donors != 1 {
		t.Errorf("afterwards: %+v", p)
	}
	for _, again := range []bool{false, true} {
		_, err = h.office.Order(t.Context(), statements.Wish{Year: 2025, By: "bob", Again: again}, nothingElse)
		wants(t, "another run", err, payments.Invalid, "Nobody is to be mailed")
	}
}

// The digest that tells whether figures changed is one, whether Postgres makes it of
// all donors or the program of the one who is mailed.
func TestFiguresAreTheSameHoweverTheyAreMade(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 2500, at: "2025-06-01T12:00:00.123456Z"}, gift{donor: "ada", amount: 1, at: "2025-06-01T12:00:00.123456Z", currency: "JPY"},
		gift{donor: "ada", amount: 700, kind: "annual", refunded: 600, disputed: 100}, gift{donor: "ada", amount: 9, status: "failed"})
	for range 9 { // ids that sort otherwise as texts than as numbers
		h.give(gift{donor: "ada", amount: 30, at: "2025-07-01T00:00:00Z"})
	}
	run := h.order(statements.Wish{})
	var ordered, sent []byte
	h.scan(&ordered, `select figures from statements where run = $1`, run.ID)
	h.sends()
	h.scan(&sent, `select figures from statements where run = $1 and state = 'sent'`, run.ID)
	figures := statements.Figures(h.post.taken[0].Statement)
	if string(ordered) != string(figures[:]) || string(sent) != string(figures[:]) {
		t.Errorf("ordered %x, sent %x, in the program %x", ordered, sent, figures)
	}
}

// Replicas that mail at the same time mail everybody once.
func TestManySendersAtOnce(t *testing.T) {
	h := newHouse(t)
	want := h.many(60)
	run := h.order(statements.Wish{})
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for {
				outcome, err := h.office.SendNext(t.Context(), h.post.write)
				if err != nil {
					t.Error(err)
				}
				if _, tidied := h.office.Tidy(t.Context()); tidied != nil {
					t.Error(tidied)
				}
				if err != nil || outcome == statements.Nothing {
					return
				}
			}
		})
	}
	senders.Wait()
	h.sends()
	if got := h.post.times(); !maps.Equal(got, want) {
		t.Errorf("mailed: %v", got)
	}
	if r := h.run(run.ID); r.Sent != 60 || r.State != statements.Over {
		t.Errorf("%+v", r)
	}
}

// dies runs what a process does until it is killed: nothing of it comes after that,
// deferred or not.
func dies(f func()) {
	gone := make(chan struct{})
	go func() { defer close(gone); f() }()
	<-gone
}

// A process that is killed while it writes a mail has sent none: the run goes on with
// it. One that is killed while the mail server is told may have: that one is left to a
// person, and the run goes on with the others.
func TestKilledInTheMiddle(t *testing.T) {
	h := newHouse(t)
	want := h.many(5)
	run := h.order(statements.Wish{})
	dies(func() {
		_, _ = h.office.SendNext(t.Context(), func(statements.Letter) (statements.Parcel, error) { runtime.Goexit(); return statements.Parcel{}, nil })
	})
	dies(func() {
		h.post.before = func(l statements.Letter) error { // taken, and nobody lived to write it down
			h.post.taken = append(h.post.taken, l)
			runtime.Goexit()
			return nil
		}
		_, _ = h.office.SendNext(t.Context(), h.post.write)
	})
	h.post.before = nil
	h.sends()
	if r := h.run(run.ID); r.Sent != 3 || r.Waiting != 2 || r.State != statements.Running {
		t.Errorf("what others may still be sending was touched: %+v", r)
	}
	h.now = h.now.Add(6 * time.Minute)
	h.sends() // takes what was being written
	h.sends()
	if got := h.post.times(); !maps.Equal(got, want) {
		t.Errorf("mailed: %v", got)
	}
	r := h.run(run.ID)
	if r.Sent != 4 || r.Unsure != 1 || r.State != statements.Over {
		t.Errorf("in the end: %+v", r)
	}
	if p := h.plan(); p.Donors(true) != 0 || p.Have.Donors != 5 {
		t.Errorf("another run would mail it: %+v", p)
	}
	troubles, err := h.office.Troubles(t.Context(), run.ID, 10)
	if err != nil || len(troubles) != 1 || !troubles[0].Unsure || troubles[0].Error == "" || troubles[0].DonorID == "" {
		t.Errorf("%+v, %v", troubles, err)
	}
	if s, err := h.office.Standing(t.Context()); err != nil || s.Unsure != 1 || s.Failed != 0 || s.Waiting != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	// A person decides that it is mailed again.
	if n, err := h.office.Again(t.Context(), run.ID, true, again); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	h.sends()
	if r := h.run(run.ID); r.Sent != 5 || r.Unsure != 0 || r.State != statements.Over || len(h.post.taken) != 6 {
		t.Errorf("%+v, %d mails", r, len(h.post.taken))
	}
}

// While the mail server is away everything waits, and nothing counts as tried.
func TestMailServerAway(t *testing.T) {
	h := newHouse(t)
	want := h.many(3)
	run := h.order(statements.Wish{})
	h.post.before = func(statements.Letter) error { return errAway }
	for range 3 {
		if outcome, err := h.office.SendNext(t.Context(), h.post.write); outcome != statements.Nothing || !errors.Is(err, errAway) {
			t.Errorf("%q, %v", outcome, err)
		}
	}
	h.tidies()
	if r := h.run(run.ID); r.Waiting != 3 || r.State != statements.Running {
		t.Errorf("while it is away: %+v", r)
	}
	h.post.before = nil
	h.sends()
	if got := h.post.times(); !maps.Equal(got, want) {
		t.Errorf("mailed: %v", got)
	}
}

func TestMailsThatAreRefused(t *testing.T) {
	h := newHouse(t)
	h.many(4)
	run := h.order(statements.Wish{})
	h.post.before = func(l statements.Letter) error {
		switch l.To.To {
		case "reader0@example.org":
			return &payments.DeliveryError{Permanent: true, Err: errors.New("550 no mailbox reader0@example.org")}
		case "reader1@example.org":
			return &payments.DeliveryError{Err: errors.New("450 later")}
		case "reader2@example.org":
			return &payments.DeliveryError{Unsure: true, Err: errors.New("the connection is lost")}
		}
		return nil
	}
	h.sends()
	if r := h.run(run.ID); r.Sent != 1 || r.Failed != 1 || r.Unsure != 1 || r.Waiting != 1 || r.State != statements.Running {
		t.Errorf("%+v", r)
	}
	h.now = h.now.Add(59 * time.Second)
	h.sends()
	var tries int
	h.scan(&tries, `select tries from statements where state = 'waiting'`)
	if tries != 1 {
		t.Errorf("it was tried %d times within a minute", tries)
	}
	for range 40 { // days
		h.now = h.now.Add(6 * time.Hour)
		h.sends()
	}
	if r := h.run(run.ID); r.Sent != 1 || r.Failed != 2 || r.Unsure != 1 || r.State != statements.Over {
		t.Errorf("after days: %+v", r)
	}
	h.post.before = nil
	if n, err := h.office.Again(t.Context(), run.ID, false, again); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	h.sends()
	if got := h.post.times(); !maps.Equal(got, map[string]int{"reader0": 1, "reader1": 1, "reader3": 1}) {
		t.Errorf("mailed: %v", got)
	}
	_, err := h.office.Again(t.Context(), run.ID, false, again)
	wants(t, "none is left", err, payments.Invalid, "None of this run")
	_, err = h.office.Again(t.Context(), "ysr_nobody", false, again)
	wants(t, "no run", err, payments.NotFound, "no such run")
}

// Of a statement that may have gone out the figures are those that it was written with:
// whoever may have it with today's gets no other one.
func TestFiguresOfWhatIsNotSure(t *testing.T) {
	h := newHouse(t)
	h.give(gift{donor: "ada", amount: 2500})
	h.order(statements.Wish{})
	h.exec(`update donations set refunded = 500`)
	h.post.before = func(statements.Letter) error {
		return &payments.DeliveryError{Unsure: true, Err: errors.New("the connection is lost")}
	}
	h.sends()
	if p := h.plan(); p.Donors(true) != 0 || p.Have.Donors != 1 {
		t.Errorf("%+v", p)
	}
}

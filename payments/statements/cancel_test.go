package statements_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/statements"
)

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

package saved_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports/saved"
)

// send takes the next letter, answers it so, and wants this to become of it.
func (h *house) send(want saved.Outcome, answer error) (got saved.Letter) {
	h.Helper()
	outcome, err := h.letters.SendNext(h.Context(), func(_ context.Context, l saved.Letter) error {
		got = l
		return answer
	})
	if _, refused := errors.AsType[*payments.DeliveryError](answer); outcome != want || (err != nil) != (answer != nil && !refused) {
		h.Fatalf("%q, %v; want %q", outcome, err, want)
	}
	return got
}

func TestStaffAreToldOnce(t *testing.T) {
	h := newHouse(t, "2026-10-15T12:00:00Z")
	e := h.monthly()
	e.Readers = []string{h.staff("b", "finance"), h.staff("c", "admin")}
	e = h.save(e)
	h.send(saved.Nothing, nil)
	h.at("2026-11-01T05:00:00Z")
	h.order(1)
	h.send(saved.Nothing, nil) // nothing is ready yet
	h.work(1)
	away := errors.New("the mail server is away")
	h.send(saved.Nothing, away)
	first := h.send(saved.Sent, nil)
	h.send(saved.Postponed, &payments.DeliveryError{Err: errors.New("not now")})
	h.send(saved.Nothing, nil)
	h.later(2 * time.Minute)
	second := h.send(saved.Sent, nil)
	h.send(saved.Nothing, nil)
	if to := []string{first.To, second.To}; !slices.Contains(to, "b@example.org") || !slices.Contains(to, "c@example.org") {
		t.Errorf("told: %v", to)
	}
	if first.Export != "Month end" || first.Saved != e.ID || !first.Done || first.Period.From.String() != "2026-10-01" || first.Run != h.last(e.ID).Run {
		t.Errorf("%+v", first)
	}
	if turn := h.last(e.ID); turn.Letters != 2 || turn.Sent != 2 || turn.Unsent != 0 {
		t.Errorf("%+v", turn)
	}
}

// Who may have exports no more gets no letter, also where it was due before.
func TestWhoMayNotHaveExportsIsNotTold(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.monthly()
	e.Readers = []string{h.staff("b", "finance"), h.staff("c", "finance"), h.staff("d", "admin"), h.staff("e", "finance")}
	e = h.save(e)
	h.runNow(e.ID)
	h.exec(`update staff set role = 'viewer' where email = 'b@example.org'`)
	h.exec(`update staff set disabled_at = now() where email = 'c@example.org'`)
	h.exec(`delete from staff where email = 'e@example.org'`)
	outcomes := map[saved.Outcome]int{}
	for range 5 {
		outcome, err := h.letters.SendNext(t.Context(), func(_ context.Context, l saved.Letter) error {
			if l.To != "d@example.org" {
				t.Errorf("%s is told", l.To)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		outcomes[outcome]++
	}
	if outcomes[saved.Sent] != 1 || outcomes[saved.Withheld] != 2 || outcomes[saved.Nothing] != 2 {
		t.Errorf("%v", outcomes)
	}
}

// A letter that cannot be sent for days is not sent late; one for an address that there
// is not is not tried again.
func TestLettersThatCannotBeSent(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.monthly()
	e.Readers = []string{h.staff("b", "finance"), h.staff("c", "finance")}
	e = h.save(e)
	h.runNow(e.ID)
	h.send(saved.Unsent, &payments.DeliveryError{Permanent: true, Err: errors.New("no such mailbox")})
	h.later(4 * 24 * time.Hour)
	h.send(saved.Unsent, nil)
	h.send(saved.Nothing, nil)
	if s, err := h.book.Stand(t.Context()); err != nil || s.Unsent != 2 || h.last(e.ID).Unsent != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

// Failures are told too, once they are for good.
func TestAFailureIsTold(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.monthly()
	e.Readers = []string{h.staff("b", "finance")}
	e = h.save(e)
	if _, err := h.book.RunNow(t.Context(), saved.By{Who: "staff_s"}, e.ID); err != nil {
		t.Fatal(err)
	}
	for range saved.Tries {
		h.send(saved.Nothing, nil)
		h.fail(h.last(e.ID).Run, "There is no room left.")
		h.later(7 * time.Hour)
		if _, err := h.book.OrderDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if l := h.send(saved.Sent, nil); l.Done || l.Export != e.Name {
		t.Errorf("%+v", l)
	}
}

package closing_test

import (
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/closing"
)

// look is what is kept of October, which is the only month that is closed.
func (h *house) look(t *testing.T) closing.Look {
	t.Helper()
	all, err := h.Looks(t.Context())
	if err != nil || len(all) != 1 || all[0].Month != october {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

// What a comparison found is kept, and from when on just that is found: another refund of
// the same gift is another change, though as many rows differ as before.
func TestWhatAComparisonFoundIsKept(t *testing.T) {
	h := newHouse(t)
	h.tells(t, at(3), gift("a", 3, "succeeded")...)
	if all, err := h.Looks(t.Context()); err != nil || len(all) != 0 {
		t.Fatalf("before a month is closed: %+v, %v", all, err)
	}
	closed := h.mustClose(t)
	if l := h.look(t); !l.At.IsZero() || l.Rows != 0 || !l.Latest().Equal(closed.AsOf) {
		t.Errorf("of a month that was just closed: %+v", l)
	}
	compare := func() closing.Look {
		c, _ := h.changes(t, october)
		l := h.look(t)
		if !l.At.Equal(c.AsOf) || !l.Latest().Equal(c.AsOf) || l.Rows != c.Rows() || l.Unexplained != c.Unexplained() || l.Since.IsZero() != (l.Rows == 0) {
			t.Errorf("kept %+v of %+v", l, c)
		}
		return l
	}
	if l := compare(); l.Rows != 0 {
		t.Errorf("nothing differs: %+v", l)
	}
	h.tells(t, at(40), "charge.refunded", charge("a", 3, 700))
	first := compare()
	if first.Rows != 1 || first.Unexplained != 0 || !first.Since.Equal(first.At) {
		t.Errorf("a refund: %+v", first)
	}
	if again := compare(); !again.Since.Equal(first.Since) || !again.At.After(first.At) {
		t.Errorf("the same refund, looked at again: %+v, first %+v", again, first)
	}
	h.tells(t, at(41), "charge.refunded", charge("a", 3, 900))
	second := compare()
	if second.Rows != 1 || !second.Since.After(first.Since) {
		t.Errorf("a further refund of the same gift: %+v, first %+v", second, first)
	}
	h.exec(t, `update donations set amount = 2600`)
	if l := compare(); l.Rows != 1 || l.Unexplained != 1 {
		t.Errorf("an amount that nothing told: %+v", l)
	}
}

// A month that is closed once more begins anew: what was found of its first close is not
// told of its second.
func TestAMonthClosedAnewWasNotCompared(t *testing.T) {
	h := newHouse(t)
	h.tells(t, at(3), gift("a", 3, "succeeded")...)
	h.mustClose(t)
	h.tells(t, at(40), "charge.refunded", charge("a", 3, 700))
	h.changes(t, october)
	if l := h.look(t); l.Rows != 1 {
		t.Fatalf("%+v", l)
	}
	if err := h.Reopen(t.Context(), october, "Ada Min", "for this test", nil); err != nil {
		t.Fatal(err)
	}
	if all, err := h.Looks(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("of a month that is open: %+v, %v", all, err)
	}
	again := h.mustClose(t)
	if l := h.look(t); l.Rows != 0 || !l.At.IsZero() || l.Latest().Before(again.AsOf.Add(-time.Microsecond)) {
		t.Errorf("of a month that was closed anew: %+v", l)
	}
}

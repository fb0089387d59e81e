package manage_test

import (
	"context"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// Nobody comes to somebody else's page by giving from an address that only looks
// like theirs: lower() makes an "i" of İ and a "k" of the Kelvin sign.
func TestLookalikesAreOtherPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	victim := h.gives(payments.Monthly, money.New(2500, "EUR"), "kim@mail.example", "Kim")
	for _, address := range []string{"k\u0130m@mail.example", "\u212Aim@mail.example"} {
		if other := h.gives(payments.OneTime, money.New(500, "EUR"), address, "Mallory"); other == victim {
			t.Fatalf("%q is the donor of kim@mail.example", address)
		}
	}
	// Whoever asks, the letter goes to the address that they own, and opens their page.
	for asked, want := range map[string]string{
		"KIM@mail.example": "kim@mail.example", "k\u0130m@MAIL.example": "k\u0130m@mail.example", "\u212Aim@mail.example": "\u212Aim@mail.example",
	} {
		if err := h.access.Ask(t.Context(), asked, "en"); err != nil {
			t.Fatal(err)
		}
		outcome, err := h.access.SendNext(t.Context(), func(_ context.Context, l manage.Letter) error {
			if l.To != want {
				t.Errorf("%q was asked for, the letter goes to %q", asked, l.To)
			}
			session, err := h.access.Open(t.Context(), l.Token)
			if err != nil {
				return err
			}
			reader, err := h.access.Reader(t.Context(), session.Key)
			if (reader.DonorID == victim) != (want == "kim@mail.example") || reader.Email != want {
				t.Errorf("%q opens the page of %+v", asked, reader)
			}
			return err
		})
		if outcome != manage.Sent || err != nil {
			t.Errorf("%q: %q, %v", asked, outcome, err)
		}
	}
}

// Where a donor's key and the address of a gift are not one, as before books are
// made again, no letter goes out.
func TestNoLetterToAnotherAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	donor := h.gives(payments.OneTime, money.New(2500, "EUR"), "kim@mail.example", "Kim")
	h.exec(`update donations set donor_email = $2 where donor_id = $1`, donor, "k\u0130m@mail.example")
	if err := h.access.Ask(t.Context(), "kim@mail.example", "en"); err != nil {
		t.Fatal(err)
	}
	outcome, err := h.turn(func(_ context.Context, l manage.Letter) error {
		t.Errorf("a letter goes to %q", l.To)
		return nil
	})
	if outcome != manage.Postponed || err != nil {
		t.Errorf("%q, %v", outcome, err)
	}
}

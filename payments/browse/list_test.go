package browse

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
)

// Whoever turns all pages of a list, while gifts pour in and in pages of any size, sees
// each gift that was there before exactly once, and in order; and on the way back the
// same.
func TestNoGiftIsLostOrDoubledWhileOthersPourIn(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 1000)
	b := &Books{DB: db}
	// The same walk each time.
	random := rand.New(rand.NewPCG(1, 2))
	came := 0
	pour := func() {
		t.Helper()
		came++
		_, err := db.Exec(t.Context(), `insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method, balance_transaction, checkout_id,
			campaign, appeal, variant, placement, article, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session)
			select 'don_new' || $1 || '_' || n, 'pi_new' || $1 || '_' || n, timestamptz '2026-02-01 00:00Z' + n * interval '1 second', 'one_time', 'succeeded', 'EUR', 100 * n, 0, 'card', '', 'chk', 'news', '', '', '', '', '', '', '',
				'', '', '', '', '' from generate_series(1, 7) n`, fmt.Sprint(came))
		if err != nil {
			t.Fatal(err)
		}
	}
	old := func(ids []string) []string {
		return slices.DeleteFunc(ids, func(id string) bool { return strings.HasPrefix(id, "don_new") })
	}
	for _, f := range []DonationFilter{{}, {Sort: Oldest}, {Currency: "EUR", Sort: Largest}, {Campaign: "news", Kind: "monthly"}, {Currency: "EUR", Sort: Smallest, Least: 1000}} {
		var whole []string
		for turn := (Turn{Limit: 200}); ; {
			p, err := b.Donations(t.Context(), f, turn)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range p.Rows {
				whole = append(whole, d.ID)
			}
			if turn.Cursor = p.Next; p.Next == "" {
				break
			}
		}
		whole = old(whole)
		var there, back []string
		turn := Turn{}
		var last Page[Donation]
		for {
			turn.Limit = 20 + random.IntN(60)
			p, err := b.Donations(t.Context(), f, turn)
			if err != nil {
				t.Fatal(err)
			}
			pour()
			last = p
			for _, d := range p.Rows {
				there = append(there, d.ID)
			}
			if turn.Cursor = p.Next; p.Next == "" {
				break
			}
		}
		for _, d := range slices.Backward(last.Rows) {
			back = append(back, d.ID)
		}
		for turn.Cursor = last.Back; turn.Cursor != ""; {
			turn.Limit = 20 + random.IntN(60)
			p, err := b.Donations(t.Context(), f, turn)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range slices.Backward(p.Rows) {
				back = append(back, d.ID)
			}
			if p.Next == "" {
				t.Errorf("%+v: no way on from a page that was gone back to", f)
			}
			turn.Cursor = p.Back
		}
		slices.Reverse(back)
		if there = old(there); !slices.Equal(there, whole) {
			t.Errorf("%+v: %d gifts on the way, of %d", f, len(there), len(whole))
		}
		if back = old(back); !slices.Equal(back, whole) {
			t.Errorf("%+v: %d gifts on the way back, of %d", f, len(back), len(whole))
		}
	}
}

// A cursor is good for the list that it is of, filtered and sorted so; any other, and
// what is none, is refused and named so.
func TestCursorsAreBoundToTheirList(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 300)
	b := &Books{DB: db}
	first, err := b.Donations(t.Context(), DonationFilter{}, Turn{Limit: 10})
	if err != nil || first.Next == "" || first.Back != "" || len(first.Rows) != 10 {
		t.Fatalf("%d rows, next %q, back %q, %v", len(first.Rows), first.Next, first.Back, err)
	}
	of, err := identity("donations", DonationFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter DonationFilter
		cursor string
	}{
		"another order": {DonationFilter{Sort: Oldest}, first.Next}, "another filter": {DonationFilter{Campaign: "news"}, first.Next}, "people": {DonationFilter{People: true}, first.Next},
		"no cursor": {DonationFilter{}, "%%%"}, "cut": {DonationFilter{}, first.Next[:len(first.Next)-3]}, "long": {DonationFilter{}, strings.Repeat("A", 5000)},
		"no time": {DonationFilter{}, place{List: of, Key: "yesterday'; drop table donations; --", ID: "x"}.String()},
		"no text": {DonationFilter{}, place{List: of, Key: "2026-01-01\x00", ID: "x"}.String()}, "empty": {DonationFilter{}, place{List: of}.String()},
	} {
		if _, err := b.Donations(t.Context(), c.filter, Turn{Cursor: c.cursor}); !errors.Is(err, ErrCursor) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Events(t.Context(), EventFilter{}, Turn{Cursor: first.Next}); !errors.Is(err, ErrCursor) {
		t.Errorf("another list: %v", err)
	}
	if all, err := b.Donations(t.Context(), DonationFilter{}, Turn{Limit: 100_000}); err != nil || len(all.Rows) != mostLimit {
		t.Errorf("%d rows, %v", len(all.Rows), err)
	}
	last, err := b.Donations(t.Context(), DonationFilter{To: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}, Turn{})
	if err != nil || len(last.Rows) != 0 || last.Next != "" || last.Back != "" {
		t.Errorf("an empty list: %+v, %v", last, err)
	}
}

// What cannot be filtered for is refused in words, without asking the books.
func TestWrongFiltersAreRefused(t *testing.T) {
	b := &Books{DB: pgtest.New(t)}
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for want, f := range map[string]DonationFilter{
		"no status": {Status: "x'y"}, "no kind": {Kind: "weekly"}, "no order": {Sort: "x"}, "Choose a currency": {Least: 5}, "The period is empty": {From: day, To: day},
		"no standing": {Dispute: "x"}, "no id": {Find: "Ada"}, "too long": {Find: strings.Repeat("x", 300)}, "no text": {Campaign: "\x00"}, "No amount is": {Currency: "EUR", Least: 7, Most: 3},
	} {
		_, err := b.Donations(t.Context(), f, Turn{})
		if e, ok := errors.AsType[*payments.Error](err); !ok || e.Code != payments.Invalid || !strings.Contains(e.Sentence, want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

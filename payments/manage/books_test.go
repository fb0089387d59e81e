package manage_test

import (
	"slices"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

func TestGiftsAreTheDonorsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	other := h.gives(payments.OneTime, money.New(900, "EUR"), "bob@example.org", "Bob")
	h.days(1)
	if again := h.gives(payments.Monthly, money.New(1000, "USD"), "ADA@example.org", "Ada L."); again != id {
		t.Fatalf("one address, two donors: %s, %s", id, again)
	}
	var intent string
	h.scan(&intent, `select payment_intent from donations where amount = 2500`)
	if status, _, body := h.post("/v1/refunds", "payment_intent", intent, "amount", "500"); status != 200 {
		t.Fatal(body)
	}
	h.flush()
	gifts, err := h.books.Gifts(t.Context(), id)
	if err != nil || len(gifts) != 2 {
		t.Fatalf("%+v, %v", gifts, err)
	}
	newest, oldest := gifts[0], gifts[1]
	if newest.Kind != payments.Monthly || newest.Amount != money.New(1000, "USD") || newest.RecurringID != h.only(id).RecurringID {
		t.Errorf("newest %+v", newest)
	}
	if oldest.Refunded != money.New(500, "EUR") || oldest.Net() != money.New(2000, "EUR") || oldest.Status != "succeeded" ||
		oldest.Campaign != "independence" || oldest.CampaignName != "Independent journalism" || oldest.Article != "geneva" ||
		oldest.RecurringID != "" || oldest.ReceivedAt.Location() != time.UTC {
		t.Errorf("oldest %+v", oldest)
	}
	receipt, err := h.books.Receipt(t.Context(), id, oldest.DonationID)
	if err != nil || receipt.Amount != oldest.Amount || receipt.Refunded != oldest.Refunded || receipt.DonorEmail != ada {
		t.Errorf("%+v, %v", receipt, err)
	}
	for _, donationID := range []string{oldest.DonationID, "", "don_x", "a\x00b", "\xff", "../x"} {
		_, err = h.books.Receipt(t.Context(), other, donationID)
		wants(t, "another's receipt "+donationID, err, payments.NotFound)
	}
	if gifts, err := h.books.Gifts(t.Context(), "dnr_nobody"); err != nil || len(gifts) != 0 {
		t.Errorf("nobody's: %+v, %v", gifts, err)
	}
}

func TestAStatementIsOfAYearInAZone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	h.gives(payments.OneTime, money.New(1000, "EUR"), ada, "Ada Lovelace")
	h.gives(payments.OneTime, money.New(700, "USD"), ada, "")
	h.gives(payments.OneTime, money.New(100, "EUR"), "bob@example.org", "Bob")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	// A quarter of an hour before midnight in London it is next year in Berlin.
	h.exec(`update donations set received_at = '2025-12-31 23:45Z', refunded = 400, disputed = 100 where amount = 1000`)
	h.exec(`update donations set received_at = '2025-12-31 22:45Z' where amount = 2500`)
	h.exec(`update donations set received_at = '2025-06-01 12:00Z' where amount = 700`)
	for _, c := range []struct {
		zone   *time.Location
		years  []int
		year   int
		gifts  int
		name   string
		totals map[money.Currency]int64
	}{
		{time.UTC, []int{2025}, 2025, 3, "Ada Lovelace", map[money.Currency]int64{"EUR": 3000, "USD": 700}},
		{berlin, []int{2026, 2025}, 2025, 2, "Ada", map[money.Currency]int64{"EUR": 2500, "USD": 700}},
		{berlin, []int{2026, 2025}, 2026, 1, "Ada Lovelace", map[money.Currency]int64{"EUR": 500}},
		{berlin, []int{2026, 2025}, 2024, 0, "", map[money.Currency]int64{}},
		{berlin, []int{2026, 2025}, -5, 0, "", map[money.Currency]int64{}},
		{berlin, []int{2026, 2025}, 300000, 0, "", map[money.Currency]int64{}},
	} {
		years, err := h.books.Years(t.Context(), id, c.zone)
		if err != nil || !slices.Equal(years, c.years) {
			t.Errorf("%s: years %v, %v", c.zone, years, err)
		}
		s, err := h.books.Statement(t.Context(), id, c.year, c.zone)
		if err != nil || s.Year != c.year || len(s.Gifts) != c.gifts || s.Name != c.name || len(s.Totals) != len(c.totals) {
			t.Errorf("%s %d: %+v, %v", c.zone, c.year, s, err)
		}
		for currency, total := range c.totals {
			if s.Totals[currency] != total {
				t.Errorf("%s %d: %s %d, want %d", c.zone, c.year, currency, s.Totals[currency], total)
			}
		}
		if c.gifts > 0 && s.Email != ada {
			t.Errorf("%s %d: %q", c.zone, c.year, s.Email)
		}
	}
}

func TestARecurringDonationIsSeenAsItIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id)
	if r.Status != "active" || r.Amount != money.New(1000, "EUR") || r.Kind != payments.Monthly || r.Paused || r.Failing ||
		r.Changing != "" || !r.Running() || !r.EndsAt.IsZero() || r.Campaign != "independence" || r.Article != "geneva" {
		t.Errorf("%+v", r)
	}
	if month := r.NextAt.Sub(r.StartedAt); month < 28*24*time.Hour || month > 31*24*time.Hour {
		t.Errorf("next at %s, started %s", r.NextAt, r.StartedAt)
	}
	var customer string
	h.scan(&customer, `select customer from subscriptions`)
	h.control("/_control/customers/"+customer+"/card", `{"card_number": "4000000000000341"}`)
	h.days(33)
	if r = h.only(id); !r.Failing || r.Status != "past_due" {
		t.Errorf("a renewal failed: %+v", r)
	}
	h.days(30)
	if r = h.only(id); r.Failing || r.Running() || r.CancelReason != "payment_failed" || r.EndsAt.IsZero() || !r.NextAt.IsZero() {
		t.Errorf("given up: %+v", r)
	}
}

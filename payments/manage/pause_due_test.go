package manage_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// subscriptionOf gives Stripe's id of the only recurring donation, and of who gives it.
func (h *house) subscriptionOf() (subscription, customer string) {
	h.t.Helper()
	h.scan(&subscription, `select subscription from recurring_donations`)
	h.scan(&customer, `select customer from subscriptions`)
	return subscription, customer
}

// card gives a customer another card.
func (h *house) card(customer, number string) {
	h.t.Helper()
	h.control("/_control/customers/"+customer+"/card", `{"card_number": "`+number+`"}`)
}

// paid counts the payments that Stripe took.
func (h *house) paid() (n int) {
	for _, p := range h.standIn.Truth().Payments {
		if p.Status == "succeeded" {
			n++
		}
	}
	return n
}

// A renewal that failed is tried again by Stripe, and one that was just made is a
// draft for an hour: a pause holds back neither by itself.
func TestAPauseHoldsBackWhatWasDueBefore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		card string
		days int // until the renewal
	}{
		"a renewal that failed":   {"4000000000000341", 33},
		"one that is a draft yet": {"4242424242424242", 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			id := h.gives(payments.Monthly, money.New(4400, "EUR"), ada, "Ada")
			_, customer := h.subscriptionOf()
			h.card(customer, c.card)
			if c.days > 0 {
				h.days(c.days)
			} else {
				h.untilADraft()
			}
			before := h.paid()
			// Stripe is away when the first of these is to be made void.
			var away atomic.Bool
			away.Store(true)
			h.stripe = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if away.Load() && strings.HasSuffix(r.URL.Path, "/void") {
					panic(http.ErrAbortHandler)
				}
				h.standIn.ServeHTTP(w, r)
			})
			r := h.only(id).RecurringID
			wants(t, "while Stripe is away", h.changes.Pause(t.Context(), id, r, 3, form(1)), payments.Busy)
			away.Store(false)
			wants(t, "pause", h.changes.Pause(t.Context(), id, r, 3, form(1)), "")
			h.flush()
			h.card(customer, "4242424242424242")
			h.days(20)
			if n := h.paid(); n != before {
				t.Errorf("%d payments were taken while it pauses", n-before)
			}
			for _, inv := range h.standIn.Truth().Invoices {
				if inv.Status == "open" || inv.Status == "draft" {
					t.Errorf("%+v", inv)
				}
			}
			if got := h.only(id); !got.Paused || got.Changing != "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// untilADraft moves Stripe's clock, hour by hour, to where a renewal is about to be
// charged.
func (h *house) untilADraft() {
	h.t.Helper()
	h.days(27)
	for range 6 * 24 {
		h.control("/_control/advance", `{"seconds": 1800}`)
		for _, inv := range h.standIn.Truth().Invoices {
			if inv.Status == "draft" {
				// Of the renewal and of what is asked for within its second, nobody could say
				// from Stripe's events which came last.
				h.control("/_control/advance", `{"seconds": 2}`)
				h.flush()
				return
			}
		}
	}
	h.t.Fatal("no renewal was made")
}

// A gift that was paused elsewhere, with a payment that failed before, fails still.
func TestAPauseDoesNotHideACardThatFails(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(4400, "EUR"), ada, "Ada")
	subscription, customer := h.subscriptionOf()
	h.card(customer, "4000000000000341")
	h.days(33)
	if status, _, body := h.post("/v1/subscriptions/"+subscription, "pause_collection[behavior]", "void"); status != http.StatusOK {
		t.Fatal(body)
	}
	h.flush()
	if r := h.only(id); !r.Paused || !r.Failing {
		t.Errorf("%+v", r)
	}
	h.days(1)
}

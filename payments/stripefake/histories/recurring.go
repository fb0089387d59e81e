package histories

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// running is a subscription that has not ended.
func (w *World) running(what string) (stripefake.TruthSubscription, bool) {
	return pick(w, what, w.server.Truth().Subscriptions, func(s stripefake.TruthSubscription) bool { return s.EndedAt == 0 })
}

// cardFails lets a giver's card fail from now on, until another is given.
func (w *World) cardFails() {
	if sub, ok := w.running("card that fails"); ok {
		card := one(w, "how it fails", cardFailsLater, cardDeclined, cardSecureEach)
		w.note("the card of %s becomes %s: %v", sub.ID, card, w.control("/customers/"+sub.Customer+"/card", map[string]any{"card_number": card}))
	}
}

// cardWorksAgain lets the card pay again, and may have an open invoice paid now.
func (w *World) cardWorksAgain() {
	sub, ok := w.running("card that works again")
	if !ok {
		return
	}
	w.note("the card of %s works: %v", sub.ID, w.control("/customers/"+sub.Customer+"/card", map[string]any{"card_number": cardPays}))
	if w.choose(2, "pays now") == 1 {
		return
	}
	open := func(inv stripefake.TruthInvoice) bool { return inv.Subscription == sub.ID && inv.Status == "open" }
	if inv, ok := pick(w, "invoice", w.server.Truth().Invoices, open); ok {
		_, done := w.post("/v1/invoices/"+inv.ID+"/pay", nil)
		w.note("invoice %s is paid: %v", inv.ID, done)
	}
}

// changeAmount gives more or less from now on, or in another rhythm.
func (w *World) changeAmount() {
	sub, ok := w.running("changed")
	if !ok {
		return
	}
	shown, ok := w.call(http.MethodGet, "/v1/subscriptions/"+sub.ID, nil)
	if !ok || len(shown.Items.Data) == 0 {
		return
	}
	amount := one(w, "new amount", sub.Amount*2, max(sub.Amount/2/10*10, 500), sub.Amount*10)
	interval := sub.Interval
	if w.choose(5, "other rhythm") == 4 {
		interval = map[string]string{"month": "year", "year": "month"}[interval]
	}
	form := url.Values{
		"items[0][id]": {shown.Items.Data[0].ID}, "items[0][price_data][currency]": {sub.Currency},
		"items[0][price_data][unit_amount]": {strconv.FormatInt(amount, 10)}, "items[0][price_data][product]": {w.product(sub.Metadata)},
		"items[0][price_data][recurring][interval]": {interval},
		"proration_behavior":                        {one(w, "proration", "none", "create_prorations", "always_invoice")},
	}
	_, done := w.post("/v1/subscriptions/"+sub.ID, form)
	w.note("%s becomes %d a %s, %s: %v", sub.ID, amount, interval, form.Get("proration_behavior"), done)
}

func (w *World) pauseOrResume() {
	sub, ok := w.running("paused or resumed")
	if !ok {
		return
	}
	form := url.Values{"pause_collection[behavior]": {one(w, "pause", "void", "keep_as_draft", "mark_uncollectible")}}
	switch {
	case sub.Status == "paused":
		_, done := w.post("/v1/subscriptions/"+sub.ID+"/resume", nil)
		w.note("%s is resumed: %v", sub.ID, done)
		return
	case sub.Paused != "":
		form = url.Values{"pause_collection": {""}}
	case w.choose(2, "resumes by itself") == 1:
		form.Set("pause_collection[resumes_at]", strconv.FormatInt(w.server.Now().Add(40*24*time.Hour).Unix(), 10))
	}
	_, done := w.post("/v1/subscriptions/"+sub.ID, form)
	w.note("%s collects otherwise, %s: %v", sub.ID, form.Encode(), done)
}

func (w *World) cancel() {
	sub, ok := w.running("canceled")
	if !ok {
		return
	}
	var done bool
	how := w.choose(3, "how it ends")
	switch {
	case sub.CancelAtPeriodEnd:
		_, done = w.post("/v1/subscriptions/"+sub.ID, url.Values{"cancel_at_period_end": {"false"}})
	case how == 0:
		_, done = w.post("/v1/subscriptions/"+sub.ID, url.Values{"cancel_at_period_end": {"true"}})
	case how == 1:
		_, done = w.call(http.MethodDelete, "/v1/subscriptions/"+sub.ID, nil)
	default:
		at := w.server.Now().Add(20 * 24 * time.Hour).Unix()
		_, done = w.post("/v1/subscriptions/"+sub.ID, url.Values{"cancel_at": {strconv.FormatInt(at, 10)}})
	}
	w.note("%s ends or goes on, %v, by way %d: %v", sub.ID, sub.CancelAtPeriodEnd, how, done)
}

// customerMoves changes what Stripe knows of a customer.
func (w *World) customerMoves() {
	sub, ok := pick(w, "moves", w.server.Truth().Subscriptions, func(stripefake.TruthSubscription) bool { return true })
	if !ok {
		return
	}
	who := w.payer()
	_, done := w.post("/v1/customers/"+sub.Customer, url.Values{"email": {who.email}, "name": {who.name}})
	w.note("customer %s becomes %s: %v", sub.Customer, who.email, done)
}

func (w *World) customerLeaves() {
	sub, ok := pick(w, "leaves", w.server.Truth().Subscriptions, func(stripefake.TruthSubscription) bool { return true })
	if ok && w.choose(3, "really") == 2 {
		_, done := w.call(http.MethodDelete, "/v1/customers/"+sub.Customer, nil)
		w.note("customer %s is deleted: %v", sub.Customer, done)
	}
}

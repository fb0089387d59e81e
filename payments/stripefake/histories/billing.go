package histories

import (
	"net/url"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// What an account does by hand about invoices, trials and ways to pay.

// invoiceByHand ends an open invoice otherwise than by a payment.
func (w *World) invoiceByHand() {
	inv, ok := pick(w, "invoice", w.server.Truth().Invoices, func(inv stripefake.TruthInvoice) bool {
		return inv.Status == "open" || inv.Status == "uncollectible"
	})
	if !ok {
		return
	}
	how := one(w, "by hand", "void", "mark_uncollectible", "pay", "out of band")
	form := url.Values{}
	target := how
	if how == "out of band" {
		target = "pay"
		form.Set("paid_out_of_band", "true")
	}
	_, done := w.post("/v1/invoices/"+inv.ID+"/"+target, form)
	w.note("invoice %s (%s), %s: %v", inv.ID, inv.Status, how, done)
}

// invoicesStick lets a customer's invoices stay drafts, or be finalized again.
func (w *World) invoicesStick() {
	if sub, ok := w.running("invoices stick"); ok {
		fails := w.choose(2, "again") == 0
		w.note("invoices of %s stick, %v: %v", sub.ID, fails, w.control("/customers/"+sub.Customer+"/finalizing", map[string]any{"fails": fails}))
	}
}

// trialEnds ends a trial before its time.
func (w *World) trialEnds() {
	sub, ok := pick(w, "trial", w.server.Truth().Subscriptions, func(s stripefake.TruthSubscription) bool { return s.Status == "trialing" })
	if ok {
		_, done := w.post("/v1/subscriptions/"+sub.ID, url.Values{"trial_end": {"now"}})
		w.note("the trial of %s ends: %v", sub.ID, done)
	}
}

// methodGoes takes a customer's way to pay away.
func (w *World) methodGoes() {
	sub, ok := w.running("loses its method")
	if !ok {
		return
	}
	if id, ok := pick(w, "method", w.list("/v1/customers/"+sub.Customer+"/payment_methods"), func(string) bool { return true }); ok {
		_, done := w.post("/v1/payment_methods/"+id+"/detach", nil)
		w.note("%s loses %s: %v", sub.ID, id, done)
	}
}

// pageExpires closes a payment page that is still open.
func (w *World) pageExpires() {
	open := func(s stripefake.TruthSession) bool { return s.Status == "open" }
	if ss, ok := pick(w, "page", w.server.Truth().Sessions, open); ok {
		_, done := w.post("/v1/checkout/sessions/"+ss.ID+"/expire", nil)
		w.note("page %s expires: %v", ss.ID, done)
	}
}

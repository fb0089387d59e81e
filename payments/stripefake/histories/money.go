package histories

import (
	"net/url"
	"strconv"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// pick chooses one of those that suit; false where there is none.
func pick[T any](w *World, what string, from []T, suits func(T) bool) (T, bool) {
	var fit []T
	for _, x := range from {
		if suits(x) {
			fit = append(fit, x)
		}
	}
	if len(fit) == 0 {
		var none T
		return none, false
	}
	// The latest is the plainest.
	return fit[len(fit)-1-w.choose(len(fit), what)], true
}

func paid(p stripefake.TruthPayment) bool { return p.Status == "succeeded" && p.Charge != "" }

func (w *World) refund() {
	p, ok := pick(w, "refund of", w.server.Truth().Payments, paid)
	if !ok {
		return
	}
	form := url.Values{"charge": {p.Charge}}
	left, step := p.Amount-p.Refunded, int64(1)
	if p.Currency == "kwd" {
		step = 10
	}
	if part := w.choose(4, "how much"); part < 3 {
		some := left * int64(part+1) / 4
		form.Set("amount", strconv.FormatInt(max(step, some-some%step), 10))
	}
	if reason := one(w, "reason", "requested_by_customer", "duplicate", "fraudulent", ""); reason != "" {
		form.Set("reason", reason)
	}
	if w.choose(4, "the payer says where to") == 3 { // of a debit: nothing goes before
		form.Set("instructions_email", p.Email)
	}
	made, done := w.post("/v1/refunds", form)
	w.note("refund of %s %s (%s): %s %v", form.Get("amount"), p.Charge, p.PaymentIntent, made.ID, done)
}

// refundComesBack lets a refund fail at the bank, or takes it back before it goes.
func (w *World) refundComesBack() {
	re, ok := pick(w, "refund that comes back", w.server.Truth().Refunds, func(re stripefake.TruthRefund) bool {
		return re.Status != "failed" && re.Status != "canceled"
	})
	if ok && re.Status == "requires_action" {
		_, done := w.post("/v1/refunds/"+re.ID+"/cancel", nil)
		w.note("refund %s of %s is canceled: %v", re.ID, re.Charge, done)
		return
	}
	if ok {
		w.note("refund %s of %s fails: %v", re.ID, re.Charge, w.control("/refunds/"+re.ID+"/fail", map[string]any{}))
	}
}

func (w *World) dispute() {
	p, ok := pick(w, "disputed", w.server.Truth().Payments, paid)
	if !ok {
		return
	}
	ask := map[string]any{
		"charge": p.Charge, "reason": one(w, "reason", "fraudulent", "product_not_received", "duplicate"), "inquiry": w.choose(3, "inquiry") == 2,
	}
	if w.choose(4, "of a part") == 3 && p.Currency != "kwd" {
		ask["amount"] = max(1, (p.Amount-p.Refunded)/2)
	}
	w.note("dispute of %s %v: %v", p.Charge, ask, w.control("/disputes", ask))
}

// decide moves a dispute on: by its bank, or by what the account does.
func (w *World) decide() {
	d, ok := pick(w, "decided", w.server.Truth().Disputes, func(stripefake.TruthDispute) bool { return true })
	if !ok {
		return
	}
	var done bool
	how := w.choose(8, "verdict")
	switch how {
	case 0, 1, 2, 3:
		to := []string{"lost", "won", "warning_closed", "needs_response"}[how]
		done = w.control("/disputes/"+d.ID, map[string]any{"status": to})
	case 4:
		_, done = w.post("/v1/disputes/"+d.ID+"/close", nil)
	default:
		text := []string{"winning_evidence", "losing_evidence", "escalate_inquiry_evidence"}[how-5]
		_, done = w.post("/v1/disputes/"+d.ID, url.Values{"evidence[uncategorized_text]": {text}})
	}
	w.note("dispute %s (%s) moves by way %d: %v", d.ID, d.Status, how, done)
}

func (w *World) warn() {
	if p, ok := pick(w, "warned of", w.server.Truth().Payments, paid); ok {
		w.note("warning of %s: %v", p.Charge, w.control("/early_fraud_warnings", map[string]any{"charge": p.Charge}))
	}
}

func (w *World) review() {
	found := w.list("/v1/reviews")
	if id, ok := pick(w, "approved", found, func(string) bool { return true }); ok {
		_, done := w.post("/v1/reviews/"+id+"/approve", nil)
		w.note("review %s is approved: %v", id, done)
	}
}

// payOut pays out by hand, which the balance may not allow.
func (w *World) payOut() {
	p := w.price()
	made, done := w.post("/v1/payouts", url.Values{"amount": {strconv.FormatInt(p.amount, 10)}, "currency": {p.currency}})
	w.note("payout of %d %s: %s %v", p.amount, p.currency, made.ID, done)
	if done && w.choose(4, "taken back") == 3 {
		_, done := w.post("/v1/payouts/"+made.ID+"/cancel", nil)
		w.note("payout %s is canceled: %v", made.ID, done)
	}
}

func (w *World) payoutFails() {
	po, ok := pick(w, "payout that fails", w.server.Truth().Payouts, func(po stripefake.TruthPayout) bool { return po.Amount > 0 })
	if !ok {
		return
	}
	if w.choose(3, "reversed instead") == 2 {
		_, done := w.post("/v1/payouts/"+po.ID+"/reverse", nil)
		w.note("payout %s (%s) is reversed: %v", po.ID, po.Status, done)
		return
	}
	w.note("payout %s (%s) fails: %v", po.ID, po.Status, w.control("/payouts/"+po.ID+"/fail", map[string]any{}))
}

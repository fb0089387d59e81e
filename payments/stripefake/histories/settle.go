package histories

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// Settlement is how a history with Options.Settles settles: dollars and euros
// have balances of their own, everything else becomes dollars, and no fee is left
// out.
func Settlement() stripefake.Settlement {
	return stripefake.Settlement{
		Currencies: []string{"usd", "eur"}, Default: "usd",
		Rates: map[string]string{"gbp": "1.2731", "jpy": "0.00668", "kwd": "3.2561", "eur": "1.0842"},
		Fees:  stripefake.Fees{International: "1.5", Amex: "3.5", Conversion: "1", Instant: "1"},
	}
}

// settlingActions are what else happens where money is converted.
func settlingActions() []action {
	return []action{
		{4, (*World).rateMoves},
		{2, (*World).feeOfItsOwn},
		{1, (*World).instantPayout},
		{2, (*World).scheduleChanges},
		{3, func(w *World) { w.give("one_time") }}, // so that there is something to convert
	}
}

// rateMoves makes the money of one currency worth more or less from now on.
func (w *World) rateMoves() {
	code := one(w, "rate of", "gbp", "jpy", "kwd")
	scale := map[string]int{"gbp": 12_000, "jpy": 64, "kwd": 31_000}[code]
	rate := fmt.Sprintf("%.6f", float64(scale+w.choose(scale/8, "moves to"))/10_000)
	w.note("one %s is worth %s dollars: %v", code, rate, w.control("/settlement", map[string]any{"rates": map[string]string{code: rate}}))
}

// feeOfItsOwn is what Stripe takes by the month.
func (w *World) feeOfItsOwn() {
	ask := map[string]any{"amount": one(w, "fee", 700, 25, 4999), "currency": one(w, "currency of the fee", "usd", "eur"), "description": "Radar"}
	w.note("a fee of its own %v: %v", ask, w.control("/fees", ask))
}

// instantPayout pays out within the hour, for a fee, which the balance may not
// allow.
func (w *World) instantPayout() {
	p := w.price()
	made, done := w.post("/v1/payouts", url.Values{"amount": {strconv.FormatInt(p.amount, 10)}, "currency": {"usd"}, "method": {"instant"}})
	w.note("instant payout of %d usd: %s %v", p.amount, made.ID, done)
}

// scheduleChanges lets payouts go out by themselves on other days, or not.
func (w *World) scheduleChanges() {
	ask := map[string]any{"interval": one(w, "interval", "daily", "weekly", "manual"), "weekly_anchor": one(w, "day", "monday", "friday")}
	if w.choose(3, "minimum") == 2 {
		ask["minimum"] = map[string]int{"usd": 5000}
	}
	w.note("payouts %v: %v", ask, w.control("/payouts", ask))
}

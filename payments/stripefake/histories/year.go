package histories

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Year is a year as a newsroom has it, in place of a story in which everything
// happens at once: gifts on every day in three currencies, a part of them renewed
// by the month, some refunded or disputed, payouts by themselves, of which two
// fail, and rates that move.
type Year struct {
	Gifts int // at least so many are paid, renewals included
	// Weekly lets payouts go out on Mondays in place of every day.
	Weekly bool
	// Day is called at the end of each day, if set; an error ends the year.
	Day func(day int) error
}

const (
	daysOfYear = 365
	// Of a thousand gifts so many are refunded, disputed, and begun as monthly ones.
	refundsPerMille, disputesPerMille, monthlyPerMille = 12, 3, 12
)

// given is a gift that may be refunded yet.
type given struct {
	intent string
	amount int64
}

// PlayYear plays the year. It fails where the stand-in broke or refused what a year
// needs.
func (w *World) PlayYear(y Year) error {
	schedule := map[string]any{"interval": "daily"}
	if y.Weekly {
		schedule = map[string]any{"interval": "weekly", "weekly_anchor": "monday"}
	}
	w.must(w.control("/payouts", schedule), "payouts by themselves")
	var recent []given
	paid, failed := 0, 0
	for day := range daysOfYear {
		// What is left is spread over the days that are left: renewals count as well.
		today := (y.Gifts - paid) / (daysOfYear - day)
		if day == daysOfYear-1 {
			today = y.Gifts - paid + y.Gifts/200 // renewals were reckoned, not counted
		}
		monthly := 0
		if day < daysOfYear/2 {
			monthly = (y.Gifts*monthlyPerMille/1000*(day+1))/(daysOfYear/2) - (y.Gifts*monthlyPerMille/1000*day)/(daysOfYear/2)
		}
		for range monthly {
			w.monthly()
		}
		for i := range max(0, today-monthly) {
			g := w.oneTime(w.choose(1000, "disputed") < disputesPerMille)
			if recent = append(recent, g); len(recent) > 500 {
				recent = recent[1:]
			}
			if i%50 == 49 {
				w.Advance(time.Minute)
			}
			if w.choose(1000, "refunded") < refundsPerMille {
				w.refundOf(recent[w.choose(len(recent), "which")])
			}
		}
		if day%7 == 6 {
			w.rateMoves()
			w.decideSome()
		}
		if day%30 == 29 {
			w.must(w.control("/fees", map[string]any{"amount": 700, "currency": "usd", "description": "Radar"}), "a fee by the month")
		}
		if day > 100*(failed+1) && failed < 2 && w.failPayout() {
			failed++
		}
		w.Advance(24*time.Hour - w.server.Now().Sub(w.server.Now().Truncate(24*time.Hour)) + 9*time.Hour)
		paid += max(monthly, today) + w.renewed()
		if w.err != nil {
			return fmt.Errorf("day %d of the year: %w", day+1, w.err)
		}
		if y.Day != nil {
			if err := y.Day(day + 1); err != nil {
				return err
			}
		}
	}
	w.Advance(10 * 24 * time.Hour) // what was paid on the last day is paid out as well
	if failed < 2 {
		return fmt.Errorf("%d payouts failed in the year, not 2", failed)
	}
	return w.err
}

// must ends the story where the stand-in refuses what the year needs.
func (w *World) must(done bool, what string) {
	if !done && w.err == nil {
		w.err = fmt.Errorf("the stand-in refuses %s", what)
	}
}

// yearly is a price of a gift in the currencies of a year.
func (w *World) yearly() price {
	currency := one(w, "currency", "usd", "usd", "eur", "gbp")
	return price{currency, 500 + 100*int64(w.choose(100, "amount")) + 99*int64(w.choose(2, "odd"))}
}

// oneTime is a gift paid at once.
func (w *World) oneTime(disputed bool) given {
	p := w.yearly()
	card := one(w, "card", "pm_card_visa", "pm_card_visa", "pm_card_mastercard", "pm_card_amex")
	if disputed {
		card = "pm_card_createDispute"
	}
	w.people++
	form := url.Values{
		"amount": {strconv.FormatInt(p.amount, 10)}, "currency": {p.currency}, "confirm": {"true"}, "payment_method": {card},
		"return_url": {"https://news.invalid/thanks"}, "receipt_email": {fmt.Sprintf("reader.%s.%d@example.org", w.name[:6], 1+w.people/3)},
	}
	put(form, "metadata", w.attribution("one_time"))
	made, done := w.post("/v1/payment_intents", form)
	w.must(done, "a gift")
	return given{made.ID, p.amount}
}

// monthly begins a recurring gift at the payment page.
func (w *World) monthly() {
	made, done := w.session(w.yearly(), "month", w.attribution("monthly"), 0)
	w.must(done, "a monthly gift")
	w.people++
	who := payer{fmt.Sprintf("reader.%s.m%d@example.org", w.name[:6], w.people), fmt.Sprintf("Reader %d", w.people), "US"}
	w.submit(made.URL[len(baseURL):], who, url.Values{"card_number": {cardPays}}, true)
	w.renews++
}

// renewed says how many of the monthly gifts are renewed on a day on average, and
// rather too few.
func (w *World) renewed() int {
	const longestMonth = 31
	w.renewals += w.renews
	n := w.renewals / longestMonth
	w.renewals -= n * longestMonth
	return n
}

// refundOf gives a gift back, or a part of it; one that is refunded already is left.
func (w *World) refundOf(g given) {
	form := url.Values{"payment_intent": {g.intent}}
	if part := w.choose(3, "how much"); part > 0 {
		form.Set("amount", strconv.FormatInt(g.amount*int64(part)/3, 10))
	}
	w.post("/v1/refunds", form)
}

// decideSome ends disputes that are open: most are lost.
func (w *World) decideSome() {
	for _, id := range w.list("/v1/disputes") {
		if w.choose(4, "decided") > 0 {
			w.control("/disputes/"+id, map[string]any{"status": one(w, "verdict", "lost", "lost", "won")})
		}
	}
}

// failPayout lets the latest payout that can fail come back.
func (w *World) failPayout() bool {
	for _, id := range w.list("/v1/payouts") {
		if w.control("/payouts/"+id+"/fail", map[string]any{"code": "account_closed"}) {
			return true
		}
	}
	return false
}

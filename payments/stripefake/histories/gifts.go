package histories

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// price is what a gift costs, in minor units as Stripe counts them.
type price struct {
	currency string
	amount   int64
}

func (w *World) price() price {
	currency := one(w, "currency", "usd", "eur", "gbp", "jpy", "kwd")
	switch currency {
	case "jpy":
		return price{currency, one[int64](w, "amount", 500, 1000, 3000, 12_345)}
	case "kwd": // three decimals, the last of them 0
		return price{currency, one[int64](w, "amount", 1000, 5000, 12_340)}
	}
	return price{currency, one[int64](w, "amount", 500, 1000, 2500, 4999, 100_000)}
}

// payer is someone at the payment page.
type payer struct{ email, name, country string }

// payer is somebody new, or somebody who gave before, who may spell the address
// otherwise.
func (w *World) payer() payer {
	n := w.people + 1
	if w.people > 0 {
		if known := w.choose(w.people+2, "who pays"); known > 1 {
			n = known - 1
		}
	}
	w.people = max(w.people, n)
	email := fmt.Sprintf("reader.%s.%d@example.org", w.name[:6], n)
	if n%5 == 0 {
		email = strings.ToUpper(email[:1]) + email[1:]
	}
	return payer{email, fmt.Sprintf("Reader %d", n), one(w, "country", "DE", "US", "GB", "")}
}

func (p payer) form() url.Values {
	return url.Values{"email": {p.email}, "name": {p.name}, "country": {p.country}}
}

// The test cards that a story needs (https://docs.stripe.com/testing).
const (
	cardPays       = "4242424242424242"
	cardDeclined   = "4000000000000002"
	cardSecure     = "4000002500003155"
	cardSecureEach = "4000002760003184" // the bank asks at every payment
	cardDisputed   = "4000000000000259"
	cardInquiry    = "4000000000001976"
	cardWarned     = "4000000000005423"
	cardReviewed   = "4000000000009235"
	refundWaits    = "4000000000007726"
	refundFails    = "4000000000005126"
	cardAvailable  = "4000000000000077" // its money can be paid out at once
	cardFailsLater = "4000000000000341" // can be kept, cannot be charged
)

// payable are the cards that pay at the first try.
func payable() []string {
	return []string{cardPays, cardAvailable, refundWaits, refundFails, cardDisputed, cardInquiry, cardWarned, cardReviewed, "4000002760000016", "5200828282828210"}
}

// attribution is the metadata by which a payment is one of the service's gifts.
func (w *World) attribution(kind string) map[string]string {
	w.checkouts++
	return map[string]string{
		"readerfund_checkout": fmt.Sprintf("story%s%04d", w.name, w.checkouts), "frequency": kind,
		"campaign": one(w, "campaign", "independence", "climate"), "appeal": one(w, "appeal", "autumn", "spring"),
		"variant": one(w, "variant", "base", "bold"), "placement": one(w, "placement", "end", "middle"), "article": "geneva",
	}
}

// put writes a map as form fields under a name.
func put(form url.Values, name string, values map[string]string) {
	for key, value := range values {
		form.Set(name+"["+key+"]", value)
	}
}

// product sees to the product of a campaign, or of what somebody else sells.
func (w *World) product(metadata map[string]string) string {
	id := "prod_print"
	if campaign := metadata["campaign"]; campaign != "" {
		id = "readerfund_" + campaign
	}
	w.post("/v1/products", url.Values{"id": {id}, "name": {"Our journalism"}}) // refused where it is there
	return id
}

// session opens a payment page as the service does; nil metadata is a page that
// somebody else made. Interval is empty for a payment that is made once.
func (w *World) session(p price, interval string, metadata map[string]string, trialDays int) (object, bool) {
	product := w.product(metadata)
	form := url.Values{
		"success_url": {"https://news.invalid/thanks?session_id={CHECKOUT_SESSION_ID}"}, "cancel_url": {"https://news.invalid/articles/geneva"},
		"line_items[0][quantity]": {"1"}, "line_items[0][price_data][currency]": {p.currency},
		"line_items[0][price_data][unit_amount]": {strconv.FormatInt(p.amount, 10)}, "line_items[0][price_data][product]": {product},
	}
	data := "payment_intent_data"
	if interval == "" {
		form.Set("mode", "payment")
	} else {
		form.Set("mode", "subscription")
		form.Set("line_items[0][price_data][recurring][interval]", interval)
		data = "subscription_data"
		if trialDays > 0 {
			form.Set("subscription_data[trial_period_days]", strconv.Itoa(trialDays))
		}
	}
	if metadata != nil {
		if interval == "" {
			form.Set("submit_type", "donate")
		}
		form.Set("client_reference_id", metadata["readerfund_checkout"])
		form.Set(data+"[description]", "Our journalism")
		put(form, "metadata", metadata)
		put(form, data+"[metadata]", metadata)
	}
	return w.post("/v1/checkout/sessions", form)
}

// give opens a page of ours and does there what readers do.
func (w *World) give(kind string) {
	interval := map[string]string{"monthly": "month", "annual": "year"}[kind]
	p := w.price()
	trial := 0
	if interval != "" && w.choose(8, "trial") == 7 {
		trial = one(w, "days of trial", 7, 30)
	}
	made, ok := w.session(p, interval, w.attribution(kind), trial)
	if !ok {
		return
	}
	w.note("%s of %d %s, trial of %d days: %s %s", kind, p.amount, p.currency, trial, made.ID, w.atThePage(made))
}

// atThePage does what readers do at a payment page, and says it in words.
func (w *World) atThePage(made object) string {
	page := strings.TrimPrefix(made.URL, baseURL)
	who := w.payer()
	pay := func(card string) { w.submit(page, who, url.Values{"card_number": {card}}, true) }
	switch w.choose(16, "at the page") {
	case 0, 1, 2, 3, 4:
		pay(cardPays)
		return "pays"
	case 5, 6, 7:
		card := one(w, "card", payable()...)
		pay(card)
		return "pays with " + card
	case 8:
		pay(cardDeclined)
		w.pause()
		pay(cardPays)
		return "is declined, then pays"
	case 9:
		pay(one(w, "secure card", cardSecure, cardSecureEach))
		return "pays after authentication"
	case 10:
		w.submit(page, who, url.Values{"card_number": {cardSecure}}, false)
		w.pause()
		if w.choose(2, "another card") == 0 {
			return "fails at authentication and leaves"
		}
		pay(cardPays)
		return "fails at authentication, then pays"
	case 11:
		pay(cardDeclined)
		return "is declined and leaves"
	case 12:
		return "leaves"
	case 13:
		w.submit(page, who, url.Values{"method": {"bank_debit"}, "account_number": {"990000002"}}, true)
		return "lets it be debited, which fails"
	default:
		w.submit(page, who, url.Values{"method": {"bank_debit"}, "account_number": {"000123456789"}}, true)
		return "lets it be debited"
	}
}

// submit sends the page's form and answers the bank where it asks.
func (w *World) submit(page string, who payer, method url.Values, agree bool) {
	form := who.form()
	for name, value := range method {
		form[name] = value
	}
	to := w.page(page, form)
	if strings.HasSuffix(to, "/authenticate") {
		result := "fail"
		if agree {
			result = "complete"
		}
		w.page(to, url.Values{"result": {result}})
	}
}

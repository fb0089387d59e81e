package histories

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// foreignPayment is money that the account takes for something else: by a
// payment page of its own, by a program, by a token, by an invoice.
func (w *World) foreignPayment() {
	p := w.price()
	form := url.Values{"amount": {strconv.FormatInt(p.amount, 10)}, "currency": {p.currency}}
	how := w.choose(5, "foreign payment")
	switch how {
	case 0:
		form.Set("payment_method", one(w, "method", "pm_card_visa", "pm_card_createDispute", "pm_card_chargeDeclined", "pm_card_refundFail"))
		form.Set("confirm", "true")
		form.Set("payment_method_types[]", "card")
		made, done := w.post("/v1/payment_intents", form)
		w.note("a foreign payment of %d %s: %s %v", p.amount, p.currency, made.ID, done)
	case 1:
		form.Set("source", one(w, "token", "tok_visa", "tok_chargeDeclined", "tok_createDisputeInquiry"))
		made, done := w.post("/v1/charges", form)
		w.note("a foreign charge of %d %s: %s %v", p.amount, p.currency, made.ID, done)
	case 2:
		w.hold(p, form)
	case 3:
		if made, ok := w.session(p, "", nil, 0); ok {
			w.note("a foreign page %s: %s", made.ID, w.atThePage(made))
		}
	default:
		customer, ok := w.foreignCustomer()
		if !ok {
			return
		}
		form.Set("customer", customer)
		w.post("/v1/invoiceitems", form)
		made, ok := w.post("/v1/invoices", url.Values{"customer": {customer}})
		if !ok {
			return
		}
		_, done := w.post("/v1/invoices/"+made.ID+"/pay", nil)
		w.note("a foreign invoice of %d %s: %s %v", p.amount, p.currency, made.ID, done)
	}
}

// hold holds money on a card, and takes all of it, a part, or nothing.
func (w *World) hold(p price, form url.Values) {
	form.Set("payment_method", "pm_card_visa")
	form.Set("payment_method_types[]", "card")
	form.Set("capture_method", "manual")
	form.Set("confirm", "true")
	made, done := w.post("/v1/payment_intents", form)
	w.note("%d %s are held: %s %v", p.amount, p.currency, made.ID, done)
	w.pause()
	how := w.choose(4, "what is held")
	target, taken := "capture", url.Values{}
	switch how {
	case 0:
	case 1:
		taken.Set("amount_to_capture", strconv.FormatInt(max(p.amount/2/10*10, 10), 10))
	case 2:
		target = "cancel"
	default:
		return
	}
	_, done = w.post("/v1/payment_intents/"+made.ID+"/"+target, taken)
	w.note("what is held of %s, %s %s: %v", made.ID, target, taken.Encode(), done)
}

// foreignSubscription is something that is sold by the month.
func (w *World) foreignSubscription() {
	p := w.price()
	if w.choose(2, "by a page") == 0 {
		if made, ok := w.session(p, "month", nil, 0); ok {
			w.note("a foreign subscription's page %s: %s", made.ID, w.atThePage(made))
		}
		return
	}
	customer, ok := w.foreignCustomer()
	if !ok {
		return
	}
	made, done := w.post("/v1/subscriptions", url.Values{
		"customer": {customer}, "items[0][price_data][currency]": {p.currency}, "items[0][price_data][product]": {w.product(nil)},
		"items[0][price_data][unit_amount]": {strconv.FormatInt(p.amount, 10)}, "items[0][price_data][recurring][interval]": {"month"},
	})
	w.note("a foreign subscription of %d %s: %s %v", p.amount, p.currency, made.ID, done)
}

func (w *World) foreignCustomer() (string, bool) {
	who := w.payer()
	made, ok := w.post("/v1/customers", url.Values{
		"email": {who.email}, "name": {who.name}, "payment_method": {"pm_card_visa"},
		"invoice_settings[default_payment_method]": {"pm_card_visa"},
	})
	return made.ID, ok
}

// list returns the ids of the first page of a list.
func (w *World) list(target string) []string {
	answer := w.ask(http.MethodGet, target+"?limit=100", "", "", http.Header{"Authorization": {"Bearer sk_test_histories"}})
	var page struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if w.err != nil {
		return nil
	}
	if err := json.Unmarshal(answer.body.Bytes(), &page); err != nil {
		w.err = fmt.Errorf("list %s: %w", target, err)
		return nil
	}
	var ids []string
	for _, item := range page.Data {
		ids = append(ids, item.ID)
	}
	return ids
}

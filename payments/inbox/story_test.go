package inbox_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// A story is what Stripe tells of one gift, in the order in which it happened.
type story struct {
	name   string
	events []event
}

type event struct {
	ID         string `json:"id"`
	Object     string `json:"object"`
	APIVersion string `json:"api_version"`
	Created    int64  `json:"created"`
	Type       string `json:"type"`
	Data       any    `json:"data"`
}

type object = map[string]any

// teller makes events with ids of their own.
type teller struct {
	n    string // distinguishes one story's objects from another's
	seq  int
	at   int64
	told []event
}

func (s *teller) tell(kind string, o object) {
	s.seq++
	s.told = append(s.told, event{
		ID: fmt.Sprintf("evt_%s_%02d", s.n, s.seq), Object: "event", APIVersion: "2023-10-16", Created: s.at, Type: kind,
		Data: object{"object": o},
	})
}

func (s *teller) metadata(kind string) object {
	return object{
		"readerfund_checkout": "checkout" + s.n, "frequency": kind, "campaign": "independence", "appeal": "autumn",
		"variant": "base", "placement": "end", "article": "geneva",
	}
}

func (s *teller) session(mode, status, paid string, amount int64, currency string, more object) object {
	o := object{
		"id": "cs_" + s.n, "object": "checkout.session", "mode": mode, "status": status, "payment_status": paid,
		"amount_total": amount, "currency": currency, "created": s.at, "metadata": object{},
		"customer_details": object{"email": "Reader" + s.n + "@example.org", "name": "Reader " + s.n, "address": object{"country": "DE"}},
	}
	for k, v := range more {
		o[k] = v
	}
	return o
}

func (s *teller) intent(status string, amount int64, currency string, more object) object {
	o := object{
		"id": "pi_" + s.n, "object": "payment_intent", "status": status, "amount": amount, "currency": currency,
		"created": 1_700_000_000, "metadata": object{},
	}
	for k, v := range more {
		o[k] = v
	}
	return o
}

func (s *teller) charge(id, status string, amount int64, currency string, more object) object {
	o := object{
		"id": id, "object": "charge", "status": status, "amount": amount, "amount_refunded": 0, "currency": currency,
		"created": s.at, "payment_intent": "pi_" + s.n, "metadata": object{}, "balance_transaction": nil,
		"billing_details":        object{"email": "reader" + s.n + "@example.org", "name": "Reader " + s.n, "address": object{"country": "DE"}},
		"payment_method_details": object{"type": "card", "card": object{"country": "DE"}},
	}
	for k, v := range more {
		o[k] = v
	}
	return o
}

// oneTime is a card that pays at its second try, and a partial refund.
func oneTime(n string) story {
	s := &teller{n: n, at: 1_700_000_000}
	meta := object{"metadata": s.metadata("one_time")}
	s.tell("payment_intent.created", s.intent("requires_payment_method", 2500, "usd", meta))
	s.at++
	s.tell("charge.failed", s.charge("ch_"+n+"_1", "failed", 2500, "usd", object{"metadata": s.metadata("one_time"), "failure_code": "card_declined"}))
	s.tell("payment_intent.payment_failed", s.intent("requires_payment_method", 2500, "usd",
		object{"metadata": s.metadata("one_time"), "last_payment_error": object{"code": "card_declined", "decline_code": "generic_decline"}}))
	s.at += 30
	s.tell("charge.succeeded", s.charge("ch_"+n+"_2", "succeeded", 2500, "usd", meta))
	s.tell("payment_intent.succeeded", s.intent("succeeded", 2500, "usd", meta))
	s.tell("checkout.session.completed", s.session("payment", "complete", "paid", 2500, "usd",
		object{"payment_intent": "pi_" + n, "metadata": s.metadata("one_time")}))
	s.tell("charge.updated", s.charge("ch_"+n+"_2", "succeeded", 2500, "usd",
		object{"metadata": s.metadata("one_time"), "balance_transaction": "txn_" + n, "created": s.at}))
	at := s.at
	for _, refunded := range []int64{500, 700} {
		s.at += 3600
		s.tell("charge.refunded", s.charge("ch_"+n+"_2", "succeeded", 2500, "usd", object{"metadata": s.metadata("one_time"),
			"balance_transaction": "txn_" + n, "amount_refunded": refunded, "created": at}))
	}
	return story{"one-time " + n, s.told}
}

// debit is a bank debit that settles, or fails, days later.
func debit(n string, settles bool) story {
	s := &teller{n: n, at: 1_700_000_000}
	meta := object{"metadata": s.metadata("one_time")}
	s.tell("payment_intent.created", s.intent("requires_payment_method", 4000, "eur", meta))
	s.tell("payment_intent.processing", s.intent("processing", 4000, "eur", meta))
	s.tell("checkout.session.completed", s.session("payment", "complete", "unpaid", 4000, "eur",
		object{"payment_intent": "pi_" + n, "metadata": s.metadata("one_time")}))
	charged := s.at
	s.at += 4 * 86400
	if settles {
		s.tell("charge.succeeded", s.charge("ch_"+n, "succeeded", 4000, "eur", object{"metadata": s.metadata("one_time"), "created": charged}))
		s.tell("payment_intent.succeeded", s.intent("succeeded", 4000, "eur", meta))
		s.tell("checkout.session.async_payment_succeeded", s.session("payment", "complete", "paid", 4000, "eur",
			object{"payment_intent": "pi_" + n, "metadata": s.metadata("one_time"), "created": charged}))
	} else {
		s.tell("charge.failed", s.charge("ch_"+n, "failed", 4000, "eur", object{"metadata": s.metadata("one_time"), "created": charged}))
		s.tell("payment_intent.payment_failed", s.intent("requires_payment_method", 4000, "eur",
			object{"metadata": s.metadata("one_time"), "last_payment_error": object{"code": "debit_not_authorized"}}))
		s.tell("checkout.session.async_payment_failed", s.session("payment", "complete", "unpaid", 4000, "eur",
			object{"payment_intent": "pi_" + n, "metadata": s.metadata("one_time"), "created": charged}))
	}
	return story{fmt.Sprintf("debit %s, settles: %v", n, settles), s.told}
}

// unsettled is a bank debit whose bank has not answered yet.
func unsettled(n string) story {
	told := debit(n, true).events
	return story{"unsettled " + n, told[:3]}
}

// declined is a card that never pays, on a page that is left.
func declined(n string) story {
	s := &teller{n: n, at: 1_700_000_000}
	meta := object{"metadata": s.metadata("one_time")}
	s.tell("payment_intent.created", s.intent("requires_payment_method", 2500, "usd", meta))
	s.tell("charge.failed", s.charge("ch_"+n, "failed", 2500, "usd", meta))
	s.tell("payment_intent.payment_failed", s.intent("requires_payment_method", 2500, "usd", meta))
	s.at += 86400
	s.tell("checkout.session.expired", s.session("payment", "expired", "unpaid", 2500, "usd", object{"metadata": s.metadata("one_time")}))
	return story{"declined " + n, s.told}
}

// monthly begins on a session, in the shape before basil (links on invoice,
// payment intent and charge), and is then canceled.
func monthly(n string) story {
	s := &teller{n: n, at: 1_700_000_000}
	sub := func(status string, more object) object {
		o := object{
			"id": "sub_" + n, "object": "subscription", "status": status, "customer": "cus_" + n, "created": 1_700_000_000,
			"metadata": s.metadata("monthly"), "current_period_end": 1_702_592_000, "cancel_at_period_end": false,
			"items": object{"data": []object{{"quantity": 1, "price": object{"unit_amount": 1000, "currency": "eur",
				"recurring": object{"interval": "month", "interval_count": 1}}}}},
		}
		for k, v := range more {
			o[k] = v
		}
		return o
	}
	invoice := func() object {
		return object{
			"id": "in_" + n, "object": "invoice", "subscription": "sub_" + n, "payment_intent": "pi_" + n, "customer": "cus_" + n,
			"status": "paid", "billing_reason": "subscription_create", "currency": "eur", "amount_paid": 1000, "attempt_count": 1,
			"created": 1_700_000_000, "customer_email": "reader" + n + "@example.org", "customer_name": "Reader " + n,
			"subscription_details": object{"metadata": s.metadata("monthly")},
		}
	}
	linked := object{"invoice": "in_" + n, "customer": "cus_" + n}
	s.tell("customer.subscription.created", sub("incomplete", nil))
	s.tell("charge.succeeded", s.charge("ch_"+n, "succeeded", 1000, "eur", linked))
	s.tell("payment_intent.succeeded", s.intent("succeeded", 1000, "eur", linked))
	s.tell("customer.subscription.updated", sub("active", nil))
	s.tell("invoice.paid", invoice())
	s.tell("checkout.session.completed", s.session("subscription", "complete", "paid", 1000, "eur",
		object{"subscription": "sub_" + n, "invoice": "in_" + n, "customer": "cus_" + n, "metadata": s.metadata("monthly")}))
	s.at += 10 * 86400
	s.tell("customer.subscription.deleted", sub("canceled", object{"canceled_at": s.at,
		"cancellation_details": object{"reason": "cancellation_requested"}}))
	return story{"monthly " + n, s.told}
}

// foreign is a payment that did not start here.
func foreign(n string) story {
	s := &teller{n: n, at: 1_700_000_000}
	s.tell("charge.succeeded", s.charge("ch_"+n, "succeeded", 9900, "usd", nil))
	s.tell("payment_intent.succeeded", s.intent("succeeded", 9900, "usd", nil))
	return story{"foreign " + n, s.told}
}

func stories() []story {
	return []story{
		oneTime("a1"), debit("b1", true), debit("b2", false), unsettled("b3"), declined("c1"), monthly("d1"), foreign("e1"), oneTime("a2"), monthly("d2"),
	}
}

func raw(t testing.TB, e event) []byte {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

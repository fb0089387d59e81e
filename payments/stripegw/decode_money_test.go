package stripegw_test

import (
	"reflect"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

const told = 1700000000 // when decode's events were told

// What of a charge was collected and what of it was given back.
func TestMoneyOfACharge(t *testing.T) {
	at := func(minor int64) payments.Refunded { return payments.Refunded{At: told, Minor: minor} }
	for name, tt := range map[string]struct {
		object   string
		status   string
		amount   money.Amount
		refunded payments.Refunded
	}{
		"paid": {`"amount":2500,"amount_captured":2500,"amount_refunded":0,"captured":true,"currency":"usd","status":"succeeded"`,
			"succeeded", money.New(2500, "USD"), at(0)},
		"given back in part": {`"amount":2500,"amount_refunded":2000,"currency":"usd","status":"succeeded"`,
			"succeeded", money.New(2500, "USD"), at(2000)},
		"only held": {`"amount":2500,"amount_captured":0,"amount_refunded":0,"captured":false,"currency":"usd","status":"succeeded"`,
			payments.Uncaptured, money.Amount{}, payments.Refunded{}},
		"held and let go": {`"amount":2500,"amount_captured":0,"amount_refunded":2500,"captured":false,"currency":"usd","status":"succeeded"`,
			payments.Uncaptured, money.Amount{}, payments.Refunded{}},
		"failed and so not captured": {`"amount":2500,"amount_refunded":0,"captured":false,"currency":"usd","status":"failed"`,
			"failed", money.New(2500, "USD"), at(0)},
		"captured in part": {`"amount":1000,"amount_captured":700,"amount_refunded":300,"captured":true,"currency":"usd","status":"succeeded",
			"refunds":{"data":[{"id":"re_0","object":"refund","amount":300,"currency":"usd","status":"succeeded","balance_transaction":null}]}`,
			"succeeded", money.New(700, "USD"), at(0)},
		"captured in part, and some of that given back": {`"amount":1000,"amount_captured":700,"amount_refunded":500,"captured":true,"currency":"usd","status":"succeeded"`,
			"succeeded", money.New(700, "USD"), at(200)},
		"without a sum of refunds": {`"amount":2500,"currency":"usd","status":"succeeded"`,
			"succeeded", money.New(2500, "USD"), payments.Refunded{}},
		"converted, nothing given back": {`"amount":2500,"amount_refunded":0,"currency":"usd","status":"succeeded",
			"presentment_details":{"presentment_amount":2300,"presentment_currency":"eur"}`,
			"succeeded", money.New(2300, "EUR"), at(0)},
		"converted, all given back": {`"amount":2500,"amount_refunded":2500,"currency":"usd","status":"succeeded",
			"presentment_details":{"presentment_amount":2300,"presentment_currency":"eur"}`,
			"succeeded", money.New(2300, "EUR"), at(2300)},
		"converted, a part given back: the refunds tell how much": {`"amount":2500,"amount_refunded":1000,"currency":"usd","status":"succeeded",
			"presentment_details":{"presentment_amount":2300,"presentment_currency":"eur"}`,
			"succeeded", money.New(2300, "EUR"), payments.Refunded{}},
		"shown in its own currency": {`"amount":2500,"amount_refunded":1000,"currency":"usd","status":"succeeded",
			"presentment_details":{"presentment_amount":2500,"presentment_currency":"usd"}`,
			"succeeded", money.New(2500, "USD"), at(1000)},
	} {
		f := decode(t, "charge.updated", `{"id":"ch_1","object":"charge",`+tt.object+`}`).Facts
		c := f.Charges[0]
		if c.State.Status != tt.status || c.Amount != tt.amount || c.Refunded != tt.refunded || len(f.Refunds) != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// A payment intent that was captured in part was paid in part.
func TestAnIntentCollectedInPart(t *testing.T) {
	p := decode(t, "payment_intent.succeeded", `{"id":"pi_1","object":"payment_intent","amount":1000,"amount_received":700,"currency":"usd","status":"succeeded"}`)
	if got := p.Facts.Payments[0].State.Amount; got != money.New(700, "USD") {
		t.Errorf("%v", got)
	}
	held := decode(t, "payment_intent.amount_capturable_updated", `{"id":"pi_1","object":"payment_intent","amount":1000,"amount_received":0,"currency":"usd","status":"requires_capture"}`)
	if got := held.Facts.Payments[0]; got.State.Amount != money.New(1000, "USD") || got.Promised {
		t.Errorf("%+v", got)
	}
}

// Before 2022-11-15 a charge told its refunds; expanded, it tells the rest too.
func TestObjectsWithinACharge(t *testing.T) {
	f := decode(t, "charge.refunded", `{"id":"ch_1","object":"charge","payment_intent":"pi_1","amount":2500,"amount_refunded":2000,"currency":"usd","status":"succeeded",
		"refunds":{"object":"list","data":[
			{"id":"re_1","object":"refund","amount":2000,"currency":"usd","status":"succeeded","created":5,"balance_transaction":{"id":"txn_2","object":"balance_transaction","amount":-2000,"fee":0,"net":-2000,"currency":"usd","source":"re_1"}},
			{"id":"re_2","object":"refund","amount":100,"currency":"usd","status":"failed","failure_reason":"lost_or_stolen_card"}]},
		"dispute":{"id":"dp_1","object":"dispute","charge":"ch_1","status":"lost"},
		"balance_transaction":{"id":"txn_1","object":"balance_transaction","amount":2500,"fee":100,"net":2400,"currency":"usd","source":"ch_1","exchange_rate":9.2e-05}}`).Facts
	refunds := []payments.Refund{
		{ID: "re_1", Charge: "ch_1", Payment: "pi_1", Status: "succeeded", Amount: money.New(2000, "USD"), BalanceTransaction: "txn_2", Created: 5},
		{ID: "re_2", Charge: "ch_1", Payment: "pi_1", Status: "failed", Amount: money.New(100, "USD"), FailureReason: "lost_or_stolen_card", Undone: told},
	}
	if !reflect.DeepEqual(f.Refunds, refunds) {
		t.Errorf("%+v", f.Refunds)
	}
	transactions := []payments.BalanceTransaction{
		{ID: "txn_2", Source: "re_1", Amount: money.New(-2000, "USD"), Net: -2000, Told: told},
		{ID: "txn_1", Source: "ch_1", Amount: money.New(2500, "USD"), Fee: 100, Net: 2400, ExchangeRate: "0.000092", Told: told},
	}
	if !reflect.DeepEqual(f.BalanceTransactions, transactions) {
		t.Errorf("%+v", f.BalanceTransactions)
	}
	if len(f.Disputes) != 1 || f.Disputes[0].State.Status != "lost" || f.Charges[0].BalanceTransaction != "txn_1" {
		t.Errorf("%+v", f)
	}
}

func TestRefundsByAnyOfTheirEvents(t *testing.T) {
	object := `{"id":"re_1","object":"refund","charge":"ch_1","payment_intent":"pi_1","status":"canceled","amount":500,"currency":"jpy",
		"reason":"requested_by_customer","balance_transaction":"txn_1","failure_balance_transaction":"txn_2","created":7}`
	want := []payments.Refund{{
		ID: "re_1", Charge: "ch_1", Payment: "pi_1", Status: "canceled", Amount: money.New(500, "JPY"), Reason: "requested_by_customer",
		BalanceTransaction: "txn_1", FailureTransaction: "txn_2", Created: 7, Undone: told,
	}}
	for _, kind := range []string{"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"} {
		if got := decode(t, kind, object).Facts.Refunds; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

func TestPayouts(t *testing.T) {
	object := `{"id":"po_1","object":"payout","status":"failed","amount":2400,"currency":"usd","automatic":true,"method":"standard",
		"balance_transaction":"txn_1","failure_balance_transaction":"txn_2","failure_code":"account_closed","created":7,"arrival_date":9}`
	want := []payments.Payout{{
		ID: "po_1", Status: "failed", Amount: money.New(2400, "USD"), Automatic: true, Method: "standard", BalanceTransaction: "txn_1",
		FailureTransaction: "txn_2", FailureCode: "account_closed", Created: 7, Arrival: 9,
	}}
	for _, kind := range []string{"payout.created", "payout.failed", "payout.reconciliation_completed"} {
		want[0].Reconciled = kind == "payout.reconciliation_completed"
		if got := decode(t, kind, object).Facts.Payouts; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// What a subscription costs for one period, where that can be said.
func TestAmountOfASubscription(t *testing.T) {
	price := func(amount, more string) string {
		return `{` + more + `"price":{"unit_amount":` + amount + `,"currency":"usd","recurring":{"interval":"month","interval_count":1}}}`
	}
	exact := func(amount, more string) string {
		return `{` + more + `"price":{"unit_amount":null,"unit_amount_decimal":"` + amount + `","currency":"usd","recurring":{"interval":"month","interval_count":1}}}`
	}
	for items, want := range map[string]money.Amount{
		price("1500", ""):                                       money.New(1500, "USD"),
		price("1500", `"quantity":3,`):                          money.New(4500, "USD"),
		price("1500", "") + `,` + price("250", ""):              money.New(1750, "USD"),
		exact("12.5", `"quantity":2,`):                          money.New(25, "USD"),
		exact("12.5", ""):                                       {}, // no whole cents
		exact("1250.00", ""):                                    money.New(1250, "USD"),
		price("null", ""):                                       {}, // in tiers
		price("1500", "") + `,` + price("null", ""):             {},
		price("999999999999999", `"quantity":99999,`):           {}, // more than can be counted
		price("900000000000000", `"quantity":900000000000000,`): {},
		`{"price":null}`:                                        {},
		price("1500", "") + `,{"price":{"unit_amount":12000,"currency":"usd","recurring":{"interval":"year","interval_count":1}}}`: money.New(1500, "USD"),
		`{"price":{"unit_amount":5,"currency":"usd","recurring":{"interval":"month","interval_count":1,"usage_type":"metered"}}}`:  {},
	} {
		got := decode(t, "customer.subscription.created", `{"id":"sub_1","object":"subscription","items":{"data":[`+items+`]}}`).Facts.Subscriptions[0]
		if got.State.Amount != want {
			t.Errorf("%s: %v, want %v", items, got.State.Amount, want)
		}
	}
}

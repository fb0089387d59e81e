package stripegw_test

import (
	"reflect"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

const ours = `"metadata":{"readerfund_checkout":"c1","frequency":"monthly","campaign":"independence"}`

// One story, told in the shapes of several API versions, gives equal facts.
func TestOneStoryInEveryShape(t *testing.T) {
	type shape struct{ version, object string }
	const (
		chargeRest = `"id":"ch_1","object":"charge","amount":2500,"amount_captured":2500,"amount_refunded":0,"captured":true,"currency":"usd",
			"customer":"cus_1","payment_intent":"pi_1","balance_transaction":null,"status":"succeeded","created":1700000000,` + ours + `,
			"billing_details":{"email":"a@example.org","name":"A","address":{"country":null}},
			"payment_method_details":{"type":"card","card":{"country":"DE"}}`
		intentRest = `"id":"pi_1","object":"payment_intent","amount":2500,"amount_received":2500,"currency":"usd","customer":"cus_1",
			"status":"succeeded","created":1700000000,` + ours
		price = `"price":{"id":"price_1","product":"prod_1","unit_amount":1500,"unit_amount_decimal":"1500","currency":"eur",
			"recurring":{"interval":"month","interval_count":1,"usage_type":"licensed"}}`
		plan = `"plan":{"id":"price_1","product":"prod_1","amount":1500,"amount_decimal":"1500","currency":"eur",
			"interval":"month","interval_count":1,"usage_type":"licensed"}`
		subRest = `"id":"sub_1","object":"subscription","customer":"cus_1","status":"trialing","created":1700000000,"trial_end":1701000000,
			"pause_collection":{"behavior":"void","resumes_at":null},"canceled_at":null,"cancel_at":null,` + ours
		invoiceRest = `"id":"in_1","object":"invoice","customer":"cus_1","billing_reason":"subscription_cycle","amount_paid":1500,"currency":"eur",
			"attempt_count":1,"created":1700000000,"customer_email":"a@example.org","customer_name":null,"customer_address":{"country":"DE"}`
		sessionRest = `"id":"cs_1","object":"checkout.session","payment_intent":"pi_1","customer":"cus_1","payment_status":"paid",
			"mode":"payment","status":"complete",` + ours
		disputeRest = `"id":"dp_1","object":"dispute","charge":"ch_1","amount":2500,"currency":"usd","reason":"fraudulent",
			"status":"needs_response","created":1700000000,"evidence_details":{"due_by":1701000000}`
		moved = `"id":"txn_1","object":"balance_transaction","type":"adjustment","reporting_category":"dispute","amount":-2500,"fee":1500,
			"net":-4000,"currency":"usd","created":1700000000,"available_on":1700100000,"exchange_rate":null`
	)
	for name, tt := range map[string]struct {
		kind   string
		shapes []shape
	}{
		"charge without an invoice": {"charge.succeeded", []shape{
			{"2020-03-02", `{` + chargeRest + `,"invoice":null,"dispute":null,"refunds":{"object":"list","data":[]}}`},
			{"2022-11-15", `{` + chargeRest + `,"invoice":null,"dispute":null}`},
			{"2025-03-31.basil", `{` + chargeRest + `,"presentment_details":null}`},
		}},
		"charge in another currency than the account's": {"charge.succeeded", []shape{
			{"2024-10-28.acacia", `{"id":"ch_1","object":"charge","payment_intent":"pi_1","amount":2300,"amount_refunded":2300,"currency":"eur","status":"succeeded"}`},
			{"2025-03-31.basil", `{"id":"ch_1","object":"charge","payment_intent":"pi_1","amount":2500,"amount_refunded":2500,"currency":"usd","status":"succeeded",
				"presentment_details":{"presentment_amount":2300,"presentment_currency":"eur"}}`},
		}},
		"payment intent": {"payment_intent.succeeded", []shape{
			{"2020-03-02", `{` + intentRest + `,"charges":{"object":"list","data":[]},"invoice":null,"last_payment_error":null}`},
			{"2023-10-16", `{` + intentRest + `,"latest_charge":"ch_1","invoice":null}`},
			{"2026-09-30.endive", `{` + intentRest + `,"latest_charge":"ch_1"}`},
		}},
		"payment intent in another currency than the account's": {"payment_intent.succeeded", []shape{
			{"2024-10-28.acacia", `{"id":"pi_1","object":"payment_intent","amount":2300,"amount_received":2300,"currency":"eur","status":"succeeded"}`},
			{"2025-03-31.basil", `{"id":"pi_1","object":"payment_intent","amount":2500,"amount_received":2500,"currency":"usd","status":"succeeded",
				"presentment_details":{"presentment_amount":2300,"presentment_currency":"eur"}}`},
		}},
		"refund in another currency than the account's": {"refund.created", []shape{
			{"2024-10-28.acacia", `{"id":"re_1","object":"refund","charge":"ch_1","amount":2300,"currency":"eur","status":"succeeded"}`},
			{"2026-09-30.endive", `{"id":"re_1","object":"refund","charge":"ch_1","amount":2500,"currency":"usd","status":"succeeded",
				"presentment_details":{"presentment_amount":2300,"presentment_currency":"eur"}}`},
		}},
		"subscription": {"customer.subscription.updated", []shape{
			{"2020-03-02", `{` + subRest + `,"current_period_end":1702592000,"cancel_at_period_end":true,` + plan + `,"quantity":2,
				"items":{"object":"list","data":[{"id":"si_1","quantity":2,` + plan + `}]}}`},
			{"nothing but a plan", `{` + subRest + `,"current_period_end":1702592000,"cancel_at_period_end":true,` + plan + `,"quantity":2}`},
			{"2020-08-27", `{` + subRest + `,"current_period_end":1702592000,"cancel_at_period_end":true,` + plan + `,
				"items":{"object":"list","data":[{"id":"si_1","quantity":2,` + plan + `,` + price + `}]}}`},
			{"2023-10-16", `{` + subRest + `,"current_period_end":1702592000,"cancel_at_period_end":true,"cancellation_details":{"reason":null},
				"items":{"object":"list","data":[{"id":"si_1","quantity":2,` + price + `}]}}`},
			{"2026-09-30.endive", `{` + subRest + `,"cancel_at_period_end":true,"cancellation_details":null,
				"items":{"object":"list","data":[{"id":"si_1","quantity":2,"current_period_end":1702592000,` + price + `}]}}`},
		}},
		"invoice": {"invoice.paid", []shape{
			{"2020-03-02", `{` + invoiceRest + `,"status":"paid","paid":true,"subscription":"sub_1","payment_intent":"pi_1","charge":"ch_1",
				"lines":{"object":"list","data":[{"id":"il_1",` + plan + `,` + ours + `}]}}`},
			{"without a status", `{` + invoiceRest + `,"paid":true,"subscription":"sub_1","payment_intent":"pi_1",
				"lines":{"object":"list","data":[{"id":"il_1",` + ours + `}]}}`},
			{"2023-10-16", `{` + invoiceRest + `,"status":"paid","paid":true,"subscription":"sub_1","payment_intent":"pi_1",
				"subscription_details":{` + ours + `},"lines":{"object":"list","data":[{"id":"il_1",` + price + `,` + ours + `}]}}`},
			{"2025-03-31.basil", `{` + invoiceRest + `,"status":"paid","parent":{"type":"subscription_details",
				"subscription_details":{"subscription":"sub_1",` + ours + `}},
				"payments":{"object":"list","data":[{"id":"inpay_1","payment":{"type":"payment_intent","payment_intent":"pi_1"}}]}}`},
		}},
		"session": {"checkout.session.completed", []shape{
			{"2020-03-02", `{` + sessionRest + `,"customer_email":"a@example.org","display_items":[{"amount":1000,"currency":"eur","quantity":2,"type":"custom"},
				{"amount":500,"currency":"eur","quantity":1,"type":"custom"}]}`},
			{"2020-08-27", `{` + sessionRest + `,"customer_email":"a@example.org","amount_total":2500,"currency":"eur"}`},
			{"2023-10-16", `{` + sessionRest + `,"amount_total":2500,"currency":"eur","customer_details":{"email":"a@example.org","name":null,"address":null},
				"currency_conversion":{"source_currency":"usd","amount_total":2700}}`},
			{"2025-03-31.basil", `{` + sessionRest + `,"amount_total":2700,"currency":"usd","customer_details":{"email":"a@example.org"},
				"presentment_details":{"presentment_amount":2500,"presentment_currency":"eur"}}`},
		}},
		"dispute": {"charge.dispute.funds_withdrawn", []shape{
			{"2020-03-02", `{` + disputeRest + `,"payment_intent":"pi_1","balance_transactions":[{` + moved + `,"source":"dp_1"}]}`},
			{"without the source", `{` + disputeRest + `,"payment_intent":"pi_1","balance_transactions":[{` + moved + `}]}`},
			{"everything expanded", `{` + disputeRest + `,"payment_intent":{"id":"pi_1","object":"payment_intent"},
				"balance_transactions":[{` + moved + `,"source":{"id":"dp_1","object":"dispute"}}]}`},
		}},
		"failed payment of the version before 2019-02-11": {"payment_intent.payment_failed", []shape{
			{"2018", `{"id":"pi_1","object":"payment_intent","status":"requires_source","last_payment_error":{"decline_code":"lost_card"}}`},
			{"2023-10-16", `{"id":"pi_1","object":"payment_intent","status":"requires_payment_method","last_payment_error":{"code":"card_declined","decline_code":"lost_card"}}`},
		}},
	} {
		first := withoutAlone(decode(t, tt.kind, tt.shapes[0].object))
		if reflect.DeepEqual(first.Facts, payments.Facts{}) {
			t.Errorf("%s: nothing told", name)
		}
		for _, s := range tt.shapes[1:] {
			if got := withoutAlone(decode(t, tt.kind, s.object)); !reflect.DeepEqual(got.Facts, first.Facts) {
				t.Errorf("%s, %s and %s differ:\n%+v\n%+v", name, tt.shapes[0].version, s.version, first.Facts, got.Facts)
			}
		}
	}
}

// withoutAlone leaves out what the shapes since basil cannot tell: that a payment
// has no invoice. Stripe is asked about it where it matters.
func withoutAlone(e payments.Event) payments.Event {
	var rest []payments.Payment
	for _, p := range e.Facts.Payments {
		p.Alone = false
		if p != (payments.Payment{ID: p.ID}) {
			rest = append(rest, p)
		}
	}
	e.Facts.Payments = rest
	return e
}

// A payment is alone where the shape would name its invoice and names none.
func TestAPaymentAlone(t *testing.T) {
	for object, want := range map[string]bool{
		`{"id":"pi_1","object":"payment_intent","invoice":null}`:                          true,
		`{"id":"pi_1","object":"payment_intent","invoice":"in_1"}`:                        false,
		`{"id":"pi_1","object":"payment_intent"}`:                                         false,
		`{"id":"ch_1","object":"charge","payment_intent":"pi_1","invoice":null}`:          true,
		`{"id":"ch_1","object":"charge","payment_intent":"pi_1","invoice":{"id":"in_1"}}`: false,
		`{"id":"ch_1","object":"charge","payment_intent":"pi_1"}`:                         false,
	} {
		alone := false
		for _, p := range decode(t, "x.updated", object).Facts.Payments {
			alone = alone || p.ID == "pi_1" && p.Alone
		}
		if alone != want {
			t.Errorf("%s: %v", object, alone)
		}
	}
}

// What the newer shapes tell elsewhere, the older ones told on the spot.
func TestLinksThatOnlyOldShapesTell(t *testing.T) {
	link := []payments.InvoicePayment{{Invoice: "in_1", Payment: "pi_1"}}
	for kind, object := range map[string]string{
		"charge.succeeded":         `{"id":"ch_1","object":"charge","payment_intent":"pi_1","invoice":"in_1"}`,
		"payment_intent.succeeded": `{"id":"pi_1","object":"payment_intent","invoice":"in_1"}`,
		"invoice.paid":             `{"id":"in_1","object":"invoice","payment_intent":"pi_1","charge":"ch_1"}`,
		"invoice_payment.paid":     `{"id":"inpay_1","object":"invoice_payment","invoice":"in_1","payment":{"type":"payment_intent","payment_intent":"pi_1"}}`,
	} {
		if got := decode(t, kind, object).Facts.InvoicePayments; !reflect.DeepEqual(got, link) {
			t.Errorf("%s: %+v", kind, got)
		}
	}
	charged := decode(t, "invoice.paid", `{"id":"in_1","object":"invoice","charge":"ch_1","payment_intent":null}`)
	if got := charged.Facts.InvoicePayments; len(got) != 1 || got[0].Payment != "ch_1" {
		t.Errorf("an invoice that a charge paid: %+v", got)
	}
	for name, object := range map[string]string{
		"of nothing":        `{"id":"in_1","object":"invoice","amount_paid":0,"currency":"eur","charge":null,"payment_intent":null,"status":"paid"}`,
		"outside of Stripe": `{"id":"in_1","object":"invoice","amount_paid":0,"currency":"eur","payments":{"data":[{"payment":{"type":"payment_record","payment_record":"pr_1"}}]}}`,
	} {
		if got := decode(t, "invoice.paid", object).Facts; len(got.InvoicePayments) != 0 || len(got.Payments) != 0 {
			t.Errorf("an invoice %s tells a payment: %+v", name, got)
		}
	}
}

// A session whose shape has no payment_status promises its payment and leaves it
// to the intent or the charge whether it came.
func TestASessionWithoutAPaymentStatus(t *testing.T) {
	f := decode(t, "checkout.session.completed", `{"id":"cs_1","object":"checkout.session","payment_intent":"pi_1",
		"display_items":[{"amount":2500,"currency":"usd","quantity":1}]}`).Facts
	want := []payments.Payment{{ID: "pi_1", Promised: true}}
	if !reflect.DeepEqual(f.Payments, want) || f.Sessions[0].Total != money.New(2500, "USD") || f.Sessions[0].Mode != "payment" ||
		f.Sessions[0].Status != "complete" {
		t.Errorf("%+v", f)
	}
	free := decode(t, "checkout.session.completed", `{"id":"cs_1","object":"checkout.session","payment_status":"no_payment_required","status":"complete","payment_intent":"pi_1"}`)
	if len(free.Facts.Payments) != 0 {
		t.Errorf("nothing was to be paid: %+v", free.Facts)
	}
	linked := decode(t, "checkout.session.completed", `{"id":"cs_1","object":"checkout.session","payment_link":{"id":"plink_1","object":"payment_link"}}`)
	if linked.Facts.Sessions[0].PaymentLink != "plink_1" {
		t.Errorf("%+v", linked.Facts)
	}
}

package stripegw_test

import (
	"reflect"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func decode(t *testing.T, kind, object string) payments.Event {
	t.Helper()
	e, err := stripegw.Decode([]byte(`{"id":"evt_1","object":"event","type":"` + kind + `","created":1700000000,"data":{"object":` + object + `}}`))
	if err != nil {
		t.Fatalf("%s %s: %v", kind, object, err)
	}
	return e
}

// Links come as ids, as whole objects or as nothing.
func TestLinksInEveryForm(t *testing.T) {
	for object, want := range map[string]string{
		`{"id":"ch_1","payment_intent":"pi_1","currency":"usd"}`:                                  "pi_1",
		`{"id":"ch_1","payment_intent":{"id":"pi_1","object":"payment_intent"},"currency":"usd"}`: "pi_1",
		`{"id":"ch_1","payment_intent":null,"currency":"usd"}`:                                    "ch_1",
		`{"id":"ch_1","currency":"usd"}`:                                                          "ch_1",
	} {
		if got := decode(t, "charge.succeeded", object).Facts.Charges[0].Payment; got != want {
			t.Errorf("%s: %q", object, got)
		}
	}
}

// An invoice tells its subscription, its payment and whose it is, in the shape
// before 2025-03-31.basil and in the one since.
func TestInvoiceBeforeAndSinceBasil(t *testing.T) {
	before := `{"id":"in_1","subscription":"sub_1","payment_intent":"pi_1","status":"paid","amount_paid":1000,"currency":"eur",
		"subscription_details":{"metadata":{"readerfund_checkout":"c1","frequency":"monthly"}}}`
	since := `{"id":"in_1","status":"paid","amount_paid":1000,"currency":"eur",
		"parent":{"subscription_details":{"subscription":"sub_1","metadata":{"readerfund_checkout":"c1","frequency":"monthly"}}},
		"payments":{"data":[{"payment":{"type":"payment_intent","payment_intent":"pi_1"}}]}}`
	a, b := decode(t, "invoice.paid", before), decode(t, "invoice.paid", since)
	if !reflect.DeepEqual(a.Facts, b.Facts) {
		t.Errorf("%+v\n%+v", a.Facts, b.Facts)
	}
	want := []payments.InvoicePayment{{Invoice: "in_1", Payment: "pi_1"}}
	if !reflect.DeepEqual(a.Facts.InvoicePayments, want) || a.Facts.Invoices[0].CheckoutID != "c1" || a.Facts.Invoices[0].Subscription != "sub_1" {
		t.Errorf("%+v", a.Facts)
	}
}

func TestSubscriptionPeriodBeforeAndSinceBasil(t *testing.T) {
	item := `"quantity":1,"price":{"unit_amount":1500,"currency":"kwd","recurring":{"interval":"month","interval_count":1}}`
	before := decode(t, "customer.subscription.updated", `{"id":"sub_1","status":"active","current_period_end":1702592000,"items":{"data":[{`+item+`}]}}`)
	since := decode(t, "customer.subscription.updated", `{"id":"sub_1","status":"active","items":{"data":[{"current_period_end":1702592000,`+item+`}]}}`)
	if !reflect.DeepEqual(before.Facts, since.Facts) {
		t.Errorf("%+v\n%+v", before.Facts, since.Facts)
	}
	if got := before.Facts.Subscriptions[0].State.Amount; got != money.New(1500, "KWD") {
		t.Errorf("%v", got)
	}
}

// Before 2022-11-15 a payment intent carried its charges.
func TestChargesInsideAnOldIntent(t *testing.T) {
	e := decode(t, "payment_intent.succeeded", `{"id":"pi_1","status":"succeeded","amount":2500,"currency":"usd",
		"charges":{"data":[{"id":"ch_1","payment_intent":"pi_1","status":"succeeded","amount":2500,"currency":"usd"}]}}`)
	if len(e.Facts.Charges) != 1 || e.Facts.Charges[0].ID != "ch_1" || !e.Facts.Payments[0].Promised {
		t.Errorf("%+v", e.Facts)
	}
}

func TestASessionTellsOfItsPayment(t *testing.T) {
	tests := []struct {
		kind, object, status string
		promised             bool
	}{
		{"checkout.session.completed", `"payment_status":"paid","status":"complete"`, "succeeded", true},
		{"checkout.session.completed", `"payment_status":"paid"`, "succeeded", true},
		{"checkout.session.completed", `"payment_status":"unpaid","status":"complete"`, "processing", true},
		{"checkout.session.async_payment_succeeded", `"payment_status":"paid","status":"complete"`, "succeeded", true},
		{"checkout.session.async_payment_failed", `"payment_status":"unpaid","status":"complete"`, "requires_payment_method", true},
		{"checkout.session.expired", `"payment_status":"unpaid","status":"expired"`, "", false},
	}
	for _, tt := range tests {
		e := decode(t, tt.kind, `{"id":"cs_1","payment_intent":"pi_1","amount_total":2500,"currency":"usd",`+tt.object+`}`)
		if !tt.promised {
			if len(e.Facts.Payments) != 0 {
				t.Errorf("%s: %+v", tt.kind, e.Facts.Payments)
			}
			continue
		}
		p := e.Facts.Payments[0]
		if p.State.Status != tt.status || p.Promised != tt.promised || p.State.Amount != money.New(2500, "USD") {
			t.Errorf("%s: %+v", tt.kind, p)
		}
	}
}

func TestAnIntentThatIsNewHasNotFailed(t *testing.T) {
	fresh := decode(t, "payment_intent.created", `{"id":"pi_1","status":"requires_payment_method","last_payment_error":null}`)
	failed := decode(t, "payment_intent.payment_failed", `{"id":"pi_1","status":"requires_payment_method","last_payment_error":{"code":"card_declined","decline_code":"lost_card"}}`)
	bare := decode(t, "payment_intent.payment_failed", `{"id":"pi_1","status":"requires_source"}`)
	again := decode(t, "payment_intent.processing", `{"id":"pi_1","status":"processing","last_payment_error":{"code":"card_declined"}}`)
	for e, want := range map[*payments.Event]string{&fresh: "", &failed: "lost_card", &bare: "payment_failed", &again: ""} {
		if got := e.Facts.Payments[0].State.FailureCode; got != want {
			t.Errorf("%s: %q, want %q", e.Type, got, want)
		}
	}
}

func TestMetadataOfOthersIsNotOurs(t *testing.T) {
	e := decode(t, "charge.succeeded", `{"id":"ch_1","metadata":{"campaign":"theirs","frequency":"monthly"}}`)
	if len(e.Facts.Attributions) != 0 || e.Facts.Charges[0].CheckoutID != "" {
		t.Errorf("%+v", e.Facts)
	}
}

func TestTypesThatSayNothingOfGifts(t *testing.T) {
	for _, kind := range []string{"topup.created", "invoiceitem.created", "invoice.upcoming", "customer.source.created", "transfer.created", "future.thing"} {
		if e := decode(t, kind, `{"id":"x_1"}`); e.Handled || !reflect.DeepEqual(e.Facts, payments.Facts{}) {
			t.Errorf("%s: %+v", kind, e)
		}
	}
}

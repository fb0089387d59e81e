package stripegw_test

import (
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// Money is not guessed; what is told beside it can be missing.
func TestBrokenFields(t *testing.T) {
	for object, amount := range map[string]money.Amount{
		`"amount":"2500","currency":"usd"`:                                     money.New(2500, "USD"),
		`"amount":2500.0,"currency":"usd"`:                                     money.New(2500, "USD"),
		`"amount":null,"currency":"usd"`:                                       {},
		`"amount":2500,"currency":null`:                                        {},
		`"amount":2500,"currency":" "`:                                         {},
		`"Amount":2500,"currency":"usd"`:                                       {}, // another name
		`"amount":2500,"currency":"usd","created":"soon"`:                      money.New(2500, "USD"),
		`"amount":2500,"currency":"usd","created":1.5,"captured":"no"`:         money.New(2500, "USD"),
		`"amount":2500,"currency":"usd","metadata":[1],"billing_details":"x"`:  money.New(2500, "USD"),
		`"amount":2500,"currency":"usd","refunds":[null,7,{}],"customer":[]`:   money.New(2500, "USD"),
		`"amount":2500,"currency":"usd","status":{"a":1},"dispute":{"a":null}`: money.New(2500, "USD"),
		`"amount":2500,"currency":"usd","presentment_details":7,"invoice":7`:   money.New(2500, "USD"),
	} {
		e := decode(t, "charge.updated", `{"id":"ch_1","object":"charge",`+object+`}`)
		if got := e.Facts.Charges[0].Amount; got != amount {
			t.Errorf("%s: %v, want %v", object, got, amount)
		}
	}
	for _, object := range []string{
		`"amount":"25 dollars","currency":"usd"`, `"amount":2500.5,"currency":"usd"`, `"amount":true,"currency":"usd"`,
		`"amount":[2500],"currency":"usd"`, `"amount":99999999999999999999,"currency":"usd"`, `"amount":2e3,"currency":"usd"`,
		`"amount":2500,"amount_refunded":"some"`, `"amount":2500,"presentment_details":{"presentment_amount":"x"}`,
		`"amount":2500,"refunds":{"data":[{"id":"re_1","amount":"x"}]}`,
	} {
		_, err := stripegw.Decode([]byte(`{"id":"evt_1","type":"charge.updated","data":{"object":{"id":"ch_1","object":"charge",` + object + `}}}`))
		if err == nil || !strings.Contains(err.Error(), ": is not a whole number of minor units") {
			t.Errorf("%s: %v", object, err)
		}
		if err != nil && strings.Contains(err.Error(), "stripegw") {
			t.Errorf("the error tells of the program: %v", err)
		}
	}
}

// What cannot be read is told with what could be, so that it is stored and shown.
func TestBrokenEvents(t *testing.T) {
	for raw, id := range map[string]string{
		`{"id":"evt_1","type":"charge.updated"`:                                               "evt_1",
		`{"id":"evt_1","type":"charge.updated"}`:                                              "evt_1",
		`{"id":"evt_1","type":"charge.updated","data":[]}`:                                    "evt_1",
		`{"id":"evt_1","type":"charge.updated","data":{"object":[]}}`:                         "evt_1",
		`{"id":"evt_1","type":"charge.updated","data":{"object":{"object":"charge"}}}`:        "evt_1",
		`{"id":"evt_1","type":"charge.updated","data":{"object":{"id":"ch_1","id":"ch_2"}}}`:  "evt_1",
		`{"id":"evt_1","type":"x.y","data":{"object":{"z":{"a":1,"a":2}}}}`:                   "evt_1",
		`{"id":"evt_1","id":"evt_2","type":"charge.updated","data":{"object":{"id":"ch_1"}}}`: "evt_1",
		`{"id":"evt_1","type":"charge.updated","data":{"object":{"id":"ch_1"}}} {}`:           "evt_1",
		`{"id":7,"type":"charge.updated","data":{"object":{"id":"ch_1"}}}`:                    "",
		`[{"id":"evt_1"}]`: "",
		`"evt_1"`:          "",
		``:                 "",
		`{"id":"evt_1","type":"charge.updated","data":{"object":` + strings.Repeat(`[`, 1<<20):        "evt_1",
		`{"id":"evt_1","type":"charge.updated","data":{"object":` + strings.Repeat(`{"a":`, 1<<18):    "evt_1",
		`{"id":"evt_1","type":"invoice_payment.paid","data":{"object":{"object":"invoice_payment"}}}`: "evt_1",
	} {
		e, err := stripegw.Decode([]byte(raw))
		if err == nil || e.ID != id {
			t.Errorf("%.80s: %q, %v", raw, e.ID, err)
		}
	}
}

// Postgres holds neither a NUL nor broken UTF-8, and a donor's name must not park
// their gift.
func TestNamesThatNobodyHas(t *testing.T) {
	e := decode(t, "customer.updated", `{"id":"cus_1","object":"customer","name":"A\u0000B\ud800C`+"\xff"+`"}`)
	if got := e.Facts.Customers[0].Person.Name; got != "AB\uFFFDC\uFFFD" {
		t.Errorf("%q", got)
	}
}

// The object says what it is: an event type that is newer than this program is
// understood where its object is an old one.
func TestNewTypesOfOldObjects(t *testing.T) {
	e := decode(t, "charge.foo_bar", `{"id":"ch_1","object":"charge","amount":2500,"currency":"usd"}`)
	if !e.Handled || len(e.Facts.Charges) != 1 {
		t.Errorf("%+v", e)
	}
	of := decode(t, "charge.refund.updated", `{"object":"refund","id":"re_1"}`)
	if len(of.Facts.Refunds) != 1 || len(of.Facts.Charges) != 0 {
		t.Errorf("%+v", of)
	}
	if e := decode(t, "charge.foo_bar", `{"id":"x_1","object":"of_another_year"}`); e.Handled {
		t.Errorf("%+v", e)
	}
}

// An object that the API listed tells the same as in an event, but of no event.
func TestListedObjects(t *testing.T) {
	object := `{"id":"sub_1","object":"subscription","status":"active"}`
	at := time.Unix(told, 0)
	direct, err := stripegw.Decoder{}.DecodeObject([]byte(object), at)
	if err != nil {
		t.Fatal(err)
	}
	if s := direct.Subscriptions[0]; s.Stamp.At != told || s.Stamp.Event != "" {
		t.Errorf("%+v", s)
	}
	e := decode(t, stripegw.Listed, object)
	if e.ID != "evt_1" || !e.Handled || e.Facts.Subscriptions[0] != direct.Subscriptions[0] {
		t.Errorf("%+v", e)
	}
	page, err := stripegw.Decoder{}.DecodeObject([]byte(`{"object":"list","data":[`+object+`,{"id":"prod_1","object":"product"},null]}`), at)
	if err != nil || len(page.Subscriptions) != 1 || page.Subscriptions[0] != direct.Subscriptions[0] {
		t.Errorf("%+v, %v", page, err)
	}
	for kind, object := range map[string]string{
		"balance_transaction": `{"id":"txn_1","object":"balance_transaction","amount":5,"currency":"usd"}`,
		"invoice_payment":     `{"id":"inpay_1","object":"invoice_payment","invoice":"in_1","payment":{"payment_intent":"pi_1"}}`,
		"checkout.session":    `{"id":"cs_1","object":"checkout.session","status":"complete","payment_status":"unpaid","payment_intent":"pi_1"}`,
	} {
		f, err := stripegw.Decoder{}.DecodeObject([]byte(object), at)
		if err != nil || len(f.BalanceTransactions)+len(f.InvoicePayments)+len(f.Sessions) != 1 {
			t.Errorf("%s: %+v, %v", kind, f, err)
		}
		// Listed long after, a session cannot say whether its payment is under way.
		if len(f.Payments) > 0 && (f.Payments[0].State.Status != "" || f.Payments[0].Stamp.At != 0) {
			t.Errorf("%+v", f.Payments)
		}
	}
	for _, broken := range []string{``, `[]`, `{"object":"product"`, `{"object":"charge","id":"ch_1","amount":"x"}`} {
		if f, err := (stripegw.Decoder{}).DecodeObject([]byte(broken), at); err == nil {
			t.Errorf("%s: %+v", broken, f)
		}
	}
}

// What nobody could reckon with is refused where it is money and left out where
// it is a time, whichever event tells it first.
func TestBoundsOfMoneyAndTime(t *testing.T) {
	if _, err := stripegw.Decode([]byte(`{"id":"evt_1","type":"charge.succeeded","created":1,"data":{"object":{"id":"ch_1","amount":1000000000000000,"currency":"usd"}}}`)); err == nil {
		t.Error("more than Stripe can charge was taken")
	}
	e := decode(t, "charge.succeeded", `{"id":"ch_1","object":"charge","amount":999999999999999,"currency":"usd","created":253402300800}`)
	if c := e.Facts.Charges[0]; c.Amount != money.New(999_999_999_999_999, "USD") || c.Created != 0 {
		t.Errorf("%+v", c)
	}
}

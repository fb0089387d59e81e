package stripegw_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stripe/stripe-mock/embedded"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// adopting matches much, so that its ways are walked as well.
func adopting() stripegw.Decoder {
	return stripegw.Decoder{Rules: payments.Rules{
		{Name: "link", PaymentLink: "plink_1", Kind: payments.OneTime}, {Name: "price", Price: "price_1"},
		{Name: "product", Product: "prod_1"}, {Name: "meta", Metadata: map[string]string{"fund": ""}},
	}}
}

// seeds are events about every object, in shapes of several versions, and broken
// ones.
func seeds(f *testing.F) {
	all := fixtures(f, embedded.OpenAPIFixtures)
	for _, s := range samples() {
		if object, ok := all[s.object]; ok {
			f.Add(string(sent(f, s.kinds[0], object)))
		}
	}
	for _, object := range []string{
		`{"id":"ch_1","object":"charge","amount":1000,"amount_captured":700,"amount_refunded":300,"currency":"usd","presentment_details":{"presentment_amount":1,"presentment_currency":"eur"},"refunds":[{"id":"re_1","amount":300}],"dispute":{"id":"dp_1"},"invoice":{"id":"in_1","lines":{"data":[{"price":"price_1"}]}}}`,
		`{"id":"pi_1","object":"payment_intent","amount":5,"currency":"x","charges":{"data":[{"id":"ch_1","amount":5,"currency":"usd"}]},"last_payment_error":{}}`,
		`{"id":"sub_1","object":"subscription","items":{"data":[{"quantity":2,"price":{"unit_amount_decimal":"12.5","currency":"usd","recurring":{"interval":"month"}}},{"plan":{"id":"plan_1","amount":5,"currency":"usd"}}]}}`,
		`{"id":"in_1","object":"invoice","paid":true,"parent":{"subscription_details":{"subscription":"sub_1","metadata":{"readerfund_checkout":"c\u00001"}}},"payments":{"data":[null,{"payment":{"charge":"ch_1"}}]},"lines":{"data":[{"pricing":{"price_details":{"price":"price_1","product":"prod_1"}}}]}}`,
		`{"id":"cs_1","object":"checkout.session","payment_intent":"pi_1","payment_link":"plink_1","display_items":[{"amount":5,"currency":"usd","quantity":2},{"plan":{"amount":5}}]}`,
		`{"id":"cus_1","object":"customer","deleted":true,"subscriptions":{"data":[{"id":"sub_1"}]}}`,
		`{"object":"list","data":[{"id":"txn_1","object":"balance_transaction","amount":5,"fee":7,"exchange_rate":1e-7},[]]}`,
		`{"id":"x","object":"charge","metadata":{"fund":"","readerfund_checkout":"~x"},"amount":"5","currency":" "}`,
		`null`, `{`, `{"id":{}}`,
	} {
		f.Add(`{"id":"evt_1","type":"readerfund.listed","created":1,"api_version":null,"data":{"object":` + object + `}}`)
	}
	f.Add(`{"data":{"object":null}}`)
	f.Add(`[[[[`)
}

// Whatever is told, nothing panics, what is taken in can be stored, and it is the
// same each time.
func FuzzDecode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw string) {
		e, err := adopting().Decode([]byte(raw))
		if err == nil && (e.ID == "" || e.Type == "") {
			t.Fatalf("taken without id or type: %q", raw)
		}
		if err != nil && !reflect.DeepEqual(e.Facts, payments.Facts{}) {
			t.Fatalf("half told: %+v", e.Facts)
		}
		text, _ := json.Marshal(e)
		if strings.Contains(string(text), `\u0000`) || err != nil && strings.Contains(err.Error(), "\x00") {
			t.Fatalf("a NUL came through: %s, %v", text, err)
		}
		again, _ := adopting().Decode([]byte(raw))
		if !reflect.DeepEqual(e, again) {
			t.Fatalf("told twice, two stories:\n%+v\n%+v", e, again)
		}
		eachAmount(e.Facts, func(a money.Amount) {
			if a.Minor != 0 && a.Currency == "" {
				t.Fatalf("an amount without its currency: %+v", e.Facts)
			}
		})
	})
}

func eachAmount(f payments.Facts, check func(money.Amount)) {
	for _, x := range f.Sessions {
		check(x.Total)
	}
	for _, x := range f.Payments {
		check(x.State.Amount)
	}
	for _, x := range f.Charges {
		check(x.Amount)
	}
	for _, x := range f.Refunds {
		check(x.Amount)
	}
	for _, x := range f.Disputes {
		check(x.Amount)
	}
	for _, x := range f.Invoices {
		check(x.Paid)
	}
	for _, x := range f.Subscriptions {
		check(x.State.Amount)
	}
	for _, x := range f.BalanceTransactions {
		check(x.Amount)
	}
	for _, x := range f.Payouts {
		check(x.Amount)
	}
}

package stripegw_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func adopt(t *testing.T, rules payments.Rules, kind, object string) payments.Facts {
	t.Helper()
	e, err := stripegw.Decoder{Rules: rules}.Decode([]byte(`{"id":"evt_1","type":"` + kind + `","created":1700000000,"data":{"object":` + object + `}}`))
	if err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	return e.Facts
}

// checkoutOf is the checkout that an object was filed under.
func checkoutOf(f payments.Facts) string {
	switch {
	case len(f.Sessions) > 0:
		return f.Sessions[0].CheckoutID
	case len(f.Charges) > 0:
		return f.Charges[0].CheckoutID
	case len(f.Payments) > 0:
		return f.Payments[0].CheckoutID
	case len(f.Invoices) > 0:
		return f.Invoices[0].CheckoutID
	case len(f.Subscriptions) > 0:
		return f.Subscriptions[0].CheckoutID
	default:
		return ""
	}
}

// A payment that did not begin here is adopted by what its objects show, in the
// older shapes and in the newer ones.
func TestRulesAdopt(t *testing.T) {
	byLink := payments.Rule{Name: "link", PaymentLink: "plink_1", Kind: payments.OneTime, Campaign: "spring", Appeal: "mail"}
	byPrice := payments.Rule{Name: "price", Price: "price_1", Kind: payments.Monthly, Campaign: "members"}
	byProduct := payments.Rule{Name: "product", Product: "prod_1", Campaign: "members"}
	byMeta := payments.Rule{Name: "meta", Metadata: map[string]string{"source": "newsletter", "fund": "legal"}, Campaign: "legal"}
	rules := payments.Rules{byLink, byPrice, byProduct, byMeta}
	const meta = `"metadata":{"source":"newsletter","fund":"legal","more":"x"}`
	for name, tt := range map[string]struct {
		kind, object string
		by           payments.Rule
	}{
		"session by its link":              {"checkout.session.completed", `{"id":"cs_1","object":"checkout.session","payment_link":"plink_1",` + meta + `}`, byLink},
		"session by its expanded link":     {"checkout.session.completed", `{"id":"cs_1","object":"checkout.session","payment_link":{"id":"plink_1"}}`, byLink},
		"session by its expanded lines":    {"checkout.session.completed", `{"id":"cs_1","object":"checkout.session","line_items":{"data":[{"price":{"id":"price_1"}}]}}`, byPrice},
		"session by its metadata":          {"checkout.session.completed", `{"id":"cs_1","object":"checkout.session",` + meta + `}`, byMeta},
		"session of 2020 by what it shows": {"checkout.session.completed", `{"id":"cs_1","object":"checkout.session","display_items":[{"plan":{"id":"x","product":"prod_1"}}]}`, byProduct},
		"charge by its metadata":           {"charge.succeeded", `{"id":"ch_1","object":"charge",` + meta + `}`, byMeta},
		"charge by its expanded invoice":   {"charge.succeeded", `{"id":"ch_1","object":"charge","invoice":{"id":"in_1","lines":{"data":[{"price":{"id":"price_1"}}]}}}`, byPrice},
		"intent by its metadata":           {"payment_intent.succeeded", `{"id":"pi_1","object":"payment_intent",` + meta + `}`, byMeta},
		"intent by its expanded invoice":   {"payment_intent.succeeded", `{"id":"pi_1","object":"payment_intent","invoice":{"id":"in_1","subscription_details":{` + meta + `}}}`, byMeta},
		"subscription by its price":        {"customer.subscription.created", `{"id":"sub_1","object":"subscription","items":{"data":[{"price":{"id":"price_1","product":"prod_1"}}]}}`, byPrice},
		"subscription by its product":      {"customer.subscription.created", `{"id":"sub_1","object":"subscription","items":{"data":[{"price":{"id":"x","product":{"id":"prod_1"}}}]}}`, byProduct},
		"subscription by its plan":         {"customer.subscription.created", `{"id":"sub_1","object":"subscription","plan":{"id":"price_1","product":"y"}}`, byPrice},
		"subscription by its metadata":     {"customer.subscription.created", `{"id":"sub_1","object":"subscription",` + meta + `}`, byMeta},
		"invoice by a line's price":        {"invoice.paid", `{"id":"in_1","object":"invoice","lines":{"data":[{"price":{"id":"x"}},{"price":{"id":"price_1"}}]}}`, byPrice},
		"invoice by a line's plan":         {"invoice.paid", `{"id":"in_1","object":"invoice","lines":{"data":[{"plan":{"id":"x","product":"prod_1"}}]}}`, byProduct},
		"invoice since basil, price":       {"invoice.paid", `{"id":"in_1","object":"invoice","lines":{"data":[{"pricing":{"price_details":{"price":"price_1","product":"prod_1"}}}]}}`, byPrice},
		"invoice since basil, product":     {"invoice.paid", `{"id":"in_1","object":"invoice","lines":{"data":[{"pricing":{"price_details":{"price":{"id":"x"},"product":"prod_1"}}}]}}`, byProduct},
		"invoice by its own metadata":      {"invoice.paid", `{"id":"in_1","object":"invoice",` + meta + `}`, byMeta},
		"invoice since basil, metadata":    {"invoice.paid", `{"id":"in_1","object":"invoice","parent":{"subscription_details":{` + meta + `}}}`, byMeta},
	} {
		f := adopt(t, rules, tt.kind, tt.object)
		place := slices.IndexFunc(rules, func(r payments.Rule) bool { return r.Name == tt.by.Name })
		want := payments.Attribution{CheckoutID: tt.by.CheckoutID(place), Kind: tt.by.Kind, Campaign: tt.by.Campaign, Appeal: tt.by.Appeal}
		if got := checkoutOf(f); got != want.CheckoutID || len(f.Attributions) == 0 || f.Attributions[0] != want {
			t.Errorf("%s: %q, %+v, want %+v", name, got, f.Attributions, want)
		}
		if alone := adopt(t, nil, tt.kind, tt.object); checkoutOf(alone) != "" || len(alone.Attributions) != 0 {
			t.Errorf("%s without rules: %+v", name, alone)
		}
	}
}

// A checkout of ours goes before every rule, wherever an object shows it.
func TestOursGoesBeforeRules(t *testing.T) {
	rules := payments.Rules{{Name: "all", Price: "price_1", Campaign: "theirs"}}
	for kind, object := range map[string]string{
		"customer.subscription.created": `{"id":"sub_1","object":"subscription",` + ours + `,"items":{"data":[{"price":{"id":"price_1"}}]}}`,
		"invoice.paid":                  `{"id":"in_1","object":"invoice","lines":{"data":[{"price":{"id":"price_1"}},{` + ours + `}]}}`,
	} {
		f := adopt(t, rules, kind, object)
		want := []payments.Attribution{{CheckoutID: "c1", Kind: payments.Monthly, Campaign: "independence"}}
		if checkoutOf(f) != "c1" || !reflect.DeepEqual(f.Attributions, want) {
			t.Errorf("%s: %+v", kind, f)
		}
	}
	// The sign of a rule in metadata is nobody's checkout.
	f := adopt(t, nil, "charge.succeeded", `{"id":"ch_1","object":"charge","metadata":{"readerfund_checkout":"~all#12345678"}}`)
	if checkoutOf(f) != "" || len(f.Attributions) != 0 {
		t.Errorf("%+v", f)
	}
}

// Metadata must agree in one place: half here and half there is no match.
func TestMetadataOfARuleStandsTogether(t *testing.T) {
	rules := payments.Rules{{Name: "meta", Metadata: map[string]string{"a": "1", "b": ""}}}
	for object, matches := range map[string]bool{
		`"metadata":{"a":"1","b":""}`: true,
		`"metadata":{"a":"1"}`:        false,
		`"metadata":{"a":"1"},"subscription_details":{"metadata":{"b":""}}`: false,
		`"metadata":{"a":"2","b":""}`:                                       false,
	} {
		f := adopt(t, rules, "invoice.paid", `{"id":"in_1","object":"invoice",`+object+`}`)
		if (checkoutOf(f) != "") != matches {
			t.Errorf("%s: %+v", object, f)
		}
	}
}

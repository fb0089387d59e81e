package stripefake_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// listening are the versions at which events are received. At the others, whose
// shapes are those of one of these or of a list, only the API is asked.
func listening() []string {
	return []string{
		"2020-03-02", "2022-08-01", "2023-10-16", "2024-09-30.acacia", "2025-05-28.basil", "2025-11-17.clover", "2026-08-26.dahlia",
		"2026-09-30.endive",
	}
}

// TestEveryObjectAtEveryVersion plays all stories with several receivers, and
// looks at all that was told. (One test, since the stories take their time.)
func TestEveryObjectAtEveryVersion(t *testing.T) {
	s, e := bareStand(t, stripefake.Options{Clock: func() time.Time { return monday }}), newEars(t)
	for _, version := range listening() {
		s.AddEndpoint(e.url+version, testSecret, version)
	}
	playMoney(s)
	s.control("/_control/payouts", map[string]any{"daily": false})
	play(s)
	playRecurring(s)
	everyVersionTellsTheSame(s, e)
	newerShapesHaveStripesFields(s, e)
	nothingGoneIsLeft(s, e)
	olderShapesHaveTheirs(s, e)
}

// eachObject visits every object of Stripe's in a JSON value, the innermost
// last.
func eachObject(value any, path string, visit func(kind, path string, o map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		if kind, ok := value["object"].(string); ok && value["deleted"] != true {
			visit(kind, path, value)
		}
		for name, inner := range value {
			eachObject(inner, path+"."+name, visit)
		}
	case []any:
		for _, inner := range value {
			eachObject(inner, path+"[]", visit)
		}
	}
}

// lists are the API's lists of everything that is kept.
func lists() []string {
	return []string{
		"/v1/customers", "/v1/products", "/v1/prices", "/v1/checkout/sessions", "/v1/payment_intents", "/v1/charges", "/v1/refunds",
		"/v1/disputes", "/v1/payouts", "/v1/reviews", "/v1/radar/early_fraud_warnings", "/v1/balance_transactions",
		"/v1/subscriptions?status=all", "/v1/invoices", "/v1/invoiceitems", "/v1/setup_intents", "/v1/webhook_endpoints",
	}
}

// shown visits every object that events and lists tell at a version.
func (s *stand) shown(e *ears, version string, visit func(kind, path string, o map[string]any)) {
	s.t.Helper()
	for _, one := range e.at(version) {
		if one.APIVersion != version {
			s.t.Fatalf("%s arrived at %s, not at %s", one.Type, one.APIVersion, version)
		}
		eachObject(one.Data.Object, one.Type, visit)
	}
	for _, path := range lists() {
		for _, item := range s.asked(version, path)["data"].([]any) {
			eachObject(item, path, visit)
		}
	}
}

// everyVersionTellsTheSame holds that at each version the same events
// arrive under the same ids, but for the types that it does not have.
func everyVersionTellsTheSame(s *stand, e *ears) {
	t := s.t
	t.Helper()
	ids := func(version string) map[string]string {
		out := map[string]string{}
		for _, one := range e.at(version) {
			out[one.ID] = one.Type
		}
		return out
	}
	newest := ids("2026-09-30.endive")
	if len(newest) < 100 {
		t.Fatalf("only %d events", len(newest))
	}
	for _, version := range everyVersion() {
		heard := slices.Contains(listening(), version)
		at := ids(version)
		for id, kind := range newest {
			late := strings.HasPrefix(kind, "refund.") && version < "2024-10-28" || strings.HasPrefix(kind, "invoice_payment.") && version < "2025-03-31"
			if _, arrived := at[id]; heard && arrived == late {
				t.Errorf("%s: %s arrived: %v", version, kind, arrived)
			}
		}
		kinds := map[string]bool{}
		s.shown(e, version, func(kind, path string, o map[string]any) {
			kinds[kind] = true
			if o["id"] == nil && kind != "list" && kind != "balance" && !strings.HasPrefix(path, "invoice.upcoming") {
				t.Errorf("%s: %s has no id", version, path)
			}
		})
		for _, kind := range []string{"checkout.session", "payment_intent", "charge", "invoice", "line_item", "subscription", "subscription_item", "customer", "balance_transaction",
			"refund", "dispute", "payout", "radar.early_fraud_warning", "review"} {
			if !kinds[kind] {
				t.Errorf("%s: no %s was told", version, kind)
			}
		}
	}
}

// hidden are fields that Stripe sends though its document leaves them out.
func hidden() []string {
	return []string{
		"charge.destination", "charge.dispute", "charge.order", "charge.source", "invoice.discounts", "invoice.from_invoice",
		"invoiceitem.plan", "line_item.plan", "payment_intent.source", "plan.tiers_mode", "product.attributes", "product.type", "subscription.plan",
		"subscription.quantity", "subscription_item.plan", "checkout.session.client_secret", "account.settings",
	}
}

// fields reads testdata/fields: of each object which fields there may be, and
// whether they must.
func fields(t *testing.T, version string) map[string]map[string]bool {
	t.Helper()
	data, err := os.ReadFile("testdata/fields/" + version + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]bool{}
	for line := range strings.Lines(string(data)) {
		kind, names, _ := strings.Cut(strings.TrimSpace(line), ": ")
		out[kind] = map[string]bool{}
		for _, name := range strings.Fields(names) {
			field, always := strings.CutSuffix(name, "*")
			out[kind][field] = always
		}
	}
	return out
}

// newerShapesHaveStripesFields compares the fields of every object with those of
// Stripe's own documents.
func newerShapesHaveStripesFields(s *stand, e *ears) {
	t := s.t
	t.Helper()
	for _, version := range []string{"2024-09-30.acacia", "2025-05-28.basil", "2025-11-17.clover", "2026-08-26.dahlia"} {
		known := fields(t, version)
		seen := map[string]bool{}
		s.shown(e, version, func(kind, path string, o map[string]any) {
			want, ok := known[kind]
			if !ok || strings.HasPrefix(path, "invoice.upcoming") {
				return
			}
			seen[kind] = true
			for name := range o {
				if _, ok := want[name]; !ok && !slices.Contains(hidden(), kind+"."+name) {
					t.Errorf("%s: %s has %s.%s, which that version has not", version, path, kind, name)
				}
			}
			for name, always := range want {
				if _, there := o[name]; always && !there {
					t.Errorf("%s: %s lacks %s.%s", version, path, kind, name)
				}
			}
		})
		for _, kind := range []string{
			"balance_transaction", "charge", "checkout.session", "customer", "dispute", "invoice", "invoice_payment", "invoiceitem", "line_item",
			"payment_intent", "payout", "price", "product", "refund", "review", "setup_intent", "subscription", "subscription_item",
		} {
			if late := kind == "invoice_payment" && version < "2025-03-31"; !seen[kind] && !late {
				t.Errorf("%s: no %s was compared", version, kind)
			}
		}
	}
}

// nothingGoneIsLeft holds that no shape of basil or later has, anywhere, a
// field that was removed.
func nothingGoneIsLeft(s *stand, e *ears) {
	t := s.t
	t.Helper()
	gone := map[string][]string{
		"invoice": {
			"subscription", "subscription_details", "subscription_proration_date", "charge", "payment_intent", "paid", "paid_out_of_band",
			"quote", "tax", "total_tax_amounts", "discount", "application_fee_amount", "transfer_data", "rendering_options",
		},
		"charge":         {"invoice"},
		"payment_intent": {"invoice", "charges"},
		"line_item": {
			"price", "plan", "type", "subscription_item", "invoice_item", "proration", "proration_details", "tax_amounts", "tax_rates",
			"amount_excluding_tax", "unit_amount_excluding_tax",
		},
		"invoiceitem":      {"price", "plan", "subscription", "subscription_item", "unit_amount", "unit_amount_decimal"},
		"subscription":     {"current_period_start", "current_period_end", "discount"},
		"checkout.session": {"shipping_details"},
		"plan":             {"aggregate_usage"},
		"list":             {"total_count"},
	}
	sinceClover := map[string][]string{"checkout.session": {"currency_conversion"}, "discount": {"coupon"}}
	for _, version := range everyVersion() {
		if version < "2025-03-31" {
			continue
		}
		found := map[string]bool{}
		s.shown(e, version, func(kind, path string, o map[string]any) {
			names := gone[kind]
			if version >= "2025-09-30" {
				names = slices.Concat(names, sinceClover[kind])
			}
			if recurring, ok := o["recurring"].(map[string]any); ok && kind == "price" && recurring["usage_type"] != nil {
				if _, there := recurring["aggregate_usage"]; there {
					found[version+": price.recurring.aggregate_usage, as in "+path] = true
				}
			}
			for _, name := range names {
				if _, there := o[name]; there {
					found[fmt.Sprintf("%s: %s.%s, as in %s", version, kind, name, path)] = true
				}
			}
		})
		for problem := range found {
			t.Error(problem)
		}
		for _, one := range e.at(version) {
			for _, name := range gone[fmt.Sprint(one.Data.Object["object"])] {
				if _, there := one.Data.Previous[name]; there {
					t.Errorf("%s: %s has a previous %s", version, one.Type, name)
				}
			}
		}
	}
}

// olderShapesHaveTheirs checks the fields that versions before 2023-10-16 have, or
// have not.
func olderShapesHaveTheirs(s *stand, e *ears) {
	t := s.t
	t.Helper()
	has := func(o map[string]any, name string) bool { _, ok := o[name]; return ok }
	for _, version := range everyVersion() {
		s.shown(e, version, func(kind, path string, o map[string]any) {
			wrong := func(name string, want bool) {
				if has(o, name) != want {
					t.Errorf("%s: %s: %s.%s is there: %v", version, path, kind, name, !want)
				}
			}
			switch kind {
			case "payment_intent":
				wrong("charges", version < "2022-11-15")
				wrong("latest_charge", version >= "2022-11-15")
			case "charge":
				wrong("refunds", version < "2022-11-15")
			case "checkout.session":
				wrong("status", version >= "2022-08-01")
				wrong("payment_status", version >= "2020-08-27")
				wrong("amount_total", version >= "2020-08-27")
				wrong("display_items", version < "2020-08-27")
				wrong("collected_information", version >= "2025-03-31")
			case "subscription":
				wrong("tax_percent", version < "2020-08-27")
				wrong("cancellation_details", version >= "2022-08-01")
				wrong("billing_mode", version >= "2025-09-30")
			case "subscription_item":
				wrong("price", version >= "2020-08-27")
				wrong("plan", true)
				wrong("current_period_end", version >= "2025-03-31")
			case "invoice":
				wrong("paid", version < "2025-03-31")
				wrong("subscription_details", version >= "2022-08-01" && version < "2025-03-31")
				wrong("parent", version >= "2025-03-31")
			case "customer":
				wrong("subscriptions", version < "2020-08-27")
			}
		})
	}
	paid := e.at("2020-03-02", "payment_intent.succeeded")[0].Data.Object
	charges, _ := paid["charges"].(map[string]any)
	data, _ := charges["data"].([]any)
	if len(data) != 1 || data[0].(map[string]any)["payment_intent"] != paid["id"] || charges["total_count"] != float64(1) {
		t.Errorf("the charges of an intent of 2020: %v", charges)
	}
}

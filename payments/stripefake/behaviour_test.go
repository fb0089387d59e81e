package stripefake_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// form makes a form of names and values.
func form(pairs ...string) url.Values {
	out := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Add(pairs[i], pairs[i+1])
	}
	return out
}

// sessionAt asks for a session in a version's own words.
func (s *stand) sessionAt(version, more string) (int, map[string]any) {
	s.t.Helper()
	s.product()
	asked, err := url.ParseQuery(sessionForm + more)
	if err != nil {
		s.t.Fatal(err)
	}
	status, _, body := s.call("/v1/checkout/sessions", testKey, asked, map[string]string{"Stripe-Version": version})
	return status, body
}

func TestWhatAVersionAsksFor(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	for _, c := range []struct {
		version, more string
		want          int
	}{
		{"2023-10-16", "&ui_mode=hosted", 200},
		{"2023-10-16", "&ui_mode=hosted_page", 400},
		{"2026-03-25.dahlia", "&ui_mode=hosted_page", 200},
		{"2026-03-25.dahlia", "&ui_mode=hosted", 400},
		{"2026-08-26.dahlia", "&payment_method_types[0]=card", 200},
		{"2026-09-30.endive", "&payment_method_types[0]=card", 400},
		{"2026-09-30.endive", "&colour=red", 400},
		{"2026-09-30.endive", "", 200},
	} {
		status, body := s.sessionAt(c.version, c.more)
		if status != c.want {
			t.Errorf("%s with %q: %d, want %d: %v", c.version, c.more, status, c.want, body)
		}
		if mode := body["ui_mode"]; status == 200 && strings.Contains(c.version, "dahlia") && mode != "hosted_page" {
			t.Errorf("%s: ui_mode is %v", c.version, mode)
		}
	}
	for _, c := range []struct {
		version, kind string
		want          int
	}{
		{"2026-09-30.endive", "invoice_payment.paid", 200}, {"2020-03-02", "charge.succeeded", 200},
		{"2019-03-14", "charge.succeeded", 400}, {"2025-03-31.basil", "everything", 400},
	} {
		ask := form("url", "http://127.0.0.1:1/", "enabled_events[]", c.kind, "api_version", c.version)
		status, _, body := s.call("/v1/webhook_endpoints", testKey, ask, nil)
		if status != c.want || status == 200 && body["api_version"] != c.version {
			t.Errorf("endpoint at %s for %s: %d %v", c.version, c.kind, status, body)
		}
	}
}

func TestAnEndpointKeepsItsVersion(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	made := idAt(s.post("/v1/webhook_endpoints", "url", "http://127.0.0.1:1/", "enabled_events[]", "*", "api_version", "2025-03-31.basil"))
	changed := s.post("/v1/webhook_endpoints/"+made, "enabled_events[]", "charge.succeeded", "enabled_events[]", "refund.failed")
	if changed["api_version"] != "2025-03-31.basil" || at(changed, "enabled_events", 1) != "refund.failed" {
		t.Errorf("%v", changed)
	}
	if status, _, body := s.call("/v1/webhook_endpoints/"+made, testKey, form("api_version", "2023-10-16"), nil); status != http.StatusBadRequest {
		t.Errorf("a version for an endpoint that exists: %d %v", status, body)
	}
}

func TestSessionsOfOldVersions(t *testing.T) {
	s, e := bareStand(t, stripefake.Options{}), newEars(t)
	s.AddEndpoint(e.url+"2020-08-27", testSecret, "2020-08-27")
	status, body := s.sessionAt("2020-08-27", "")
	intent, _ := body["payment_intent"].(string)
	if status != 200 || intent == "" {
		t.Fatalf("a session has its intent from the start: %d %v", status, body)
	}
	s.paid(body["url"].(string), card("4242424242424242"))
	s.flush()
	if got := e.only("2020-08-27", "payment_intent.succeeded").Data.Object["id"]; got != intent {
		t.Errorf("%v was paid, not %s", got, intent)
	}
	e.only("2020-08-27", "payment_intent.created")
	done := e.only("2020-08-27", "checkout.session.completed").Data.Object
	if done["customer"] == nil || done["payment_status"] != "paid" {
		t.Errorf("a customer is made by default: %v", done)
	}
	if _, there := done["status"]; there {
		t.Error("a session of 2020 has a status")
	}
}

func TestBookedAfterwards(t *testing.T) {
	base := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	s, e := bareStand(t, stripefake.Options{Clock: func() time.Time { return base }}), newEars(t)
	s.AddEndpoint(e.url+"in", testSecret, "2024-04-10")
	status, body := s.sessionAt("2024-04-10", "")
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, body)
	}
	s.paid(body["url"].(string), card("4242424242424242"))
	s.flush()
	if tx := e.only("in", "charge.succeeded").Data.Object["balance_transaction"]; tx != nil {
		t.Errorf("a charge is booked at once: %v", tx)
	}
	if e.only("in", "payment_intent.succeeded").Data.Object["capture_method"] != "automatic_async" {
		t.Error("the capture method is not automatic_async")
	}
	s.advance(time.Minute)
	s.flush()
	later := e.only("in", "charge.updated")
	if later.Data.Object["balance_transaction"] == nil {
		t.Errorf("charge.updated: %v", later.Data)
	}
	if before, told := later.Data.Previous["balance_transaction"]; before != nil || !told {
		t.Errorf("previous attributes: %v", later.Data.Previous)
	}
}

// TestSubscribedOncePaid holds what 2025-03-31.basil changed in checkout: a
// payment that fails leaves no subscription, and one that succeeds names its
// invoice only afterwards.
func TestSubscribedOncePaid(t *testing.T) {
	base := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	for method, pays := range map[string]url.Values{"card": card("4000002500003155"), "debit": debit("000123456789")} {
		s, e := bareStand(t, stripefake.Options{Clock: func() time.Time { return base }}), newEars(t)
		s.AddEndpoint(e.url+"in", testSecret, "2025-03-31.basil")
		s.product()
		asked := form("mode", "subscription", "success_url", "https://news.example/", "line_items[0][quantity]", "1",
			"line_items[0][price_data][currency]", "usd", "line_items[0][price_data][unit_amount]", "900",
			"line_items[0][price_data][product]", "prod_season", "line_items[0][price_data][recurring][interval]", "month",
			"subscription_data[metadata][checkout]", "c1")
		status, _, body := s.call("/v1/checkout/sessions", testKey, asked, map[string]string{"Stripe-Version": "2025-03-31.basil"})
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, body)
		}
		page, _ := body["url"].(string)
		s.pay(page, card("4000000000000002"))
		if truth := s.Truth(); len(truth.Subscriptions) != 0 || len(truth.Payments) != 1 || truth.Payments[0].Mode != "subscription" {
			t.Errorf("%s: after a refusal: %+v", method, truth)
		}
		s.paid(page, pays)
		if method == "card" {
			s.paid(page+"/authenticate", form("result", "complete"))
		}
		s.advance(10 * 24 * time.Hour)
		s.flush()
		truth := s.Truth()
		if len(truth.Subscriptions) != 1 || len(truth.Payments) != 1 {
			t.Fatalf("%s: %d subscriptions, %d payments", method, len(truth.Subscriptions), len(truth.Payments))
		}
		sub, gift := truth.Subscriptions[0], truth.Payments[0]
		if sub.Status != "active" || gift.Status != "succeeded" || gift.Subscription != sub.ID || gift.Metadata["checkout"] != "c1" {
			t.Errorf("%s: %+v of %+v", method, gift, sub)
		}
		order := s.emitted()
		begun := map[string]string{"card": "payment_intent.succeeded", "debit": "payment_intent.processing"}[method]
		before, after := slices.Index(order, begun), slices.Index(order, "customer.subscription.created")
		if before < 0 || after < before || slices.Index(order, "checkout.session.completed") < after {
			t.Errorf("%s: %v", method, order)
		}
		done := e.only("in", "checkout.session.completed").Data.Object
		if done["subscription"] != sub.ID || done["invoice"] == nil {
			t.Errorf("%s: the session is complete with %v and %v", method, done["subscription"], done["invoice"])
		}
		if link := e.only("in", "invoice_payment.paid").Data.Object; at(link, "payment", "payment_intent") != gift.PaymentIntent || link["invoice"] != gift.Invoice {
			t.Errorf("%s: the link is %v", method, link)
		}
		e.only("in", "invoice.paid")
		s.advance(30 * 24 * time.Hour)
		if renewed := s.Truth().Payments; len(renewed) != 2 || renewed[1].Subscription != sub.ID {
			t.Errorf("%s: a month later %d payments", method, len(renewed))
		}
	}
}

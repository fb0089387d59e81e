package stripefake_test

import (
	"net/http"
	"net/url"
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

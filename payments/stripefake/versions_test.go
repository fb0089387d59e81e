package stripefake_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// everyVersion are the shapes that the stand-in knows, and a month after some.
func everyVersion() []string {
	return []string{
		"2020-03-02", "2020-08-27", "2022-08-01", "2022-11-15", "2023-08-16", "2023-10-16", "2024-04-10", "2024-09-30.acacia",
		"2024-10-28.acacia", "2025-03-31.basil", "2025-05-28.basil", "2025-09-30.clover", "2025-11-17.clover",
		"2026-03-25.dahlia", "2026-08-26.dahlia", "2026-09-30.endive",
	}
}

// told is an event as it arrived.
type told struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	APIVersion string `json:"api_version"`
	Data       struct {
		Object   map[string]any `json:"object"`
		Previous map[string]any `json:"previous_attributes"`
	} `json:"data"`
}

// ears receive events at several versions side by side, each under an address
// of its own.
type ears struct {
	t    *testing.T
	url  string
	mu   sync.Mutex
	got  map[string][]told // by the end of the address
	fail map[string]bool
}

func newEars(t *testing.T) *ears {
	e := &ears{t: t, got: map[string][]told{}, fail: map[string]bool{}}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the stand-in was closed while it sent
		}
		if err := webhook.ValidatePayload(body, r.Header.Get("Stripe-Signature"), testSecret); err != nil {
			t.Errorf("webhook does not verify: %v", err)
		}
		var one told
		if err := json.Unmarshal(body, &one); err != nil {
			t.Errorf("webhook does not decode: %v", err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		name := path.Base(r.URL.Path)
		if e.fail[name] {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		e.got[name] = append(e.got[name], one)
	}))
	e.url = web.URL + "/"
	t.Cleanup(web.Close)
	return e
}

// at returns what arrived under a name, of the given types or all.
func (e *ears) at(name string, types ...string) []told {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []told
	for _, one := range e.got[name] {
		if len(types) == 0 || slices.Contains(types, one.Type) {
			out = append(out, one)
		}
	}
	return out
}

// only returns the one event of a type that arrived under a name.
func (e *ears) only(name, kind string) told {
	e.t.Helper()
	found := e.at(name, kind)
	if len(found) != 1 {
		e.t.Fatalf("%d events %s at %s, want 1", len(found), kind, name)
	}
	return found[0]
}

// asked calls the API at a version.
func (s *stand) asked(version, path string) map[string]any {
	s.t.Helper()
	status, header, body := s.call(path, testKey, nil, map[string]string{"Stripe-Version": version})
	if status != http.StatusOK || header.Get("Stripe-Version") != version {
		s.t.Fatalf("%s at %s: %d, answered at %q: %v", path, version, status, header.Get("Stripe-Version"), body)
	}
	return body
}

func TestVersionsThatAreSpoken(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	for version, want := range map[string]int{
		"2020-03-02": 200, "2021-06-17": 200, "2025-03-31": 200, "2026-09-30.endive": 200, "2026-10-28.endive": 200,
		"2019-12-03": 400, "2027-03-31.fern": 400, "2023-13-45": 400, "latest": 400, "2024-10-28.": 400, "2024": 400,
	} {
		status, _, body := s.call("/v1/customers", testKey, nil, map[string]string{"Stripe-Version": version})
		if status != want {
			t.Errorf("%s: %d, want %d: %v", version, status, want, body)
		}
		resp, err := s.http.Post(s.url+"/_control/account", "application/json", strings.NewReader(`{"api_version": "`+version+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		if answer := read(t, resp); resp.StatusCode != want {
			t.Errorf("control, %s: %d %s", version, resp.StatusCode, answer)
		}
		if err := s.SetAPIVersion(version); (err == nil) != (want == 200) {
			t.Errorf("SetAPIVersion(%s): %v", version, err)
		}
	}
	if _, err := stripefake.New(stripefake.Options{APIVersion: "2019-12-03"}); err == nil {
		t.Error("a version that is not spoken is no error")
	}
}

func TestTwoEndpointsAtTwoVersions(t *testing.T) {
	s, e := bareStand(t, stripefake.Options{}), newEars(t)
	const older, newer = "2023-10-16", "2025-03-31.basil"
	s.AddEndpoint(e.url+older, testSecret, older)
	s.AddEndpoint(e.url+newer, testSecret, newer)
	s.paid(s.session("usd", 1000, "month").URL, card("4242424242424242"))
	s.flush()

	was, is := e.only(older, "invoice.paid"), e.only(newer, "invoice.paid")
	if was.ID != is.ID || was.APIVersion != older || is.APIVersion != newer {
		t.Errorf("%s at %s and %s at %s", was.ID, was.APIVersion, is.ID, is.APIVersion)
	}
	sub := was.Data.Object["subscription"]
	parent, _ := is.Data.Object["parent"].(map[string]any)
	details, _ := parent["subscription_details"].(map[string]any)
	metadata, _ := details["metadata"].(map[string]any)
	if sub == nil || details["subscription"] != sub || metadata["checkout"] != "subscription-metadata" || was.Data.Object["parent"] != nil {
		t.Errorf("the subscription is %v in one shape, %v in the other", sub, parent)
	}
	for _, gone := range []string{"subscription", "subscription_details", "charge", "payment_intent", "paid"} {
		if _, there := is.Data.Object[gone]; there {
			t.Errorf("%s has %s", newer, gone)
		}
		if _, there := was.Data.Object[gone]; !there {
			t.Errorf("%s has no %s", older, gone)
		}
	}
	// What changed is told in the shape of its version, too.
	e.forget()
	s.advance(32 * 24 * time.Hour)
	s.flush()
	moved, movedNow := e.only(older, "customer.subscription.updated"), e.only(newer, "customer.subscription.updated")
	if moved.ID != movedNow.ID || moved.Data.Previous["current_period_end"] == nil || movedNow.Data.Previous["current_period_end"] != nil ||
		movedNow.Data.Previous["items"] == nil {
		t.Errorf("previous attributes %v and %v", moved.Data.Previous, movedNow.Data.Previous)
	}
}

// forget begins anew.
func (e *ears) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.got = map[string][]told{}
}

func TestKindsOfAVersion(t *testing.T) {
	s, e := bareStand(t, stripefake.Options{}), newEars(t)
	for _, version := range []string{"2023-10-16", "2024-10-28.acacia"} {
		s.AddEndpoint(e.url+version, testSecret, version)
	}
	ss := s.session("usd", 2500, "")
	s.paid(ss.URL, card("4242424242424242"))
	status, _, body := s.call("/v1/refunds", testKey, form("payment_intent", s.reload(ss.ID).PaymentIntent.ID, "amount", "2000"), nil)
	if status != http.StatusOK {
		t.Fatalf("refund: %d %v", status, body)
	}
	s.flush()
	if got := e.at("2023-10-16", "refund.created"); len(got) != 0 {
		t.Errorf("2023-10-16 gets %d refund.created", len(got))
	}
	if e.only("2024-10-28.acacia", "refund.created").ID == e.only("2024-10-28.acacia", "charge.refunded").ID {
		t.Error("two events share an id")
	}
	e.only("2023-10-16", "charge.refunded")
	// The list of events is told at the account's version.
	if list := s.asked("2026-09-30.endive", "/v1/events?type=refund.created"); len(list["data"].([]any)) != 0 {
		t.Errorf("the account's version, 2023-10-16, has %v", list)
	}
}

func TestTheAccountsVersion(t *testing.T) {
	s, e := bareStand(t, stripefake.Options{APIVersion: "2022-11-15"}), newEars(t)
	s.AddEndpoint(e.url+"default", testSecret, "")
	customer := func() {
		t.Helper()
		if status, _, body := s.call("/v1/customers", testKey, form("email", "reader@example.org"), nil); status != 200 {
			t.Fatalf("customer: %d %v", status, body)
		}
	}
	customer()
	s.control("/_control/account", map[string]any{"api_version": "2025-03-31.basil"})
	customer()
	s.flush()
	var arrived []string
	for _, one := range e.at("default") {
		arrived = append(arrived, one.APIVersion)
	}
	slices.Sort(arrived)
	if !slices.Equal(arrived, []string{"2022-11-15", "2025-03-31.basil"}) {
		t.Errorf("an endpoint without a version of its own got %v", arrived)
	}
	status, header, list := s.call("/v1/events", testKey, nil, nil)
	if status != 200 || header.Get("Stripe-Version") != "2025-03-31.basil" {
		t.Errorf("answered %d at %q", status, header.Get("Stripe-Version"))
	}
	var listed []any
	for _, item := range list["data"].([]any) {
		listed = append(listed, item.(map[string]any)["api_version"])
	}
	if !slices.Equal(listed, []any{"2025-03-31.basil", "2022-11-15"}) {
		t.Errorf("events are listed at %v", listed)
	}
	if status, page := s.get("/"); status != 200 || !strings.Contains(page, "2025-03-31.basil") {
		t.Errorf("index: %d %s", status, page)
	}
}

func TestTheAccountsVersionIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	version := func(opts stripefake.Options, change string) string {
		t.Helper()
		opts.StatePath = path
		s := bareStand(t, opts)
		if change != "" {
			s.control("/_control/account", map[string]any{"api_version": change})
		}
		status, body := s.get("/_control/account")
		var now struct {
			APIVersion string `json:"api_version"`
		}
		if err := json.Unmarshal([]byte(body), &now); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s %v", status, body, err)
		}
		s.close()
		return now.APIVersion
	}
	for _, c := range []struct{ option, change, want string }{
		{"", "", "2023-10-16"}, {"", "2024-04-10", "2024-04-10"}, {"", "", "2024-04-10"}, {"2022-11-15", "", "2022-11-15"}, {"", "", "2022-11-15"},
	} {
		if got := version(stripefake.Options{APIVersion: c.option}, c.change); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// TestAnEventToldAnew holds that an event is resent to an endpoint whose version
// nobody used when it was made.
func TestAnEventToldAnew(t *testing.T) {
	s, e := bareStand(t, stripefake.Options{}), newEars(t)
	s.AddEndpoint(e.url+"first", testSecret, "")
	s.paid(s.session("usd", 1000, "month").URL, card("4242424242424242"))
	s.advance(32 * 24 * time.Hour)
	s.flush()
	const late = "2026-03-25.dahlia"
	id := s.AddEndpoint(e.url+late, testSecret, late)
	for _, kind := range []string{"customer.subscription.updated", "invoice.paid"} {
		for _, one := range e.at("first", kind) {
			if status, _, body := s.call("/v1/events/"+one.ID+"/retry", testKey, form("webhook_endpoint", id), nil); status != 200 {
				t.Fatalf("retry: %d %v", status, body)
			}
		}
	}
	s.advance(0)
	s.flush()
	for _, one := range e.at(late) {
		first := e.at("first")[slices.IndexFunc(e.at("first"), func(f told) bool { return f.ID == one.ID })]
		if one.APIVersion != late || one.Data.Object["created"] != first.Data.Object["created"] {
			t.Errorf("%s at %s: %v", one.Type, one.APIVersion, one.Data.Object)
		}
		for _, gone := range []string{"current_period_end", "paid", "payment_intent"} {
			if one.Data.Object[gone] != nil || one.Data.Previous[gone] != nil {
				t.Errorf("%s at %s has %s", one.Type, late, gone)
			}
		}
	}
	if len(e.at(late)) != len(e.at("first", "customer.subscription.updated", "invoice.paid")) {
		t.Errorf("%d were told anew", len(e.at(late)))
	}
}

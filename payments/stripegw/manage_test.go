package stripegw_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// ask asks the stand-in: a GET without fields, else a POST.
func (s *stand) ask(t *testing.T, path string, fields ...string) map[string]any {
	t.Helper()
	method, form := http.MethodGet, url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		method = http.MethodPost
		form.Add(fields[i], fields[i+1])
	}
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form.Encode()))
	req.Header.Set("Authorization", "Bearer "+testKey)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, req)
	var got map[string]any
	if err := json.NewDecoder(rec.Body).Decode(&got); err != nil || rec.Code != http.StatusOK {
		t.Fatalf("%s %v: %d %v %v", path, fields, rec.Code, got, err)
	}
	return got
}

// subscribes makes a subscription as an account may have it from elsewhere; items
// are pairs of prices and quantities.
func (s *stand) subscribes(t *testing.T, items ...string) (customer, subscription string) {
	t.Helper()
	customer, _ = s.ask(t, "/v1/customers", "email", "a@example.org", "payment_method", "pm_card_visa",
		"invoice_settings[default_payment_method]", "pm_card_visa")["id"].(string)
	fields := []string{"customer", customer}
	for i := 0; i+1 < len(items); i += 2 {
		price, _ := s.ask(t, "/v1/prices", "currency", "usd", "unit_amount", items[i], "recurring[interval]", "month",
			"recurring[interval_count]", "3", "product_data[name]", "Friends")["id"].(string)
		at := "items[" + string(rune('0'+i/2)) + "]"
		fields = append(fields, at+"[price]", price, at+"[quantity]", items[i+1])
	}
	subscription, _ = s.ask(t, "/v1/subscriptions", fields...)["id"].(string)
	return customer, subscription
}

func TestAnAmountKeepsTheRhythm(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	_, id := s.subscribes(t, "500", "3") // three shares of five dollars each quarter
	product := s.ask(t, "/v1/subscriptions/"+id)["plan"].(map[string]any)["product"]
	for range 2 {
		if err := g.ChangeAmount(t.Context(), id, money.New(2000, "USD"), "key-1"); err != nil {
			t.Fatal(err)
		}
	}
	got := s.ask(t, "/v1/subscriptions/"+id)
	plan := got["plan"].(map[string]any)
	if plan["amount"] != 2000.0 || plan["interval"] != "month" || plan["interval_count"] != 3.0 || plan["product"] != product || got["quantity"] != 1.0 {
		t.Errorf("%v, quantity %v", plan, got["quantity"])
	}
	if n := len(s.Truth().Invoices); n != 1 {
		t.Errorf("%d invoices: a change of amount charges nothing", n)
	}
}

func TestWhatOurPagesCannotChange(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	_, id := s.subscribes(t, "500", "1", "700", "1")
	err := g.ChangeAmount(t.Context(), id, money.New(2000, "USD"), "key-1")
	if payments.CodeOf(err) != payments.Refused || !strings.Contains(err.Error(), "several items") {
		t.Errorf("several items: %v", err)
	}
	_, one := s.subscribes(t, "500", "1")
	if err := g.PauseUntil(t.Context(), one, time.Now().Add(-time.Hour), "key-3"); payments.CodeOf(err) != payments.Refused {
		t.Errorf("a pause that is over: %v", err)
	}
	if err := g.ResumeNow(t.Context(), one, "key-4"); err != nil {
		t.Errorf("one that is not paused: %v", err)
	}
	if err := g.PauseUntil(t.Context(), one, time.Now().Add(time.Hour), "key-5"); err != nil {
		t.Error(err)
	}
	// The form's key with other content: the form is of another time.
	if err := g.PauseUntil(t.Context(), one, time.Now().Add(2*time.Hour), "key-5"); payments.CodeOf(err) != payments.Gone {
		t.Errorf("one key, two contents: %v", err)
	}
	for what, err := range map[string]error{
		"amount": g.ChangeAmount(t.Context(), "sub_none", money.New(500, "USD"), "key-6"),
		"pause":  g.PauseUntil(t.Context(), "sub_none", time.Now().Add(time.Hour), "key-7"),
		"resume": g.ResumeNow(t.Context(), "sub_none", "key-8"),
	} {
		if payments.CodeOf(err) != payments.Gone {
			t.Errorf("%s of what Stripe does not have: %v", what, err)
		}
	}
}

// What ended an hour ago was not ended by us just now; whose clock it is does not
// matter.
func TestWhoCanceled(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"Stripe's clock is ours": 0, "ahead": 1000 * time.Hour, "behind": -1000 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			at := &clock{}
			at.unix.Store(time.Now().Add(ahead).Unix())
			s := newStand(t, stripefake.Options{Clock: at.now})
			g := s.gateway(t)
			_, id := s.subscribes(t, "500", "1")
			asked := time.Now().Add(-2 * time.Second)
			for range 2 { // the second time as after an answer that was lost
				if err := g.CancelNow(t.Context(), id, "unused", "", asked); err != nil {
					t.Error(err)
				}
			}
			at.unix.Add(3600)
			if err := g.CancelNow(t.Context(), id, "unused", "", time.Now()); payments.CodeOf(err) != payments.Gone {
				t.Errorf("an hour later: %v", err)
			}
		})
	}
}

func TestTheCardPageMakesItsPortal(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	customer, id := s.subscribes(t, "500", "1")
	var page string
	var err error
	for range 2 {
		page, err = g.CardPage(t.Context(), customer, id, "https://news.example/manage", "de")
		if err != nil || !strings.HasPrefix(page, s.url+"/portal/") {
			t.Fatalf("%q, %v", page, err)
		}
	}
	if all := s.ask(t, "/v1/billing_portal/configurations")["data"].([]any); len(all) != 1 {
		t.Errorf("%d configurations", len(all))
	}
	if portal, err := g.SetUpPortal(t.Context()); err != nil || portal.Made || portal.Changed {
		t.Errorf("%+v, %v", portal, err)
	}
	res, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if body, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(body), "a@example.org") {
		t.Errorf("%s, %v", body, err)
	}
	if err := g.CancelNow(t.Context(), id, "", "", time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err = g.CardPage(t.Context(), customer, id, "https://news.example/manage", "de"); payments.CodeOf(err) != payments.Gone {
		t.Errorf("of one that has ended: %v", err)
	}
}

// An operator reads the list in the documentation and gets the same from setup.
func TestTheDocumentedEventsAreThoseOfSetup(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "stripe-test-mode.md"))
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile("(?s)### The events.*?```text\n(.*?)```").FindSubmatch(page)
	if list == nil {
		t.Fatal("no list of events")
	}
	documented := strings.Fields(string(list[1]))
	later := []string{"invoice_payment.paid", "refund.failed"} // than the pinned version
	set := slices.Concat(stripegw.Events(), later)
	slices.Sort(documented)
	slices.Sort(set)
	if !slices.Equal(documented, set) {
		t.Errorf("documented\n%q\nset up\n%q", documented, set)
	}
}

// A key without the right to configure the portal does with the account's default,
// of which the stand-in has none.
func TestACardPageWithoutAPortal(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	customer, id := s.subscribes(t, "500", "1")
	for status, want := range map[int]payments.Code{http.StatusForbidden: payments.Refused, http.StatusTooManyRequests: payments.Busy} {
		s.web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/v1/billing_portal/configurations") {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, `{"error": {"type": "invalid_request_error", "message": "Not now, or never."}}`)
				return
			}
			s.Server.ServeHTTP(w, r)
		})
		_, err := g.CardPage(t.Context(), customer, id, "https://news.example/manage", "en")
		if payments.CodeOf(err) != want || want == payments.Refused && !strings.Contains(err.Error(), "default configuration") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

package stripefake_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestControls(t *testing.T) {
	base := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	s := bareStand(t, stripefake.Options{Clock: func() time.Time { return base }})
	s.advance(90 * time.Second)
	if got := s.Now(); !got.Equal(base.Add(90 * time.Second)) {
		t.Errorf("the clock shows %s", got)
	}
	for path, bodies := range map[string][]string{
		"/_control/advance": {`{}`, `{"seconds": -1}`, `{"seconds": 1e18}`, `{"minutes": 1}`, `soon`},
		"/_control/faults":  {`{"drop": 2}`, `{"rate_limit": -1}`, `{"dorp": 0.1}`, `[]`},
	} {
		for _, body := range bodies {
			resp, err := s.http.Post(s.url+path, "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if answer := read(t, resp); resp.StatusCode != http.StatusBadRequest || !strings.Contains(answer, `"message"`) {
				t.Errorf("%s %s: %d %s", path, body, resp.StatusCode, answer)
			}
		}
	}
	s.control("/_control/faults", map[string]any{"rate_limit": 2})
	var limited int
	for range 5 {
		if status, _, _ := s.call("/v1/customers", testKey, nil, nil); status == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited != 3 {
		t.Errorf("%d of 5 calls were limited to 2 a second", limited)
	}
	s.advance(time.Second)
	if status, _, _ := s.call("/v1/customers", testKey, nil, nil); status != 200 {
		t.Errorf("a second later: %d", status)
	}
	if status, body := s.get("/_control/faults"); status != 200 || !strings.Contains(body, `"rate_limit": 2`) {
		t.Errorf("faults in force: %d %s", status, body)
	}
}

func TestTruthAndIndex(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	s.paid(s.session("usd", 2500, "").URL, card("4000000000000259"))
	s.paid(s.session("jpy", 500, "month").URL, card("4242424242424242"))
	status, body := s.get("/_control/truth")
	var truth stripefake.Truth
	if err := json.Unmarshal([]byte(body), &truth); err != nil || status != 200 {
		t.Fatalf("%d %v", status, err)
	}
	once, monthly := truth.Payments[0], truth.Payments[1]
	if once.Mode != "payment" || once.WillDispute != "fraudulent" || once.Metadata["checkout"] != "intent-metadata" || once.Net != 2397 || once.Country != "DE" {
		t.Errorf("one-time: %+v", once)
	}
	if monthly.Mode != "subscription" || monthly.Amount != 500 || monthly.Subscription != truth.Subscriptions[0].ID ||
		monthly.Metadata["checkout"] != "subscription-metadata" || monthly.CheckoutSession != truth.Sessions[1].ID {
		t.Errorf("monthly: %+v", monthly)
	}
	if d := truth.Disputes[0]; once.Disputed != 2500 || d.Charge != once.Charge || d.Withdrawn != 2500 || d.Fee != 1500 {
		t.Errorf("disputed: %+v, %+v", once, d)
	}
	for _, empty := range []string{`"refunds": []`, `"early_fraud_warnings": []`, `"payouts": []`} {
		if !strings.Contains(body, empty) {
			t.Errorf("truth lacks %s", empty)
		}
	}
	if status, page := s.get("/"); status != 200 || !strings.Contains(page, "/_control/advance") || !strings.Contains(page, s.inbox.url) {
		t.Errorf("index: %d", status)
	}
	charge, err := s.stripe.Charges.Get(once.Charge, nil)
	if err != nil {
		t.Fatal(err)
	}
	invoice, err := s.stripe.Invoices.Get(monthly.Invoice, nil)
	if err != nil {
		t.Fatal(err)
	}
	for link, want := range map[string]string{charge.ReceiptURL: "$25.00", invoice.HostedInvoiceURL: "¥500, paid"} {
		if status, page := s.get(strings.TrimPrefix(link, s.url)); status != 200 || !strings.Contains(page, want) {
			t.Errorf("%s: %d without %q", link, status, want)
		}
	}
	balance, err := s.stripe.Balance.Get(nil)
	if err != nil || len(balance.Pending) != 2 || balance.Pending[1].Amount != 2397 || balance.Available[1].Amount != -4000 {
		t.Errorf("balance %+v %v", balance, err)
	}
	s.advance(3 * 24 * time.Hour)
	if balance, err = s.stripe.Balance.Get(nil); err != nil || balance.Available[1].Amount != -1603 {
		t.Errorf("balance three days later %+v %v", balance, err)
	}
	for _, path := range []string{"/pay/cs_none", "/receipts/ch_none", "/invoices/in_none", "/nothing"} {
		if status, _ := s.get(path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

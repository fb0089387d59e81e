package stripefake_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"go.uber.org/goleak"

	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestRestartKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe.json")
	base := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	opts := stripefake.Options{StatePath: path, Clock: func() time.Time { return base }, Backoff: []time.Duration{time.Hour}}
	in := newInbox(t, testSecret)

	a := bareStand(t, opts)
	endpoint := a.AddEndpoint(in.url, testSecret, "")
	a.paid(a.session("usd", 2500, "").URL, card("4242424242424242"))
	a.paid(a.session("usd", 1000, "month").URL, card("4242424242424242"))
	a.paid(a.session("eur", 3000, "").URL, debit("AT611904300234573201"))
	open := a.session("usd", 700, "")
	waiting := a.session("usd", 800, "")
	a.paid(waiting.URL, card("4000002500003155"))
	key := map[string]string{"Idempotency-Key": "before"}
	_, _, made := a.call("/v1/customers", testKey, url.Values{"name": {"A"}}, key)
	a.advance(time.Hour)
	a.flush()
	in.answers(func(int) int { return http.StatusInternalServerError })
	if _, err := a.stripe.Customers.New(&stripe.CustomerParams{Name: stripe.String("undelivered")}); err != nil {
		t.Fatal(err)
	}
	before, log := a.Truth(), len(a.log())
	a.close()

	b := bareStand(t, opts)
	if after := b.Truth(); !reflect.DeepEqual(before, after) {
		t.Errorf("truth before\n%+v\nand after\n%+v", before, after)
	}
	if got := len(b.log()); got != log {
		t.Errorf("%d events, had %d", got, log)
	}
	if again := b.AddEndpoint(in.url, testSecret, ""); again != endpoint {
		t.Errorf("the endpoint became another one")
	}
	if _, header, again := b.call("/v1/customers", testKey, url.Values{"name": {"A"}}, key); again["id"] != made["id"] || header.Get("Idempotent-Replayed") != "true" {
		t.Error("the idempotency key is forgotten")
	}
	in.answers(func(int) int { return http.StatusOK })
	b.advance(2 * time.Hour)
	b.flush()
	found := false
	for _, e := range in.events("customer.created") {
		found = found || objectOf[stripe.Customer](t, e).Name == "undelivered"
	}
	if !found {
		t.Error("an event that waited for its retry is lost")
	}
	b.paid(b.url+"/pay/"+open.ID, card("4242424242424242"))
	b.paid(b.url+"/pay/"+waiting.ID+"/authenticate", url.Values{"result": {"complete"}})
	b.advance(32 * 24 * time.Hour)
	b.flush()
	succeeded := map[string]int{}
	for _, p := range b.Truth().Payments {
		if p.Status == "succeeded" {
			succeeded[p.Currency]++
		}
	}
	if want := map[string]int{"usd": 5, "eur": 1}; !reflect.DeepEqual(succeeded, want) {
		t.Errorf("payments that succeeded: %v, want %v", succeeded, want)
	}
	ids := map[string]bool{}
	for _, e := range b.log() {
		if ids[e.ID] {
			t.Errorf("id %s was given twice", e.ID)
		}
		ids[e.ID] = true
	}
}

func TestEndpointMovesWithItsStack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe.json")
	old, fresh := newInbox(t, testSecret), newInbox(t, testSecret)
	old.answers(func(int) int { return http.StatusInternalServerError })
	a := bareStand(t, stripefake.Options{StatePath: path, Backoff: soon()})
	id := a.AddEndpoint(old.url, testSecret, "")
	if _, err := a.stripe.Customers.New(&stripe.CustomerParams{Name: stripe.String("waits")}); err != nil {
		t.Fatal(err)
	}
	a.close()

	// Started again on another port: the old address may be someone else's now.
	b := bareStand(t, stripefake.Options{StatePath: path, Backoff: soon()})
	tried := len(b.log()[0].Deliveries[0].Attempts)
	b.advance(time.Hour)
	if now := len(b.log()[0].Deliveries[0].Attempts); now != tried {
		t.Errorf("%d attempts at the old address after the restart", now-tried)
	}
	if again := b.AddEndpoint(fresh.url, testSecret, ""); again != id {
		t.Errorf("the moved endpoint became another one")
	}
	b.flush()
	if got := fresh.events(); len(got) != 1 || objectOf[stripe.Customer](t, got[0]).Name != "waits" {
		t.Errorf("%d events arrived at the new address", len(got))
	}
	if now := len(b.log()[0].Deliveries[0].Attempts); now != tried+1 {
		t.Errorf("%d attempts after the move, want 1", now-tried)
	}
}

func TestStateFileThatCannotBeUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe.json")
	for content, want := range map[string]string{`{"Format": 99}`: "format 99", `not json`: "delete it"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := stripefake.New(stripefake.Options{StatePath: path}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", content, err)
		}
	}
}

func TestStateIsSavedWhileRunning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe.json")
	s := bareStand(t, stripefake.Options{StatePath: path})
	if _, err := s.stripe.Customers.New(&stripe.CustomerParams{Name: stripe.String("kept")}); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		data, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(data), "kept") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not saved after 20 s: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestCloseLeavesNothingRunning(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	server, err := stripefake.New(stripefake.Options{StatePath: filepath.Join(t.TempDir(), "stripe.json")})
	if err != nil {
		t.Fatal(err)
	}
	server.AddEndpoint("http://127.0.0.1:1/none", testSecret, "")
	if err := server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, ignore)
}

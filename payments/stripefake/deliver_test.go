package stripefake_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// soon is a backoff for tests that wait for retries in real time.
func soon() []time.Duration { return []time.Duration{5 * time.Millisecond} }

func TestRetriesUntilTaken(t *testing.T) {
	s := newStand(t, stripefake.Options{Backoff: soon()})
	s.inbox.answers(func(n int) int { return []int{500, 302, 503, 404, 200}[min(n, 4)] })
	if _, err := s.stripe.Customers.New(&stripe.CustomerParams{}); err != nil {
		t.Fatal(err)
	}
	s.flush()
	log := s.log()
	if len(log) != 1 || log[0].Type != "customer.created" || log[0].Deliveries[0].Status != "delivered" {
		t.Fatalf("log %+v", log)
	}
	for i, want := range []int{500, 302, 503, 404, 200} {
		if got := log[0].Deliveries[0].Attempts[i].Status; got != want {
			t.Errorf("attempt %d was answered %d, want %d", i, got, want)
		}
	}
	e, err := s.stripe.Events.Get(log[0].ID, nil)
	if err != nil || e.PendingWebhooks != 0 {
		t.Errorf("pending webhooks %v, %v", e.PendingWebhooks, err)
	}
	if got := s.inbox.events(); len(got) != 1 || got[0].PendingWebhooks != 1 || got[0].Request.ID == "" {
		t.Errorf("delivered %+v", got)
	}
}

func TestGivesUpAfterThreeDays(t *testing.T) {
	base := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	s := bareStand(t, stripefake.Options{Clock: func() time.Time { return base }})
	gone := newInbox(t, testSecret)
	gone.answers(func(int) int { return http.StatusServiceUnavailable })
	s.AddEndpoint(gone.url, testSecret, "")
	if _, err := s.stripe.Customers.New(&stripe.CustomerParams{}); err != nil {
		t.Fatal(err)
	}
	s.advance(4 * 24 * time.Hour)
	s.flush()
	log := s.log()
	if d := log[0].Deliveries[0]; d.Status != "abandoned" || len(d.Attempts) < 15 {
		t.Errorf("after four days: %s, %d attempts", d.Status, len(d.Attempts))
	}
}

func TestFlushSaysWhatIsLeft(t *testing.T) {
	s := newStand(t, stripefake.Options{Backoff: []time.Duration{time.Hour}})
	s.inbox.answers(func(int) int { return http.StatusInternalServerError })
	if _, err := s.stripe.Customers.New(&stripe.CustomerParams{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Flush(ctx); err == nil {
		t.Error("nothing is left though nothing arrived")
	}
}

func TestEndpointsOfTheAPI(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	made, err := s.stripe.WebhookEndpoints.New(&stripe.WebhookEndpointParams{
		URL: stripe.String("http://127.0.0.1:1/none"), EnabledEvents: stripe.StringSlice([]string{"charge.succeeded"}),
		APIVersion: stripe.String("2023-10-16"), Description: stripe.String("first"),
	})
	if err != nil || made.Secret == "" || made.Status != "enabled" {
		t.Fatalf("made %+v %v", made, err)
	}
	// The secret is known only now, so that is when the receiver can be made.
	in := newInbox(t, made.Secret)
	updated, err := s.stripe.WebhookEndpoints.Update(made.ID, &stripe.WebhookEndpointParams{URL: stripe.String(in.url)})
	if err != nil || updated.URL != in.url || updated.Secret != "" {
		t.Fatalf("updated %+v %v", updated, err)
	}
	s.paid(s.session("usd", 2500, "").URL, card("4242424242424242"))
	s.flush()
	if got := in.events(); len(got) != 1 || got[0].Type != "charge.succeeded" {
		t.Errorf("an endpoint for charge.succeeded got %d events", len(got))
	}
	if it := s.stripe.WebhookEndpoints.List(nil); !it.Next() || it.WebhookEndpoint().ID != made.ID {
		t.Errorf("list: %v", it.Err())
	}
	if got, err := s.stripe.WebhookEndpoints.Del(made.ID, nil); err != nil || !got.Deleted {
		t.Errorf("delete: %+v %v", got, err)
	}
	if _, err := s.stripe.WebhookEndpoints.Get(made.ID, nil); stripeError(t, err).HTTPStatusCode != 404 {
		t.Errorf("after delete: %v", err)
	}
	_, err = s.stripe.WebhookEndpoints.New(&stripe.WebhookEndpointParams{
		URL: stripe.String("not an address"), EnabledEvents: stripe.StringSlice([]string{"*"}),
	})
	if stripeError(t, err).Param != "url" {
		t.Errorf("bad url: %v", err)
	}
}

func TestSeveralEndpointsAndSecrets(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	old, fresh := newInbox(t, "whsec_old"), newInbox(t, "whsec_new")
	first := s.AddEndpoint(old.url, "whsec_new,whsec_old", "")
	s.AddEndpoint(fresh.url, "whsec_new, whsec_old", "")
	if again := s.AddEndpoint(old.url, "whsec_new,whsec_old", ""); again != first {
		t.Errorf("the same address became another endpoint")
	}
	if _, err := s.stripe.Customers.New(&stripe.CustomerParams{}); err != nil {
		t.Fatal(err)
	}
	s.flush()
	if len(old.events()) != 1 || len(fresh.events()) != 1 {
		t.Errorf("arrived %d and %d times", len(old.events()), len(fresh.events()))
	}
}

func TestResend(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	if _, err := s.stripe.Customers.New(&stripe.CustomerParams{}); err != nil {
		t.Fatal(err)
	}
	s.flush()
	id := s.inbox.events()[0].ID
	if status, _, body := s.call("/v1/events/"+id+"/retry", testKey, url.Values{"for_stripecli": {"true"}}, nil); status != 200 || body["id"] != id {
		t.Errorf("retry: %d %v", status, body)
	}
	s.advance(0)
	s.flush()
	if got := s.inbox.events(); len(got) != 2 || got[1].ID != id {
		t.Errorf("arrived %d times", len(got))
	}
	if status, _, _ := s.call("/v1/events/evt_none/retry", testKey, url.Values{}, nil); status != 404 {
		t.Errorf("no such event: %d", status)
	}
}

func TestFaultsOfDelivery(t *testing.T) {
	s := newStand(t, stripefake.Options{Backoff: soon(), Seed: "faults"})
	customers := func(n int) {
		for range n {
			if _, err := s.stripe.Customers.New(&stripe.CustomerParams{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.control("/_control/faults", map[string]any{"drop": 0.5, "reorder": true, "delay_ms": 1})
	customers(20)
	s.flush()
	if got := s.inbox.events(); len(got) != 20 || s.inbox.attempts() != 20 {
		t.Errorf("%d of 20 arrived though they are retried", len(got))
	}
	dropped, ordered := 0, true
	for i, e := range s.log() {
		dropped += len(e.Deliveries[0].Attempts) - 1
		ordered = ordered && s.inbox.events()[i].ID == e.ID
	}
	if dropped == 0 || ordered {
		t.Errorf("%d attempts were dropped; in order: %v", dropped, ordered)
	}

	s.control("/_control/faults", map[string]any{"duplicate": 1})
	customers(5)
	s.flush()
	if got := len(s.inbox.events()); got != 30 {
		t.Errorf("%d events arrived, want 20 and twice 5", got)
	}
	s.control("/_control/faults", map[string]any{"lose": 1})
	customers(3)
	s.flush()
	if got := len(s.inbox.events()); got != 30 {
		t.Errorf("%d events arrived, want none of the lost", got)
	}
	if status, _, body := s.call("/v1/events?limit=100", testKey, nil, nil); status != 200 || len(body["data"].([]any)) != 28 {
		t.Errorf("lost events are not in the list: %d", len(body["data"].([]any)))
	}
}

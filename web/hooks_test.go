package web_test

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/web/hooks"
)

const event = `{"id":"evt_1","object":"event","api_version":"2023-10-16","created":1767225600,"type":"customer.updated","data":{"object":{"id":"cus_1","object":"customer"}}}`

// deliver posts a webhook signed with key at a time.
func (s *site) deliver(body, key string, at time.Time, change ...func(*http.Request)) (int, string) {
	s.t.Helper()
	w := s.do(http.MethodPost, "/webhooks/stripe", strings.NewReader(body), append([]func(*http.Request){func(r *http.Request) {
		r.Header.Set("Stripe-Signature", stripegw.Sign([]byte(body), key, at))
	}}, change...)...)
	return w.Code, w.Body.String()
}

func TestWebhook(t *testing.T) {
	s := newSite(t)
	now := time.Now()
	for range 3 {
		if code, body := s.deliver(event, secret, now); code != http.StatusOK || body != "stored\n" {
			t.Errorf("%d %q", code, body)
		}
	}
	if n := s.count(`select count(*) from inbox_events where event_id = 'evt_1'`); n != 1 {
		t.Errorf("%d events stored", n)
	}
	// Signed, but no event: kept and parked, and Stripe is told so.
	if code, _ := s.deliver(`{"id":"evt_2","type":"charge.succeeded"}`, secret, now); code != http.StatusOK {
		t.Errorf("without data: %d", code)
	}
	if n := s.count(`select count(*) from inbox_events where event_id = 'evt_2' and status = 'parked'`); n != 1 {
		t.Error("an event without data was not parked")
	}
}

func TestWebhookRefused(t *testing.T) {
	s := newSite(t)
	now := time.Now()
	unsigned := func(r *http.Request) { r.Header.Del("Stripe-Signature") }
	garbled := func(r *http.Request) { r.Header.Set("Stripe-Signature", "t=x,v1=zz") }
	tampered := func(r *http.Request) {
		r.Header.Set("Stripe-Signature", stripegw.Sign([]byte(event+" "), secret, now))
	}
	tests := map[string]struct {
		body   string
		key    string
		at     time.Time
		change func(*http.Request)
		status int
	}{
		"wrong secret": {event, "whsec_other", now, nil, http.StatusBadRequest},
		"old":          {event, secret, now.Add(-time.Hour), nil, http.StatusBadRequest},
		"from ahead":   {event, secret, now.Add(time.Hour), nil, http.StatusBadRequest},
		"unsigned":     {event, secret, now, unsigned, http.StatusBadRequest},
		"garbled":      {event, secret, now, garbled, http.StatusBadRequest},
		"tampered":     {event, secret, now, tampered, http.StatusBadRequest},
		"too large":    {strings.Repeat("x", 1<<20+1), secret, now, nil, http.StatusRequestEntityTooLarge},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var change []func(*http.Request)
			if tt.change != nil {
				change = append(change, tt.change)
			}
			code, body := s.deliver(tt.body, tt.key, tt.at, change...)
			if code != tt.status || len(body) > 100 || strings.Contains(body, "whsec") {
				t.Errorf("%d %q", code, body)
			}
		})
	}
	if n := s.count(`select count(*) from inbox_events`); n != 0 {
		t.Errorf("%d events stored", n)
	}
	if code, _ := s.deliver(strings.Repeat("x", 1<<20), secret, now); code != http.StatusOK {
		t.Errorf("exactly 1 MiB: %d", code)
	}
	for _, o := range []hooks.Outcome{hooks.BadSignature, hooks.TooLarge, hooks.Stored} {
		if !slices.Contains(s.seen.outcomes, o) {
			t.Errorf("%s was not counted", o)
		}
	}
}

func TestWebhookWithoutDatabase(t *testing.T) {
	s := newSite(t)
	s.db.Close()
	code, body := s.deliver(event, secret, time.Now())
	if code != http.StatusServiceUnavailable || strings.Contains(body, "pool") {
		t.Errorf("%d %q", code, body)
	}
	if got := s.seen.outcomes; len(got) != 1 || got[0] != hooks.NotStored {
		t.Errorf("counted %v", got)
	}
}

// hangsUp cancels the request at the end of its body, as a sender that has said
// everything and does not wait for the answer.
type hangsUp struct {
	*bytes.Reader
	hangUp context.CancelFunc
}

func (h hangsUp) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if err != nil {
		h.hangUp()
	}
	return n, err
}

func TestWebhookOfASenderWhoHangsUp(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	w := s.do(http.MethodPost, "/webhooks/stripe", hangsUp{bytes.NewReader([]byte(event)), cancel}, func(r *http.Request) {
		*r = *r.WithContext(ctx)
		r.Header.Set("Stripe-Signature", stripegw.Sign([]byte(event), secret, time.Now()))
	})
	if ctx.Err() == nil || w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
	if n := s.count(`select count(*) from inbox_events where event_id = 'evt_1'`); n != 1 {
		t.Error("the event is lost")
	}
}

func TestWebhookFromABrowserIsNoCrossOriginMatter(t *testing.T) {
	s := newSite(t)
	code, _ := s.deliver(event, secret, time.Now(), func(r *http.Request) { r.Header.Set("Origin", "https://elsewhere.example") })
	if code != http.StatusOK {
		t.Errorf("status %d", code)
	}
}

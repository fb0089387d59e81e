package stripefake_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"
)

// inbox receives webhooks and verifies each with Stripe's own library.
type inbox struct {
	t      *testing.T
	url    string
	mu     sync.Mutex
	got    []stripe.Event
	bodies [][]byte
	status func(n int) int // answers the n-th delivery, from 0
	n      int
}

func newInbox(t *testing.T, secret string) *inbox {
	in := &inbox{t: t, status: func(int) int { return http.StatusOK }}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the stand-in was closed while it sent
		}
		e, err := webhook.ConstructEvent(body, r.Header.Get("Stripe-Signature"), secret)
		if err != nil {
			t.Errorf("webhook does not verify: %v", err)
		}
		if agent := r.Header.Get("User-Agent"); !strings.HasPrefix(agent, "Stripe/1.0") {
			t.Errorf("User-Agent %q", agent)
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		code := in.status(in.n)
		in.n++
		if code == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		if code == http.StatusOK {
			in.got, in.bodies = append(in.got, e), append(in.bodies, body)
		}
		w.WriteHeader(code)
	}))
	in.url = web.URL + "/webhooks/stripe"
	t.Cleanup(web.Close)
	return in
}

// answers sets how deliveries are answered from now on, counted from 0.
func (in *inbox) answers(status func(n int) int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.status, in.n = status, 0
}

func (in *inbox) attempts() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.n
}

// events returns what arrived, of the given types or all.
func (in *inbox) events(types ...string) []stripe.Event {
	in.mu.Lock()
	defer in.mu.Unlock()
	var out []stripe.Event
	for _, e := range in.got {
		if len(types) == 0 {
			out = append(out, e)
		}
		for _, want := range types {
			if string(e.Type) == want {
				out = append(out, e)
			}
		}
	}
	return out
}

// one returns the object of the only event of that type.
func one[T any](in *inbox, kind string) T {
	in.t.Helper()
	found := in.events(kind)
	if len(found) != 1 {
		in.t.Fatalf("%d events %s, want 1", len(found), kind)
	}
	return objectOf[T](in.t, found[0])
}

func objectOf[T any](t *testing.T, e stripe.Event) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(e.Data.Raw, &out); err != nil {
		t.Fatalf("%s does not decode: %v", e.Type, err)
	}
	return out
}

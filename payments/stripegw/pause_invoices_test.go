package stripegw_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/stripefake"
)

// invoices gives the states of a subscription's invoices.
func (s *stand) invoices(subscription string) map[string]int {
	states := map[string]int{}
	for _, inv := range s.Truth().Invoices {
		if inv.Subscription == subscription {
			states[inv.Status]++
		}
	}
	return states
}

// failing makes a subscription whose renewal failed.
func (s *stand) failing(t *testing.T) (subscription string) {
	t.Helper()
	customer, subscription := s.subscribes(t, "500", "1")
	s.control(t, "/_control/customers/"+customer+"/card", `{"card_number": "4000000000000341"}`)
	s.control(t, "/_control/advance", `{"seconds": 8208000}`) // a quarter, and three days
	if got := s.invoices(subscription); got["open"] != 1 {
		t.Fatalf("%v", got)
	}
	return subscription
}

func (s *stand) control(t *testing.T, path, body string) {
	t.Helper()
	res, err := http.Post(s.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", path, res.StatusCode)
	}
}

// What is told of a pause is what it is: a key that may not make invoices void leaves
// it half made, and that is not "nothing was changed".
func TestAPauseThatCannotLetGo(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	id := s.failing(t)
	until := time.Now().Add(300 * 24 * time.Hour)
	s.web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/void") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"error": {"type": "invalid_request_error", "message": "The provided key does not have the required permissions."}}`)
			return
		}
		s.Server.ServeHTTP(w, r)
	})
	err := g.PauseUntil(t.Context(), id, until, "key-1")
	if payments.CodeOf(err) != payments.Busy || !strings.Contains(err.Error(), "cannot be made void") {
		t.Errorf("%v", err)
	}
}

// Once an invoice is paid or void there is nothing to let go, also where that came in
// between; and what somebody holds as a draft stays theirs.
func TestAPauseLetsGoOfWhatIsDueAlone(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	g := s.gateway(t)
	id := s.failing(t)
	held := s.ask(t, "/v1/invoices", "subscription", id, "auto_advance", "false")["id"]
	s.web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/void") { // somebody else is first
			s.ask(t, r.URL.Path, "expand[]", "customer")
		}
		s.Server.ServeHTTP(w, r)
	})
	if err := g.PauseUntil(t.Context(), id, time.Now().Add(300*24*time.Hour), "key-1"); err != nil {
		t.Error(err)
	}
	if got := s.invoices(id); got["open"] != 0 || got["void"] != 1 || got["draft"] != 1 {
		t.Errorf("%v, held %v", got, held)
	}
}

package stripefake_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// idsOf are those of a list that the API answered, and whether there are more.
func idsOf(list map[string]any) (out []string, more bool) {
	data, _ := list["data"].([]any)
	for _, item := range data {
		o, _ := item.(map[string]any)
		out = append(out, fmt.Sprint(o["id"]))
	}
	more, _ = list["has_more"].(bool)
	return out, more
}

// events lists events; query has no question mark.
func (s *stand) events(query string) (ids []string, more bool) {
	s.t.Helper()
	status, _, body := s.call("/v1/events?"+query, testKey, nil, nil)
	if status != http.StatusOK {
		s.t.Fatalf("/v1/events?%s: %d %v", query, status, body)
	}
	return idsOf(body)
}

func (s *stand) customers(n int) {
	s.t.Helper()
	for range n {
		if status, _, body := s.call("/v1/customers", testKey, form("email", "reader@example.org"), nil); status != http.StatusOK {
			s.t.Fatalf("customer: %d %v", status, body)
		}
	}
}

func TestTheListOfEvents(t *testing.T) {
	s := bareStand(t, stripefake.Options{Clock: func() time.Time { return monday }})
	s.customers(5)
	s.advance(day)
	s.product()
	s.customers(7)
	all, more := s.events("limit=100&type=customer.created")
	if len(all) != 12 || more {
		t.Fatalf("%d events, more: %v", len(all), more)
	}
	for query, want := range map[string][]string{
		"type=customer.created&limit=3":                                                  all[:3],
		"type=customer.created&limit=3&starting_after=" + all[2]:                         all[3:6],
		"type=customer.created&limit=3&ending_before=" + all[6]:                          all[3:6],
		"type=customer.created&limit=3&ending_before=" + all[11]:                         all[8:11],
		"type=customer.created&limit=100&created[lt]=" + fmt.Sprint(s.now()):             all[7:],
		"type=customer.created&limit=100&created[gte]=" + fmt.Sprint(s.now()):            all[:7],
		"limit=100&types[]=customer.created&types[]=price.created&delivery_success=true": all,
		"limit=100&types[]=charge.*":                                                     nil,
		"limit=100&type=customer.*":                                                      all,
		"limit=100&delivery_success=false":                                               nil,
	} {
		if got, _ := s.events(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	// The way to read on in the order in which things happened.
	var forward []string
	last := all[len(all)-1]
	for {
		page, more := s.events("type=customer.created&limit=4&ending_before=" + last)
		slices.Reverse(page)
		forward = append(forward, page...)
		if !more {
			break
		}
		last = page[len(page)-1]
	}
	slices.Reverse(forward)
	if !slices.Equal(forward, all[:11]) {
		t.Errorf("read forward: %v, want %v", forward, all[:11])
	}
	types := "limit=100"
	for i := range 21 {
		types += fmt.Sprintf("&types[%d]=charge.succeeded", i)
	}
	if status, _, _ := s.call("/v1/events?"+types, testKey, nil, nil); status != http.StatusBadRequest {
		t.Errorf("21 types: %d", status)
	}
	// Stripe lists thirty days.
	s.advance(29*day + time.Hour)
	if got, _ := s.events("limit=100&type=customer.created"); !slices.Equal(got, all[:7]) {
		t.Errorf("after thirty days: %d events, want the later 7", len(got))
	}
}

// now is the stand-in's time in Unix seconds.
func (s *stand) now() int64 { return s.Now().Unix() }

func TestUndeliveredEvents(t *testing.T) {
	s, e := bareStand(t, stripefake.Options{Backoff: []time.Duration{time.Hour}}), newEars(t)
	s.AddEndpoint(e.url+"in", testSecret, "")
	s.customers(1)
	s.flush()
	e.mu.Lock()
	e.fail["in"] = true
	e.mu.Unlock()
	s.customers(1)
	s.advance(0)
	s.control("/_control/faults", map[string]any{"lose": 1})
	s.customers(1)
	got, _ := s.events("limit=100")
	late, _ := s.events("limit=100&delivery_success=false")
	taken, _ := s.events("limit=100&delivery_success=true")
	if len(got) != 3 || !slices.Equal(late, got[:2]) || !slices.Equal(taken, got[2:]) {
		t.Errorf("of %v undelivered are %v, delivered %v", got, late, taken)
	}
}

func TestTwins(t *testing.T) {
	s, e := bareStand(t, stripefake.Options{Backoff: soon(), Seed: "twins"}), newEars(t)
	for _, version := range []string{"2023-10-16", "2025-03-31.basil"} {
		s.AddEndpoint(e.url+version, testSecret, version)
	}
	// All at once: what arrives is complete all the same.
	s.control("/_control/faults", map[string]any{
		"twin": 0.5, "drop": 0.3, "duplicate": 0.3, "reorder": true, "delay_ms": 1,
	})
	s.customers(40)
	s.flush()
	told := map[string]int{} // customer created, and how many events said so
	all, _ := s.events("limit=100")
	for _, version := range []string{"2023-10-16", "2025-03-31.basil"} {
		arrived := map[string]string{}
		for _, one := range e.at(version) {
			arrived[one.ID] = fmt.Sprint(one.Data.Object["id"])
		}
		if len(arrived) != len(all) {
			t.Errorf("%d of %d events arrived at %s", len(arrived), len(all), version)
		}
		if len(e.at(version)) == len(arrived) {
			t.Errorf("nothing arrived twice at %s", version)
		}
		clear(told)
		for _, customer := range arrived {
			told[customer]++
		}
	}
	twins := 0
	for customer, n := range told {
		if n > 2 {
			t.Errorf("%d events made %s", n, customer)
		}
		twins += n - 1
	}
	if len(told) != 40 || twins < 5 || twins > 35 {
		t.Errorf("%d customers, %d of them twice", len(told), twins)
	}
}

func TestTooManyRequests(t *testing.T) {
	s := bareStand(t, stripefake.Options{Clock: func() time.Time { return monday }})
	for _, c := range []struct {
		fault  string
		amount float64
		code   string
	}{{"rate_limit", 1, "rate_limit"}, {"lock", 1, "lock_timeout"}} {
		s.control("/_control/faults", map[string]any{c.fault: c.amount})
		if status, _, _ := s.call("/v1/customers", testKey, nil, nil); status != http.StatusOK {
			t.Errorf("%s: the first call, which reads, was answered %d", c.fault, status)
		}
		key := map[string]string{"Idempotency-Key": "one-" + c.fault}
		status, header, body := s.call("/v1/customers", testKey, form("name", "A Reader"), key)
		problem, _ := body["error"].(map[string]any)
		if status != http.StatusTooManyRequests || problem["code"] != c.code || problem["type"] != "invalid_request_error" ||
			header.Get("Retry-After") != "1" || header.Get("Stripe-Rate-Limited-Reason") == "" {
			t.Errorf("%s: %d %v %v", c.fault, status, header, body)
		}
		s.control("/_control/faults", map[string]any{})
		// Nothing was done, nothing was kept under the key.
		if status, header, _ := s.call("/v1/customers", testKey, form("name", "A Reader"), key); status != http.StatusOK || header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: tried again: %d, replayed %q", c.fault, status, header.Get("Idempotent-Replayed"))
		}
	}
}

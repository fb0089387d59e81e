package stripegw_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripegw"
)

const testKey = "sk_test_0123456789"

// stand is a stand-in for Stripe that a gateway talks to.
type stand struct {
	*stripefake.Server
	url string
	web http.Handler // what answers; tests may put something before it
}

func newStand(t *testing.T, opts stripefake.Options) *stand {
	t.Helper()
	server, err := stripefake.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{Server: server, web: server}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.web.ServeHTTP(w, r) }))
	server.SetBaseURL(web.URL)
	s.url = web.URL
	t.Cleanup(func() {
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *stand) gateway(t *testing.T) *stripegw.Gateway {
	return stripegw.New(stripegw.Options{
		Key: testKey, APIBase: s.url, BaseURL: "https://news.example", HTTP: &http.Client{Timeout: 10 * time.Second},
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
}

// customers makes n customers, each of which is an event too, and gives their ids.
func (s *stand) customers(t *testing.T, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/customers",
			strings.NewReader(url.Values{"name": {fmt.Sprint("Reader ", i)}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+testKey)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close() //nolint:errcheck // read to its end
		var made struct {
			ID string `json:"id"`
		}
		if err != nil || json.Unmarshal(body, &made) != nil || made.ID == "" {
			t.Fatalf("%d %s %v", res.StatusCode, body, err)
		}
		ids = append(ids, made.ID)
	}
	return ids
}

// clock is a base clock that a test moves.
type clock struct{ unix atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(c.unix.Load(), 0) }

// about gives the ids of the objects that a page's events speak of.
func about(t *testing.T, events []json.RawMessage) []string {
	t.Helper()
	var ids []string
	for _, raw := range events {
		var e struct {
			Data struct {
				Object struct {
					ID string `json:"id"`
				} `json:"object"`
			} `json:"data"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.Data.Object.ID)
	}
	return ids
}

func TestEventsComeInTheirOrder(t *testing.T) {
	at := &clock{}
	at.unix.Store(1_800_000_000)
	s := newStand(t, stripefake.Options{Seed: "order", Clock: at.now})
	early := s.customers(t, 3)
	at.unix.Add(20 * 86400)
	burst := s.customers(t, 230) // more than two pages within one second
	at.unix.Add(9 * 86400)
	late := s.customers(t, 4)
	all := slices.Concat(early, burst, late)
	g := s.gateway(t)
	for name, tt := range map[string]struct {
		since time.Time
		want  []string
	}{
		"all":                  {time.Unix(1_800_000_000, 0), all},
		"from the burst":       {time.Unix(1_800_000_001, 0), slices.Concat(burst, late)},
		"the burst's second":   {time.Unix(1_800_000_000+20*86400, 0), slices.Concat(burst, late)},
		"one page":             {time.Unix(1_800_000_000+21*86400, 0), late},
		"nothing":              {time.Unix(1_800_000_000+30*86400, 0), nil},
		"from before the list": {time.Unix(1_700_000_000, 0), all},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			err := g.Events(t.Context(), tt.since, false, func(events []json.RawMessage) error {
				got = append(got, about(t, events)...)
				return nil
			})
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%d events, want %d, in their order; %v", len(got), len(tt.want), err)
			}
		})
	}
	t.Run("undelivered", func(t *testing.T) {
		n := 0
		err := g.Events(t.Context(), time.Unix(1_800_000_000, 0), true, func(events []json.RawMessage) error { n += len(events); return nil })
		if err != nil || n != 0 {
			t.Errorf("%d events that no endpoint wants are undelivered; %v", n, err)
		}
	})
}

func TestObjectsGoOnAfterAnId(t *testing.T) {
	at := &clock{}
	at.unix.Store(1_800_000_000)
	s := newStand(t, stripefake.Options{Seed: "objects", Clock: at.now})
	before := s.customers(t, 2)
	at.unix.Add(60)
	ids := s.customers(t, 150)
	slices.Reverse(ids) // the newest first
	g := s.gateway(t)
	list := func(since time.Time, after string) (got []string, pages int) {
		t.Helper()
		err := g.Objects(t.Context(), "customers", since, after, func(objects []json.RawMessage, read time.Time) error {
			pages++
			for _, raw := range objects {
				var o struct{ ID, Object string }
				if err := json.Unmarshal(raw, &o); err != nil || o.Object != "customer" {
					t.Errorf("%s: %v", raw, err)
				}
				got = append(got, o.ID)
			}
			if ago := at.now().Sub(read); ago < time.Second || ago > 10*time.Second {
				t.Errorf("read %s ago", ago)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got, pages
	}
	if got, pages := list(at.now(), ""); !slices.Equal(got, ids) || pages != 2 {
		t.Errorf("%d objects on %d pages", len(got), pages)
	}
	if got, _ := list(at.now(), ids[119]); !slices.Equal(got, ids[120:]) {
		t.Errorf("%d objects after the 120th", len(got))
	}
	if got, _ := list(time.Time{}, ids[149]); !slices.Equal(got, []string{before[1], before[0]}) {
		t.Errorf("without a first day: %v", got)
	}
	if got, _ := list(at.now(), "cus_forgotten"); len(got) != 150 {
		t.Errorf("%d objects after one that is unknown, want all", len(got))
	}
}

func TestOneObject(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	id := s.customers(t, 1)[0]
	g := s.gateway(t)
	raw, at, err := g.Object(t.Context(), "customers/"+id)
	if err != nil || !strings.Contains(string(raw), `"id": "`+id+`"`) || time.Since(at) > time.Minute {
		t.Errorf("%s at %s: %v", raw, at, err)
	}
	if _, _, err := g.Object(t.Context(), "customers/cus_nobody"); payments.CodeOf(err) != payments.NotFound || strings.Contains(err.Error(), "{") {
		t.Errorf("%v, want not found, in words", err)
	}
}

func TestListsGoOnWhereStripeIsBusy(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	ids := s.customers(t, 101)
	slices.Reverse(ids)
	calls := 0
	s.web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		switch calls {
		case 2: // the second page
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"slow down"}}`)
		case 3:
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>a proxy's own words</html>")
		default:
			s.Server.ServeHTTP(w, r)
		}
	})
	n := 0
	err := s.gateway(t).Objects(t.Context(), "customers", time.Time{}, "", func(objects []json.RawMessage, _ time.Time) error {
		n += len(objects)
		return nil
	})
	if err != nil || n != len(ids) || calls != 4 {
		t.Errorf("%d objects in %d calls: %v", n, calls, err)
	}
}

func TestListsEndWithTheirContext(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	s.web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error","message":"slow down"}}`)
	})
	err := s.gateway(t).Events(ctx, time.Now(), false, func([]json.RawMessage) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestListsRefused(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	s.web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error","message":"The provided key does not have the required permissions."}}`)
	})
	err := s.gateway(t).Events(t.Context(), time.Now(), false, func([]json.RawMessage) error { return nil })
	if payments.CodeOf(err) != payments.Refused || !strings.Contains(err.Error(), "required permissions") {
		t.Errorf("%v", err)
	}
}

func TestWhatPageReturnsEndsTheList(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	s.customers(t, 1)
	full := errors.New("full")
	g := s.gateway(t)
	if err := g.Events(t.Context(), time.Unix(0, 0), false, func([]json.RawMessage) error { return full }); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	err := g.Objects(t.Context(), "customers", time.Time{}, "", func([]json.RawMessage, time.Time) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

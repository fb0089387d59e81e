package web_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/web"
)

func TestHealth(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Ready = func(context.Context) error { return nil }
	})
	wantStatus(t, s.get("/healthz"), http.StatusOK, "ok\n")
	wantStatus(t, s.get("/readyz"), http.StatusOK, "ready\n")

	away := newSite(t, func(o *web.Options) {
		o.Ready = func(context.Context) error { return errors.New("dial tcp 10.1.2.3:5432: password=hunter2") }
	})
	w := away.get("/readyz")
	wantStatus(t, w, http.StatusServiceUnavailable)
	if got := w.Body.String(); got != "not ready: unavailable\n" {
		t.Errorf("it tells %q", got)
	}
	busy := newSite(t, func(o *web.Options) {
		o.Ready = func(context.Context) error { return &payments.Error{Code: payments.Busy} }
	})
	if got := busy.get("/readyz").Body.String(); got != "not ready: busy\n" {
		t.Errorf("it tells %q", got)
	}
}

// A panic is a page in words; what it was about is for the log only.
func TestPanic(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Ready = func(context.Context) error { panic("secret internals") }
	})
	w := s.get("/readyz")
	wantStatus(t, w, http.StatusInternalServerError, "Something went wrong on our side", "<!doctype html>")
	if strings.Contains(w.Body.String(), "secret") {
		t.Error("the page shows what went wrong")
	}
	if log := s.log.String(); !strings.Contains(log, "secret internals") || !strings.Contains(log, "edge_test.go") {
		t.Errorf("the log lacks cause or place: %s", log)
	}
}

func TestAbortedHandlerStaysAborted(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Ready = func(context.Context) error { panic(http.ErrAbortHandler) }
	})
	defer func() {
		if cause := recover(); cause == nil {
			t.Error("the server never learns of it")
		}
	}()
	s.get("/readyz")
}

// The log must not hold what opens one reader's gift.
func TestLogHoldsNoKeys(t *testing.T) {
	s := newSite(t)
	id, session := s.opened(gift())
	s.get("/thanks?session_id=" + session)
	s.get("/nothing?email=ada@example.org")
	log := s.log.String()
	for _, private := range []string{id, session, "ada@example.org", "192.0.2", "127.0.0.1:4711"} {
		if strings.Contains(log, private) {
			t.Errorf("the log holds %q:\n%s", private, log)
		}
	}
	for _, public := range []string{"route=/checkout/:id", "path=/nothing", "request_id="} {
		if !strings.Contains(log, public) {
			t.Errorf("the log lacks %q", public)
		}
	}
	for _, route := range []string{"POST /donate See Other", "GET /checkout/:id See Other", "GET /thanks OK", "GET  Not Found"} {
		if !slices.Contains(s.seen.routes, route) {
			t.Errorf("%q was not counted in %q", route, s.seen.routes)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.TrustedProxies = []string{"192.0.2.0/24"}; o.DonationsPerMinute = 1 })
	from := func(client string) func(*http.Request) {
		return func(r *http.Request) {
			r.RemoteAddr = reader
			r.Header.Set("X-Forwarded-For", client)
		}
	}
	s.started(s.donate(gift(), from("203.0.113.1")))
	s.started(s.donate(gift(), from("203.0.113.2")))
	wantStatus(t, s.donate(gift(), from("203.0.113.1")), http.StatusTooManyRequests)
	// A house has a whole /64 of addresses.
	s.started(s.donate(gift(), from("2001:db8::1")))
	wantStatus(t, s.donate(gift(), from("2001:db8::ffff")), http.StatusTooManyRequests)
}

func TestWrongOptions(t *testing.T) {
	good := web.Options{
		Newsroom: sample(t), Checkouts: nowhere{}, Gifts: nowhere{}, Verifier: nowhere{}, Inbox: nowhere{}, BaseURL: "https://news.example",
	}
	if _, err := web.New(good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*web.Options){
		"Newsroom":        func(o *web.Options) { o.Newsroom = nil },
		"Verifier":        func(o *web.Options) { o.Verifier = nil },
		"BaseURL":         func(o *web.Options) { o.BaseURL = "" },
		"absolute":        func(o *web.Options) { o.BaseURL = "news.example" },
		"trusted proxies": func(o *web.Options) { o.TrustedProxies = []string{"everybody"} },
	} {
		o := good
		change(&o)
		if _, err := web.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

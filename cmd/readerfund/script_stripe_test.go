package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// stripeSpec is loaded once for all scripts: it is immutable.
var stripeSpec = sync.OnceValues(stripefake.LoadSpec)

// others is what scripts talk to beside the program.
type others struct {
	standIn  *stripefake.Server
	endpoint *endpoint
}

type othersKey struct{}

// standIn starts a stand-in for Stripe and points the program at it: standin
func standIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: standin")
	}
	spec, err := stripeSpec()
	ts.Check(err)
	server, err := stripefake.New(stripefake.Options{Seed: "script", Spec: spec, Backoff: []time.Duration{time.Hour}})
	ts.Check(err)
	web := httptest.NewServer(server)
	server.SetBaseURL(web.URL)
	ts.Defer(func() {
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		ts.Check(server.Close(ctx))
	})
	ts.Value(othersKey{}).(*others).standIn = server
	ts.Setenv("STRIPE_API_BASE", web.URL)
	ts.Setenv("STRIPE_SECRET_KEY", "sk_test_0123456789")
}

// stripe asks the stand-in and keeps the id that it answers with in a variable:
// stripe NAME PATH KEY=VALUE…
func stripe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: stripe name path key=value…")
	}
	form := url.Values{}
	for _, arg := range args[2:] {
		key, value, ok := strings.Cut(arg, "=")
		if !ok {
			ts.Fatalf("%s is no key=value", arg)
		}
		form.Add(key, value)
	}
	req := httptest.NewRequest(http.MethodPost, args[1], strings.NewReader(form.Encode()))
	req.Header.Set("Authorization", "Bearer sk_test_0123456789")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	ts.Value(othersKey{}).(*others).standIn.ServeHTTP(answer, req)
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &made); err != nil || answer.Code != http.StatusOK {
		ts.Fatalf("%s: %d %s", args[1], answer.Code, answer.Body)
	}
	ts.Setenv(args[0], made.ID)
}

// endpoint takes events as a service would.
type endpoint struct {
	mu       sync.Mutex
	secret   string
	statuses []int // of the next answers; the last one stays
	got      []string
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	status := e.statuses[0]
	if len(e.statuses) > 1 {
		e.statuses = e.statuses[1:]
	}
	body, err := io.ReadAll(r.Body)
	verified := stripegw.NewSignatures([]string{e.secret}).Verify(body, r.Header.Get("Stripe-Signature"), time.Now())
	var event struct {
		ID string `json:"id"`
	}
	if err := errors.Join(err, verified, json.Unmarshal(body, &event)); err != nil {
		status = http.StatusBadRequest
	}
	if status == http.StatusOK {
		e.got = append(e.got, event.ID)
	}
	w.WriteHeader(status)
}

// listenFor starts an endpoint at $ENDPOINT that answers with these statuses, the
// last one again and again: endpoint SECRET STATUS…
func listenFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: endpoint secret status…")
	}
	e := &endpoint{secret: args[0]}
	for _, arg := range args[1:] {
		status, err := strconv.Atoi(arg)
		ts.Check(err)
		e.statuses = append(e.statuses, status)
	}
	web := httptest.NewServer(e)
	ts.Defer(web.Close)
	ts.Value(othersKey{}).(*others).endpoint = e
	ts.Setenv("ENDPOINT", web.URL+"/webhooks/stripe")
}

// received holds what the endpoint accepted, in its order: received ID…
func received(ts *testscript.TestScript, neg bool, args []string) {
	e := ts.Value(othersKey{}).(*others).endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	if got, want := fmt.Sprint(e.got), fmt.Sprint(args); neg || got != want {
		ts.Fatalf("the endpoint accepted %s, want %s", got, want)
	}
}

package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/web/fixed"
)

// testStack is a whole stack of its own, with the means to act as a reader.
type testStack struct {
	*stack
	base   string
	reader *http.Client // follows no redirect
	db     *pgxpool.Pool
}

func TestMain(m *testing.M) { pgtest.Main(m) }

// bringUp starts a stack with these flags and variables (NAME=value). Its pages are
// rendered when they are asked for, and compressed in a hurry: what a service does at
// its start takes seconds under the race detector.
func bringUp(t *testing.T, args ...string) *testStack {
	t.Helper()
	return bringUpWith(t, fixed.Press{Quick: true, Late: true}, args...)
}

// bringUpWith is bringUp with pages and files that are prepared like this.
func bringUpWith(t *testing.T, press fixed.Press, args ...string) *testStack {
	t.Helper()
	environ, flags := os.Environ(), []string{"--http", "127.0.0.1:0", "--stripe", "127.0.0.1:0", "--mail", "127.0.0.1:0", "--data", t.TempDir()}
	for _, arg := range args {
		if name, _, variable := strings.Cut(arg, "="); variable && name == strings.ToUpper(name) {
			environ = append(environ, arg)
		} else {
			flags = append(flags, arg)
		}
	}
	o, err := parseFlags(flags, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	// A copy of a database with the whole schema takes a fraction of what it takes to
	// make one. TestEphemeralStacksNeedNoFolder has the stack do it by itself.
	if o.ephemeral {
		o.ephemeral = false
		environ = append(environ, "DATABASE_URL="+pgtest.NewURL(t))
	}
	s := &stack{options: o, environ: environ, stdout: t.Output(), stderr: t.Output(), press: press}
	t.Cleanup(func() {
		if err := s.down(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	if err := s.up(t.Context()); err != nil {
		t.Fatal(err)
	}
	ts := &testStack{stack: s, base: "http://" + s.httpAddr, reader: &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	address := ts.databaseURL(t)
	if ts.db, err = pgxpool.New(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ts.db.Close)
	return ts
}

func (s *testStack) databaseURL(t *testing.T) string {
	t.Helper()
	env, err := os.ReadFile(s.data + "/dev.env")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(env)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "DATABASE_URL="); ok {
			return strings.Trim(rest, `"`)
		}
	}
	t.Fatal("dev.env has no DATABASE_URL")
	return ""
}

// answer is a response read to its end.
type answer struct {
	status   int
	location string
	header   http.Header
	body     string
}

func (s *testStack) do(t *testing.T, req *http.Request) answer {
	t.Helper()
	res, err := s.reader.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header.Get("Location"), res.Header, string(body)}
}

func (s *testStack) get(t *testing.T, address string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.absolute(address), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.do(t, req)
}

func (s *testStack) post(t *testing.T, address string, form url.Values) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.absolute(address), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(t, req)
}

func (s *testStack) absolute(address string) string {
	if strings.HasPrefix(address, "/") {
		return s.base + address
	}
	return address
}

func gift(kind, amount, currency string) url.Values {
	return url.Values{
		"frequency": {kind}, "amount": {amount}, "currency": {currency}, "campaign": {"independent-journalism"},
		"appeal": {"keep-it-alive"}, "variant": {"base"}, "placement": {"end"}, "article": {"geneva-joint-centre"},
	}
}

// begin posts the form and gives the checkout's address.
func (s *testStack) begin(t *testing.T, form url.Values) string {
	t.Helper()
	a := s.post(t, "/donate", form)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, "/checkout/") && !strings.HasPrefix(a.location, s.base+"/checkout/") {
		t.Fatalf("POST /donate: %d %s\n%s", a.status, a.location, a.body)
	}
	return a.location
}

// payPage opens a checkout and gives the payment page's address.
func (s *testStack) payPage(t *testing.T, checkout string) string {
	t.Helper()
	a := s.get(t, checkout)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, "http://"+s.stripe+"/") {
		t.Fatalf("GET %s: %d %s\n%s", checkout, a.status, a.location, a.body)
	}
	return a.location
}

const (
	goodCard     = "4242424242424242"
	declinedCard = "4000000000000002"
)

func (s *testStack) pay(t *testing.T, page, card string) answer {
	t.Helper()
	return s.post(t, page, url.Values{"card_number": {card}, "email": {"reader@example.org"}, "name": {"Ada Reader"}})
}

// settled waits until the stand-in has delivered all it has to say.
func (s *testStack) settled(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := s.standIn.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// give makes a whole gift and gives the thank-you page's address.
func (s *testStack) give(t *testing.T, form url.Values) string {
	t.Helper()
	a := s.pay(t, s.payPage(t, s.begin(t, form)), goodCard)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, s.base+"/thanks?session_id=cs_") {
		t.Fatalf("paying: %d %s\n%s", a.status, a.location, a.body)
	}
	s.settled(t)
	return a.location
}

func (s *testStack) digest(t *testing.T) string {
	t.Helper()
	sum, err := payments.Digest(t.Context(), s.db)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func (s *testStack) count(t *testing.T, query string) int {
	t.Helper()
	var n int
	if err := s.db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// atOnce runs f n times at the same time.
func atOnce(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

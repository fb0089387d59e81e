package main

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// gate stands between the service and the stand-in, and holds the first call of a
// kind: before it is passed on, or before its answer is.
type gate struct {
	*httptest.Server
	stripe http.Handler

	mu    sync.Mutex
	path  string // of the POST to hold, its beginning; "" for none
	after bool
	held  chan struct{} // closed while one is held
}

func newGate(t *testing.T, stripe string) *gate {
	t.Helper()
	g := &gate{stripe: httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: stripe})}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

// hold gives what is closed when the call is there.
func (g *gate) hold(path string, after bool) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.path, g.after, g.held = path, after, make(chan struct{})
	return g.held
}

// ServeHTTP holds a call until whoever made it is no more.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	held, after := g.held, g.after
	this := g.path != "" && r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, g.path)
	if this {
		g.path = ""
	}
	g.mu.Unlock()
	switch {
	case !this:
		g.stripe.ServeHTTP(w, r)
		return
	case after:
		g.stripe.ServeHTTP(httptest.NewRecorder(), r)
	default:
		_ = r.ParseForm() // a server sees that its client has gone once the body was read
	}
	close(held)
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// program is the service as it runs in production, a process of its own.
type program struct {
	*testStack
	path string
	env  []string
	cmd  *exec.Cmd
}

// asProgram ends the service inside this process and runs the real one on the same
// address and database.
func (s *testStack) asProgram(t *testing.T, env ...string) *program {
	t.Helper()
	p := &program{testStack: s, path: filepath.Join(t.TempDir(), "readerfund"), env: append(os.Environ(), env...)}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", p.path, "../readerfund")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.serviceUp()
	if err := <-s.service; err != nil {
		t.Fatal(err)
	}
	s.serviceUp = nil
	t.Cleanup(func() { p.kill() })
	p.start(t)
	return p
}

func (p *program) start(t *testing.T) {
	t.Helper()
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), p.path, "--env-file", p.data+"/dev.env", "serve")
	p.cmd.Env, p.cmd.Dir, p.cmd.Stderr = p.env, t.TempDir(), t.Output()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.until(t, func() bool {
		res, err := p.reader.Get(p.base + "/readyz")
		if err != nil {
			return false
		}
		return res.Body.Close() == nil && res.StatusCode == http.StatusOK
	})
}

// kill ends it at once (SIGKILL), in the middle of whatever it does.
func (p *program) kill() {
	_ = p.cmd.Process.Kill() // or it has ended already
	_ = p.cmd.Wait()
}

// isKilledAt has a reader send a request, and kills the service when Stripe is called
// for it; then it is started again.
func (p *program) isKilledAt(t *testing.T, held <-chan struct{}, send *http.Request) {
	t.Helper()
	var reader sync.WaitGroup
	reader.Go(func() {
		if res, err := p.reader.Do(send); err == nil {
			t.Errorf("%s was answered: %s", send.URL.Path, res.Status)
			_ = res.Body.Close()
		}
	})
	select {
	case <-held:
	case <-time.After(30 * time.Second):
		t.Error("Stripe is never called")
	}
	p.kill()
	reader.Wait()
	p.start(t)
}

func (p *program) request(t *testing.T, method, path string, form url.Values, key string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.absolute(path), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Cookie", "reader="+key)
	return req
}

// The service is killed between what it has written down and Stripe, and between
// Stripe's answer and writing it down. Whoever tries again has one session, or one
// change, and one letter about it.
func TestKilledService(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	g := newGate(t, s.stripe)
	s.give(t, gift("monthly", "10", "EUR"))
	const key = "abcdefghijklmnopqrstuvwxyz"
	hash := sha256.Sum256([]byte(key))
	if _, err := s.db.Exec(t.Context(), `insert into reader_sessions (hash, donor_id, until) select $1, donor_id, now() + interval '1 hour' from donors`, hash[:]); err != nil {
		t.Fatal(err)
	}
	amount := "/manage/recurring/" + s.text(t, `select recurring_id from recurring_donations`) + "/amount"
	const updates = `select count(distinct event_id) from inbox_events where type = 'customer.subscription.updated'`
	before := s.count(t, updates)
	p := s.asProgram(t, "STRIPE_API_BASE="+g.URL, "METRICS_ADDR=127.0.0.1:0")
	for _, at := range []struct {
		name  string
		after bool
		form  url.Values
		says  string
	}{
		{"before Stripe is asked", false, url.Values{"amount": {"15"}, "request": {"form-0000000000000001"}}, "it was €10.00, and is now €15.00 each month"},
		{"after Stripe has answered", true, url.Values{"amount": {"20"}, "request": {"form-0000000000000002"}}, "it was €15.00, and is now €20.00 each month"},
	} {
		t.Run("a checkout, "+at.name, func(t *testing.T) {
			checkout := s.begin(t, gift("one_time", "25", "USD"))
			sessions := len(s.standIn.Truth().Sessions)
			p.isKilledAt(t, g.hold("/v1/checkout/sessions", at.after), p.request(t, http.MethodGet, checkout, nil, key))
			if page := s.payPage(t, checkout); s.payPage(t, checkout) != page {
				t.Error("two payment pages")
			}
			if n := len(s.standIn.Truth().Sessions); n != sessions+1 {
				t.Errorf("%d sessions for one checkout", n-sessions)
			}
		})
		t.Run("a change, "+at.name, func(t *testing.T) {
			p.isKilledAt(t, g.hold("/v1/subscriptions/", at.after), p.request(t, http.MethodPost, amount, at.form, key))
			// Until its claim is over nobody else makes the change: not waited for here.
			if _, err := s.db.Exec(t.Context(), `update reader_changes set claimed_until = clock_timestamp() where claimed_until is not null`); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if a := s.do(t, p.request(t, http.MethodPost, amount, at.form, key)); a.status != http.StatusSeeOther {
					t.Errorf("the same form again: %d %s", a.status, words(a.body))
				}
			}
			s.settled(t)
			s.letter(t, at.says)
		})
	}
	if n := s.count(t, `select count(*) from reader_changes where outcome = 'done'`); n != 2 {
		t.Errorf("%d changes, want 2", n)
	}
	if n := s.count(t, `select amount from recurring_donations`); n != 2000 {
		t.Errorf("%d each month", n)
	}
	if n := s.count(t, updates) - before; n != 2 {
		t.Errorf("Stripe told of %d changes, want 2", n)
	}
	letters := 0
	for _, m := range s.mailbox.Messages() {
		if strings.Contains(m.Text, "and is now") {
			letters++
		}
	}
	if letters != 2 {
		t.Errorf("%d letters about two changes", letters)
	}
}

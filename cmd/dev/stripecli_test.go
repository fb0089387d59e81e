package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/readerfund/readerfund/cmd/dev/stripecli"
)

// stripeCLI is Stripe's own command line beside a stack.
type stripeCLI struct {
	stripecli.Stack
	stack *testStack
}

func (s *testStack) stripeCLI(t *testing.T) stripeCLI {
	t.Helper()
	program, err := stripecli.Find(t.Context(), stripecli.Options{Progress: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	return stripeCLI{stack: s, Stack: stripecli.Stack{
		Program: program, Base: "http://" + s.stripe, Key: "sk_test_0123456789", Home: t.TempDir(),
	}}
}

// run gives what one command says; it must succeed.
func (c stripeCLI) run(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	said, err := c.Command(ctx, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("stripe %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return string(said)
}

// heard is what a command line that listens says, line by line.
type heard struct {
	mu    sync.Mutex
	lines []string
}

func (h *heard) all() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.lines, "\n")
}

var signingSecret = regexp.MustCompile(`signing secret is .*?(whsec_\w+)`)

// listen starts `stripe listen` and returns once it is ready, with the secret
// that it prints. It ends with the test, by its own process.
func (c stripeCLI) listen(t *testing.T, args ...string) (secret string, said *heard) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	cmd := c.Command(ctx, append([]string{"listen", "--skip-update"}, args...)...)
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said = &heard{}
	ready := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said.mu.Lock()
			said.lines = append(said.lines, lines.Text())
			said.mu.Unlock()
			if m := signingSecret.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m[1]
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was asked to end; how it then ends is its own affair
		_ = in.Close()
		<-read
	})
	select {
	case secret = <-ready:
	case <-time.After(60 * time.Second):
		t.Fatalf("stripe listen is not ready:\n%s", said.all())
	}
	return secret, said
}

// eventually waits for what other processes do.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// toldEvent is an event in the stand-in's own list.
type toldEvent struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Deliveries []struct {
		Status   string `json:"status"`
		Attempts []struct {
			Status int    `json:"status"`
			Error  string `json:"error"`
		} `json:"attempts"`
	} `json:"deliveries"`
}

func (s *testStack) told(t *testing.T) []toldEvent {
	t.Helper()
	a := s.get(t, "http://"+s.stripe+"/_control/events")
	var out []toldEvent
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("the stand-in's events: %d %v", a.status, err)
	}
	return out
}

// onlyByCLI takes the service's own endpoint away: from here on it hears only
// what a command line passes on.
func (s *testStack) onlyByCLI(t *testing.T) {
	t.Helper()
	var list struct{ Data []struct{ ID string } }
	if err := json.Unmarshal([]byte(s.api(t, http.MethodGet, "/v1/webhook_endpoints")), &list); err != nil {
		t.Fatal(err)
	}
	for _, ep := range list.Data {
		s.api(t, http.MethodDelete, "/v1/webhook_endpoints/"+ep.ID)
	}
}

func (s *testStack) api(t *testing.T, method, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.stripe+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sk_test_0123456789")
	a := s.do(t, req)
	if a.status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	return a.body
}

// kept counts the events of a type that the inbox holds.
func (s *testStack) kept(t *testing.T, kind string) int {
	t.Helper()
	return s.count(t, fmt.Sprintf(`select count(*) from inbox_events where type = '%s'`, kind))
}

// Stripe's own command line makes things happen and forwards what is told of
// them, signed with the secret that it prints; the service takes all of it.
func TestStripeCLI(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.onlyByCLI(t)
	c := s.stripeCLI(t)
	secret, said := c.listen(t, "--all-snapshot", "--forward-to", s.base+"/webhooks/stripe")
	env, err := s.variables("127.0.0.1:25") // remembers the secret of dev.env
	if err != nil {
		t.Fatal(err)
	}
	if secret != env.get("STRIPE_WEBHOOK_SECRET") {
		t.Errorf("stripe listen signs with %q, the service expects another secret", secret)
	}

	for _, kind := range []string{
		"checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed",
		"charge.refunded", "charge.dispute.created", "charge.dispute.closed", "payment_intent.canceled",
		"invoice.payment_failed", "invoice.paid", "customer.subscription.deleted", "payout.created",
	} {
		c.run(t, "trigger", kind)
		eventually(t, kind+" in the inbox", func() bool { return s.kept(t, kind) > 0 })
	}
	s.allAnswered(t, said)

	t.Run("events resend", func(t *testing.T) { s.resendByCLI(t, c) })
	t.Run("fixtures", func(t *testing.T) { s.fixturesByCLI(t, c) })
	s.allAnswered(t, said)
	s.foreignToDonations(t)
}

// allAnswered waits until every event that was told arrived, and checks that
// each was taken at the first try.
func (s *testStack) allAnswered(t *testing.T, said *heard) {
	t.Helper()
	eventually(t, "every event's answer", func() bool {
		for _, e := range s.told(t) {
			// Each goes out in the account's version and in the latest. One that only
			// the latest has is not for this listener, and is not passed on.
			if len(e.Deliveries) == 2 && !answered(e, 1) {
				return false
			}
		}
		return true
	})
	for _, e := range s.told(t) {
		for _, d := range e.Deliveries {
			for _, a := range d.Attempts {
				if a.Error != "" || a.Status != 0 && a.Status != http.StatusOK {
					t.Errorf("%s %s: %d %s", e.Type, e.ID, a.Status, a.Error)
				}
			}
		}
	}
	if strings.Contains(said.all(), "ERROR") {
		t.Errorf("stripe listen says:\n%s", said.all())
	}
}

// answered says whether the forward address took an event at least n times.
func answered(e toldEvent, n int) bool {
	for _, d := range e.Deliveries {
		for _, a := range d.Attempts {
			if a.Status == http.StatusOK {
				n--
			}
		}
	}
	return n <= 0
}

// foreignToDonations checks what the books make of payments that Stripe's
// command line made up: nothing is parked, none is a donation of ours, and each
// that brought money is kept as foreign, as Stripe itself has it.
func (s *testStack) foreignToDonations(t *testing.T) {
	t.Helper()
	if n := s.count(t, `select count(*) from inbox_events where status = 'parked'`); n != 0 {
		t.Errorf("%d events are parked", n)
	}
	if rows := s.exported(t); len(rows) != 0 {
		t.Errorf("payments that did not begin here are in the report of donations: %v", rows)
	}
	want := map[string]string{}
	for _, p := range s.standIn.Truth().Payments {
		if p.Status == "succeeded" {
			want[p.PaymentIntent] = fmt.Sprint(p.Amount, strings.ToUpper(p.Currency), p.Refunded, p.Disputed, p.Charge)
		}
	}
	rows, err := s.db.Query(t.Context(), `select payment, amount, currency, refunded, disputed, charge from foreign_payments where status = 'succeeded'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := map[string]string{}
	for rows.Next() {
		var payment, currency, charge string
		var amount, refunded, disputed int64
		if err := rows.Scan(&payment, &amount, &currency, &refunded, &disputed, &charge); err != nil {
			t.Fatal(err)
		}
		got[payment] = fmt.Sprint(amount, currency, refunded, disputed, charge)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 || !maps.Equal(got, want) {
		t.Errorf("foreign payments in the books %v, at Stripe %v", got, want)
	}
}

// resendByCLI asks for an event once more; the inbox keeps it once.
func (s *testStack) resendByCLI(t *testing.T, c stripeCLI) {
	var id string
	for _, e := range s.told(t) {
		if e.Type == "charge.refunded" {
			id = e.ID
		}
	}
	c.run(t, "events", "resend", id)
	eventually(t, "the second delivery of "+id, func() bool {
		for _, e := range s.told(t) {
			if e.ID == id {
				return answered(e, 2)
			}
		}
		return false
	})
	if n := s.kept(t, "charge.refunded"); n != 1 {
		t.Errorf("%d charge.refunded in the inbox after it arrived twice", n)
	}
}

// fixturesByCLI runs a file of the user's own.
func (s *testStack) fixturesByCLI(t *testing.T, c stripeCLI) {
	file := filepath.Join(t.TempDir(), "fixtures.json")
	if err := os.WriteFile(file, []byte(`{
		"_meta": {"template_version": 0},
		"fixtures": [
			{"name": "reader", "path": "/v1/customers", "method": "post", "params": {"email": "fixture@example.org"}},
			{"name": "gift", "path": "/v1/payment_intents", "method": "post", "params": {
				"amount": 2500, "currency": "usd", "customer": "${reader:id}", "payment_method": "pm_card_visa",
				"payment_method_types": ["card"], "confirm": true, "metadata": {"from": "a fixture"}}},
			{"name": "back", "path": "/v1/refunds", "method": "post", "params": {"payment_intent": "${gift:id}", "amount": 2000}}
		]
	}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c.run(t, "fixtures", file)
	eventually(t, "the fixture's refund", func() bool { return s.kept(t, "charge.refunded") == 2 })
	payments := s.standIn.Truth().Payments
	last := payments[len(payments)-1]
	if last.Email != "" && last.Email != "fixture@example.org" || last.Metadata["from"] != "a fixture" || last.Amount != 2500 || last.Refunded != 2000 {
		t.Errorf("the fixture's payment: %+v", last)
	}
}

// The newest version is told to a command line that asks for it, and only the
// events that it asks for are passed on.
func TestStripeCLIAtTheLatestVersion(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.onlyByCLI(t)
	c := s.stripeCLI(t)
	c.listen(t, "--latest", "--events", "refund.created", "--forward-to", s.base+"/webhooks/stripe")
	c.run(t, "trigger", "charge.refunded")
	eventually(t, "refund.created in the inbox", func() bool { return s.kept(t, "refund.created") == 1 })
	if n := s.count(t, `select count(*) from inbox_events`); n != 1 {
		t.Errorf("%d events in the inbox, one was asked for", n)
	}
	if n := s.count(t, `select count(*) from inbox_events where api_version > '2026'`); n != 1 {
		t.Error("it is not in the newest version's shape")
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgdev"
	"github.com/readerfund/readerfund/payments/stripefake"
)

func (s *testStack) control(t *testing.T, method, path, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.stripe+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sk_test_readerfund_stand_in")
	if strings.HasPrefix(path, "/_control") {
		req.Header.Set("Content-Type", "application/json")
	} else {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a := s.do(t, req)
	if a.status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	return []byte(a.body)
}

// eventIDs lists every event that the stand-in has told, oldest first.
func (s *testStack) eventIDs(t *testing.T) []string {
	t.Helper()
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
		HasMore bool `json:"has_more"`
	}
	if err := json.Unmarshal(s.control(t, "GET", "/v1/events?limit=100", ""), &list); err != nil {
		t.Fatal(err)
	}
	if list.HasMore {
		t.Fatal("more than 100 events")
	}
	var ids []string
	for _, e := range list.Data {
		ids = append([]string{e.ID}, ids...)
	}
	return ids
}

func TestSameWebhookFiveTimes(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.give(t, gift("one_time", "25", "USD"))
	s.give(t, gift("monthly", "10", "EUR"))
	s.booked(t, 2)
	want := s.digest(t)
	ids := s.eventIDs(t)
	for range 5 {
		for i := range ids {
			s.control(t, "POST", "/v1/events/"+ids[len(ids)-1-i]+"/retry", "")
		}
		s.settled(t)
	}
	if got := s.digest(t); got != want {
		t.Errorf("the digest moved")
	}
	if n := s.count(t, `select count(*) from donations`); n != 2 {
		t.Errorf("%d donations", n)
	}
	if n := s.count(t, `select count(*) from inbox_events where event_id like 'evt\_%'`); n != len(ids) {
		t.Errorf("%d events stored, %d told", n, len(ids))
	}
}

// Deliveries that are dropped, doubled, delayed and out of order end in the
// books that Stripe's own account has.
func TestBooksConvergeUnderFaults(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.control(t, "POST", "/_control/faults", `{"drop": 0.3, "duplicate": 0.3, "reorder": true, "delay_ms": 5}`)
	atOnce(6, func(i int) {
		kind := []string{"one_time", "monthly", "annual"}[i%3]
		if a := s.pay(t, s.payPage(t, s.begin(t, gift(kind, "100", "USD"))), goodCard); a.status != http.StatusSeeOther {
			t.Errorf("paying: %d", a.status)
		}
	})
	// What was dropped several times in a row waits long for its next attempt.
	s.control(t, "POST", "/_control/faults", `{"duplicate": 0.5, "reorder": true}`)
	if err := s.standIn.Advance(t.Context(), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	s.settled(t)
	s.agreesWithStripe(t)
	if n := s.count(t, `select count(*) from inbox_events where status = 'parked'`); n != 0 {
		t.Errorf("%d events parked", n)
	}
	if n := s.count(t, `select count(*) from recurring_donations where status = 'active'`); n != 4 {
		t.Errorf("%d recurring donations, want 4", n)
	}
}

// While Stripe is at its rate limit the reader waits, and no session is lost or
// made twice.
func TestRateLimitIsAWaitingPage(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	checkout := s.begin(t, gift("one_time", "25", "USD"))
	s.control(t, "POST", "/_control/faults", `{"error": 1}`)
	a := s.get(t, checkout)
	if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || a.header.Get("Refresh") == "" {
		t.Errorf("while Stripe is away: %d %v", a.status, a.header)
	}
	s.control(t, "POST", "/_control/faults", `{}`)
	s.payPage(t, checkout)
	if n := len(s.standIn.Truth().Sessions); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// Stripe may fail after it has made the session, and then repeats its failure
// for a day under the same key: the session is found and used.
func TestStripeFailsAfterItHasMadeTheSession(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.payPage(t, s.begin(t, gift("one_time", "5", "EUR"))) // the campaign's product exists
	checkout := s.begin(t, gift("one_time", "25", "USD"))
	s.control(t, "POST", "/_control/faults", `{"error_after": 1}`)
	if a := s.get(t, checkout); a.status != http.StatusServiceUnavailable {
		t.Fatalf("while Stripe fails: %d", a.status)
	}
	s.control(t, "POST", "/_control/faults", `{}`)
	page := s.payPage(t, checkout)
	if again := s.payPage(t, checkout); again != page {
		t.Errorf("%s and %s", page, again)
	}
	if n := len(s.standIn.Truth().Sessions); n != 2 {
		t.Errorf("%d sessions for two checkouts", n)
	}
	// One that was made so and has expired before the reader came back.
	checkout = s.begin(t, gift("one_time", "50", "USD"))
	s.control(t, "POST", "/_control/faults", `{"error_after": 1}`)
	s.get(t, checkout)
	s.control(t, "POST", "/_control/faults", `{}`)
	sessions := s.standIn.Truth().Sessions
	s.control(t, "POST", "/v1/checkout/sessions/"+sessions[len(sessions)-1].ID+"/expire", "")
	if a := s.get(t, checkout); a.status != http.StatusGone {
		t.Errorf("a found session that has expired: %d %s", a.status, a.location)
	}
}

func (s *testStack) webhook(t *testing.T, body, signature string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/webhooks/stripe", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if signature != "" {
		req.Header.Set("Stripe-Signature", signature)
	}
	return s.do(t, req)
}

func TestWebhookRefusesAndKeeps(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	env, err := s.variables("127.0.0.1:25") // remembers the secret of dev.env
	if err != nil {
		t.Fatal(err)
	}
	secret := env.get("STRIPE_WEBHOOK_SECRET")
	sign := func(at time.Time, body string) string { return stripefake.Sign(at, []byte(body), secret) }
	now := time.Now()
	event := `{"id":"evt_x","object":"event","type":"charge.succeeded","created":1700000000}`
	large := `{"id":"evt_y","pad":"` + strings.Repeat("x", 1<<20) + `"}`
	tests := []struct {
		name, body, signature string
		status                int
	}{
		{"no signature", event, "", 400},
		{"not a signature", event, "t=1,v1=00", 400},
		{"tampered", event + " ", sign(now, event), 400},
		{"another's secret", event, stripefake.Sign(now, []byte(event), "whsec_other"), 400},
		{"old", event, sign(now.Add(-10*time.Minute), event), 400},
		{"from the future", event, sign(now.Add(10*time.Minute), event), 400},
		{"over 1 MiB", large, sign(now, large), 413},
		{"no data", event, sign(now, event), 200},
		{"no data, again", event, sign(now, event), 200},
		{"not JSON", "hello", sign(now, "hello"), 200},
		{"rolling secrets", "hello 2", stripefake.Sign(now, []byte("hello 2"), "whsec_old", secret), 200},
	}
	for _, tt := range tests {
		if a := s.webhook(t, tt.body, tt.signature); a.status != tt.status {
			t.Errorf("%s: %d, want %d: %s", tt.name, a.status, tt.status, a.body)
		}
	}
	if n := s.count(t, `select count(*) from inbox_events where status = 'parked'`); n != 3 {
		t.Errorf("%d parked, want 3", n)
	}
	if n := s.count(t, `select count(*) from inbox_events`); n != 3 {
		t.Errorf("%d stored, want 3", n)
	}
}

// While the database is away Stripe is told so, and tells again.
func TestDatabaseAway(t *testing.T) {
	t.Setenv("READERFUND_TEST_DATABASE_URL", "") // a server of its own, to be stopped
	s := bringUp(t)
	checkout := s.begin(t, gift("one_time", "25", "USD"))
	page := s.payPage(t, checkout)
	address, err := url.Parse(s.databaseURL(t))
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.postgres.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := s.post(t, "/donate", gift("one_time", "25", "USD")); a.status != http.StatusServiceUnavailable {
		t.Errorf("POST /donate without a database: %d", a.status)
	}
	if a := s.get(t, "/readyz"); a.status != http.StatusServiceUnavailable {
		t.Errorf("/readyz without a database: %d", a.status)
	}
	if a := s.get(t, "/articles/geneva-joint-centre"); a.status != http.StatusOK {
		t.Errorf("the article without a database: %d", a.status)
	}
	if a := s.pay(t, page, goodCard); a.status != http.StatusSeeOther {
		t.Fatalf("paying: %d", a.status)
	}
	body := `{"id":"evt_away","type":"charge.succeeded","created":1}`
	env, err := s.variables("127.0.0.1:25")
	if err != nil {
		t.Fatal(err)
	}
	if a := s.webhook(t, body, stripefake.Sign(time.Now(), []byte(body), env.get("STRIPE_WEBHOOK_SECRET"))); a.status != http.StatusServiceUnavailable {
		t.Errorf("a webhook without a database: %d", a.status)
	}
	again, err := pgdev.Start(t.Context(), pgdev.Options{Dir: filepath.Join(s.dir, "postgres"), Port: port, Progress: t.Output(), Log: s.log})
	if err != nil {
		t.Fatal(err)
	}
	s.closers = append(s.closers, again.Stop)
	s.settled(t)
	rows := s.exported(t)
	if len(rows) != 1 || rows[0]["amount"] != "25.00" || rows[0]["status"] != "succeeded" {
		t.Errorf("after it came back: %v", rows)
	}
}

func TestTwoStacksSideBySide(t *testing.T) {
	t.Parallel()
	one, two := bringUp(t, "--ephemeral"), bringUp(t, "--ephemeral")
	one.give(t, gift("one_time", "25", "USD"))
	if n := two.count(t, `select count(*) from donations`); n != 0 {
		t.Errorf("%d donations in the other stack", n)
	}
	free := options{http: "127.0.0.1:0", stripe: "127.0.0.1:0", mail: "127.0.0.1:0", data: t.TempDir(), ephemeral: true}
	for flag, change := range map[string]func(*options){
		"--http " + one.httpAddr: func(o *options) { o.http = one.httpAddr },
		"--stripe " + one.stripe: func(o *options) { o.stripe = one.stripe },
		"--mail " + one.mail:     func(o *options) { o.mail = one.mail },
		"--data " + one.data:     func(o *options) { o.data = one.data },
	} {
		o := free
		change(&o)
		third := &stack{options: o, stdout: t.Output(), stderr: t.Output()}
		err := third.up(t.Context())
		name, taken, _ := strings.Cut(flag, " ")
		if err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s, which is taken: %v", flag, err)
		}
		if err := third.down(t.Context()); err != nil {
			t.Error(err)
		}
	}
	one.give(t, gift("one_time", "25", "USD")) // undisturbed
}

// Stacks that are forgotten at their end need no folder of their own: two of them
// stand side by side, one beside a stack that is kept, and nothing is left of them.
func TestEphemeralStacksNeedNoFolder(t *testing.T) {
	kept := t.TempDir()
	t.Chdir(kept)
	t.Setenv("TMPDIR", t.TempDir())
	held := &stack{options: options{data: defaultData}}
	if err := held.makeDir(); err != nil { // as a stack that is kept does
		t.Fatal(err)
	}
	var all []*stack
	for range 2 {
		o, err := parseFlags([]string{"--ephemeral", "--http", "127.0.0.1:0", "--stripe", "127.0.0.1:0", "--mail", "127.0.0.1:0"}, t.Output())
		if err != nil {
			t.Fatal(err)
		}
		environ := os.Environ()
		if shared := os.Getenv("READERFUND_TEST_DATABASE_URL"); shared != "" {
			environ = append(environ, "DATABASE_URL="+shared)
		}
		var said strings.Builder
		s := &stack{options: o, environ: environ, stdout: &said, stderr: t.Output()}
		all = append(all, s)
		if err := s.up(t.Context()); err != nil {
			t.Fatal(err)
		}
		envFile := filepath.Join(s.dir, "dev.env")
		if _, err := os.Stat(envFile); err != nil || !strings.Contains(said.String(), "--env-file "+envFile+" export") {
			t.Errorf("%v:\n%s", err, said.String())
		}
	}
	if all[0].dir == all[1].dir {
		t.Error("two stacks share a folder")
	}
	for _, s := range append(all, held) {
		if err := s.down(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}
	for _, s := range all {
		if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", s.dir, err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(kept, defaultData)); err != nil || len(left) != 1 {
		t.Errorf("in the kept folder are %v, %v; want its lock alone", left, err)
	}
}

// A stack that is stopped keeps its books and its stand-in.
func TestStoppedStackKeepsItsData(t *testing.T) {
	t.Setenv("READERFUND_TEST_DATABASE_URL", "")
	t.Setenv("DATABASE_URL", "")
	dir := t.TempDir()
	var digest, secret string
	for round := range 2 {
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) {
			s := bringUp(t, "--data", dir)
			env, err := s.variables("127.0.0.1:25")
			if err != nil {
				t.Fatal(err)
			}
			if round == 0 {
				s.give(t, gift("monthly", "10", "EUR"))
				s.booked(t, 1)
				digest, secret = s.digest(t), env.get("STRIPE_WEBHOOK_SECRET")
				return
			}
			if s.digest(t) != digest || env.get("STRIPE_WEBHOOK_SECRET") != secret {
				t.Error("books or secret differ after a restart")
			}
			s.agreesWithStripe(t)
			s.give(t, gift("one_time", "25", "USD"))
			s.agreesWithStripe(t)
		})
	}
}

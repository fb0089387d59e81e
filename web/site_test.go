package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/web"
	"github.com/readerfund/readerfund/web/fixed"
	"github.com/readerfund/readerfund/web/hooks"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	secret  = "whsec_test_secret"
	article = "/articles/geneva-joint-centre"
	reader  = "192.0.2.10:4711" // an address that is no loopback
)

// spec is Stripe's own description of its API; reading it takes a second.
var spec = sync.OnceValues(stripefake.LoadSpec)

// site is the service as it runs: the sample newsroom, the books in Postgres and
// Stripe's stand-in behind the real gateway.
type site struct {
	t       *testing.T
	handler http.Handler
	db      *pgxpool.Pool
	stripe  *httptest.Server
	in      *inbox.Inbox
	log     *bytes.Buffer
	now     *clock
	seen    *seen
}

// clock is what the service takes for now. A server may look at it while a test
// sets it.
type clock struct {
	is atomic.Pointer[func() time.Time]
}

func (c *clock) set(now func() time.Time) { c.is.Store(&now) }

func (c *clock) now() time.Time { return (*c.is.Load())() }

// seen keeps what the service counted.
type seen struct {
	mu       sync.Mutex
	started  []string
	outcomes []hooks.Outcome
	routes   []string
}

func (s *seen) CheckoutStarted(k payments.Kind, c money.Currency) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = append(s.started, string(k)+" "+string(c))
}

func (s *seen) WebhookReceived(o hooks.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes = append(s.outcomes, o)
}

func (s *seen) RequestServed(method, route string, status int, _ time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.routes = append(s.routes, method+" "+route+" "+http.StatusText(status))
}

// storing gives the inbox the one answer that the webhook route asks for.
type storing struct{ *inbox.Inbox }

func (s storing) Receive(ctx context.Context, raw []byte) error {
	_, err := s.Inbox.Receive(ctx, raw)
	return err
}

// newSite is a site that renders what it is asked for; see atStart.
func newSite(t *testing.T, change ...func(*web.Options)) *site {
	t.Helper()
	s := &site{t: t, db: pgtest.New(t), log: &bytes.Buffer{}, seen: &seen{}, now: &clock{}}
	s.now.set(time.Now)
	var mu sync.Mutex
	log := slog.New(slog.NewTextHandler(writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return s.log.Write(b)
	}), nil))
	loaded, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	standIn, err := stripefake.New(stripefake.Options{Spec: loaded})
	if err != nil {
		t.Fatal(err)
	}
	s.stripe = httptest.NewServer(standIn)
	standIn.SetBaseURL(s.stripe.URL)
	t.Cleanup(func() {
		s.stripe.Close()
		if err := standIn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	gateway := stripegw.New(stripegw.Options{
		Key: "sk_test_web0123456789", APIBase: s.stripe.URL, BaseURL: "https://news.example", HTTP: s.stripe.Client(), Log: log,
	})
	now := s.now.now
	s.in = &inbox.Inbox{DB: s.db, Decode: stripegw.Decode, Now: now, Log: log}
	o := web.Options{
		Newsroom: sample(t), Checkouts: &payments.Checkouts{DB: s.db, Gateway: gateway, Now: now},
		Gifts: &payments.Gifts{DB: s.db}, Verifier: stripegw.NewSignatures([]string{secret}), Inbox: storing{s.in},
		Press: fixed.Press{Quick: true, Late: true}, BaseURL: "https://news.example", PayOrigins: []string{s.stripe.URL}, Log: log, Now: now, Metrics: s.seen,
	}
	for _, f := range change {
		f(&o)
	}
	if s.handler, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	return s
}

// atStart has every page rendered before the first is asked for, as a service does:
// for what becomes of them when time goes on.
func atStart(o *web.Options) { o.Press.Late = false }

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func sample(t testing.TB) *campaign.Newsroom {
	t.Helper()
	n, err := campaign.Load(campaign.Sample(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// do sends a request; change may alter it first.
func (s *site) do(method, target string, body io.Reader, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, target, body)
	r.RemoteAddr = "127.0.0.1:4711" // not limited
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *site) get(target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(http.MethodGet, target, nil, change...)
}

// donate posts a form as a browser or curl would.
func (s *site) donate(form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(http.MethodPost, "/donate", strings.NewReader(form.Encode()), append([]func(*http.Request){
		func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
	}, change...)...)
}

// gift is the form of the article page, filled in; pairs change fields.
func gift(pairs ...string) url.Values {
	form := url.Values{
		"frequency": {"one_time"}, "amount": {"25"}, "currency": {"USD"}, "campaign": {"independent-journalism"},
		"appeal": {"keep-it-alive"}, "placement": {"end"}, "article": {"geneva-joint-centre"}, "variant": {"base"},
	}
	for pair := range slices.Chunk(pairs, 2) {
		form.Set(pair[0], pair[1])
	}
	return form
}

func (s *site) count(query string, args ...any) int {
	s.t.Helper()
	var n int
	if err := s.db.QueryRow(s.t.Context(), query, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// started gives the checkout that an answer leads to; one to another site's page leads
// by an address of ours at first.
func (s *site) started(w *httptest.ResponseRecorder) (id string) {
	s.t.Helper()
	if next := w.Header().Get("Location"); w.Code == http.StatusSeeOther && strings.HasPrefix(next, "/gift/") {
		w = s.get(next)
	}
	id, ok := strings.CutPrefix(w.Header().Get("Location"), "/checkout/")
	if w.Code != http.StatusSeeOther || !ok {
		s.t.Fatalf("status %d, location %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return id
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, status int, words ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d\n%s", w.Code, status, w.Body)
	}
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) {
			t.Errorf("the page lacks %q:\n%s", word, w.Body)
		}
	}
}

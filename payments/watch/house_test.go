package watch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/payments/watch"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// stripeSpec is loaded once: it is immutable.
var stripeSpec = sync.OnceValues(stripefake.LoadSpec)

const (
	day = 24 * time.Hour
)

// house is the books on real Postgres, fed by a stand-in for Stripe that the real
// client speaks to.
type house struct {
	t       *testing.T
	db      *pgxpool.Pool
	in      *inbox.Inbox
	base    time.Time // when all begins
	began   time.Time // of real time, then
	later   atomic.Int64
	standIn *stripefake.Server
	url     string
	hears   func(eventType string) bool // which events are taken in; guarded by mu
	mu      sync.Mutex

	watch *watch.Watch
	start *payments.Checkouts
}

// newHouse begins on a day at noon, UTC.
func newHouse(t *testing.T, year int, month time.Month, dayOfMonth int) *house {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: pgtest.New(t), base: time.Date(year, month, dayOfMonth, 12, 0, 0, 0, time.UTC), began: time.Now()}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	clock := func() time.Time { return h.base.Add(time.Since(h.began)) }
	now := func() time.Time { return clock().Add(time.Duration(h.later.Load())) }
	h.in = &inbox.Inbox{DB: h.db, Decode: stripegw.Decode, Now: now, Log: log}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err == nil && h.listens(raw) {
			_, err = h.in.Receive(r.Context(), raw)
		}
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	h.standIn, err = stripefake.New(stripefake.Options{Spec: spec, Clock: clock, Backoff: []time.Duration{time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(h.standIn)
	h.url = web.URL
	h.standIn.SetBaseURL(web.URL)
	h.standIn.AddEndpoint(hook.URL, "whsec_house", "2023-10-16")
	t.Cleanup(func() {
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := h.standIn.Close(ctx); err != nil {
			t.Error(err)
		}
		hook.Close()
	})
	gateway := stripegw.New(stripegw.Options{
		Key: "sk_test_123456789012", APIBase: web.URL, BaseURL: "https://news.example", HTTP: web.Client(), Log: log,
	})
	h.watch = &watch.Watch{DB: h.db, Stripe: gateway, Books: h.in, Read: stripegw.Decoder{}.DecodeObject, Now: now, Log: log}
	h.start = &payments.Checkouts{DB: h.db, Gateway: gateway, Now: now}
	return h
}

// listens loses an event for good, which Stripe takes for delivered.
func (h *house) listens(raw []byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	var e struct {
		Type string `json:"type"`
	}
	return h.hears == nil || json.Unmarshal(raw, &e) == nil && h.hears(e.Type)
}

// hear sets which events arrive; nil is all.
func (h *house) hear(which func(eventType string) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hears = which
}

func deaf(string) bool { return false }

// gives begins a recurring donation and gives Stripe's id of it.
func (h *house) gives(kind payments.Kind, card string) (subscription string) {
	h.t.Helper()
	c, err := h.start.Start(h.t.Context(), payments.Order{
		Kind: kind, Amount: money.New(1000, "EUR"), CampaignName: "Independent journalism",
		Attribution: payments.Attribution{Campaign: "independence", Appeal: "autumn", Variant: "base", Placement: "end", Article: "geneva"},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	o, err := h.start.Continue(h.t.Context(), c.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	h.ask(http.MethodPost, o.URL, http.StatusSeeOther, "card_number", card, "email", "jane@example.org", "name", "Jane Doe")
	h.flush()
	h.scan(&subscription, `select subscription from recurring_donations where checkout_id = $1`, c.ID)
	return subscription
}

// ask asks the stand-in and gives the object that it answers with.
func (h *house) ask(method, address string, status int, fields ...string) map[string]any {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	path := strings.TrimPrefix(address, h.url)
	req := httptest.NewRequestWithContext(h.t.Context(), method, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(path, "/v1/") {
		req.Header.Set("Authorization", "Bearer sk_test_123456789012")
	}
	rec := httptest.NewRecorder()
	h.standIn.ServeHTTP(rec, req)
	if rec.Code != status {
		h.t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
	}
	var got map[string]any
	if strings.HasPrefix(path, "/v1/") {
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
			h.t.Fatal(err)
		}
	}
	return got
}

// change changes something at Stripe.
func (h *house) change(path string, fields ...string) {
	h.t.Helper()
	h.ask(http.MethodPost, "/v1/"+path, http.StatusOK, fields...)
	h.flush()
}

// advance moves Stripe's clock and ours.
func (h *house) advance(d time.Duration) {
	h.t.Helper()
	req := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, "/_control/advance", strings.NewReader(fmt.Sprintf(`{"seconds": %d}`, int(d.Seconds()))))
	rec := httptest.NewRecorder()
	h.standIn.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		h.t.Fatalf("advance: %d %s", rec.Code, rec.Body)
	}
	h.alone(d)
	h.flush()
}

// alone moves our clock, while Stripe's stands.
func (h *house) alone(d time.Duration) { h.later.Add(int64(d)) }

func (h *house) flush() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 60*time.Second)
	defer cancel()
	if err := h.standIn.Flush(ctx); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) scan(into any, query string, args ...any) {
	h.t.Helper()
	if err := h.db.QueryRow(h.t.Context(), query, args...).Scan(into); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

// look looks, and gives what lasts as "kind subscription".
func (h *house) look() (open []string) {
	h.t.Helper()
	if _, err := h.watch.Look(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	for _, f := range h.findings(false) {
		open = append(open, string(f.Kind)+" "+f.Subscription)
	}
	return open
}

func (h *house) findings(over bool) []watch.Finding {
	h.t.Helper()
	var from time.Time
	if over {
		from = h.watch.Now().Add(-7 * day)
	}
	found, err := watch.Findings(h.t.Context(), h.db, from)
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

// wants holds what a look finds that lasts.
func (h *house) wants(when string, open ...string) {
	h.t.Helper()
	if got := h.look(); fmt.Sprint(got) != fmt.Sprint(open) {
		h.t.Errorf("%s: %v, want %v", when, h.findings(true), open)
	}
}

// wantsUntold holds that a look finds something that Stripe had not told, and that
// the next one does not find it again.
func (h *house) wantsUntold(subscription, says string) {
	h.t.Helper()
	untold := func() (n int) {
		for _, f := range h.findings(true) {
			if f.Kind == watch.Untold && f.Subscription == subscription && strings.Contains(f.Detail, says) {
				n++
			}
		}
		return n
	}
	before := untold()
	h.look()
	if untold() != before+1 {
		h.t.Errorf("%q of %s is not named once: %+v", says, subscription, h.findings(true))
	}
	if res, err := h.watch.Look(h.t.Context()); err != nil || res.Taken != 0 || untold() != before+1 {
		h.t.Errorf("%q: looked again, %+v, %v", says, res, err)
	}
}

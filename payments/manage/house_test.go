package manage_test

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
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// stripeSpec is loaded once: it is immutable.
var stripeSpec = sync.OnceValues(stripefake.LoadSpec)

// house is the books on real Postgres, fed by a stand-in for Stripe that the real
// client speaks to.
type house struct {
	t       *testing.T
	db      *pgxpool.Pool
	later   atomic.Int64 // how far our clock is ahead, nanoseconds
	standIn *stripefake.Server
	url     string
	stripe  http.Handler // what answers as Stripe; tests may put something before it
	deaf    atomic.Bool  // no event is taken in

	access  *manage.Access
	books   *manage.Books
	changes *manage.Changes
	start   *payments.Checkouts
}

func newHouse(t *testing.T) *house {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: pgtest.New(t)}
	now := func() time.Time { return time.Now().Add(time.Duration(h.later.Load())) }
	in := &inbox.Inbox{DB: h.db, Decode: stripegw.Decode, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err == nil && !h.deaf.Load() {
			_, err = in.Receive(r.Context(), raw)
		}
		if err != nil || h.deaf.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	h.standIn, err = stripefake.New(stripefake.Options{Spec: spec, Backoff: []time.Duration{time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	h.stripe = h.standIn
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.stripe.ServeHTTP(w, r) }))
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
		Key: "sk_test_123456789012", APIBase: web.URL, BaseURL: "https://news.example", HTTP: web.Client(),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	h.access = &manage.Access{DB: h.db, Now: now}
	h.books = &manage.Books{DB: h.db}
	h.changes = &manage.Changes{DB: h.db, Stripe: gateway, Now: now}
	h.start = &payments.Checkouts{DB: h.db, Gateway: gateway, Now: time.Now}
	return h
}

// gives has a reader give through Stripe's page, and gives their donor id.
func (h *house) gives(kind payments.Kind, amount money.Amount, email, name string) (donorID string) {
	h.t.Helper()
	c, err := h.start.Start(h.t.Context(), payments.Order{
		Kind: kind, Amount: amount, CampaignName: "Independent journalism", Language: "de",
		Attribution: payments.Attribution{Campaign: "independence", Appeal: "autumn", Variant: "base", Placement: "end", Article: "geneva"},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	o, err := h.start.Continue(h.t.Context(), c.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	h.form(o.URL, "card_number", "4242424242424242", "email", email, "name", name)
	h.flush()
	h.scan(&donorID, `select donor_id from donors where email_key = address_key($1)`, email)
	return donorID
}

// form posts a form as a browser does and gives where it leads.
func (h *house) form(address string, fields ...string) (location string) {
	h.t.Helper()
	status, header, body := h.post(address, fields...)
	if status != http.StatusSeeOther {
		h.t.Fatalf("%s: %d %s", address, status, body)
	}
	return header.Get("Location")
}

func (h *house) post(address string, fields ...string) (int, http.Header, string) {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	path := strings.TrimPrefix(address, h.url)
	req := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(path, "/v1/") {
		req.Header.Set("Authorization", "Bearer sk_test_123456789012")
	}
	rec := httptest.NewRecorder()
	h.standIn.ServeHTTP(rec, req)
	return rec.Code, rec.Header(), rec.Body.String()
}

// control asks the stand-in's controls.
func (h *house) control(path, body string) {
	h.t.Helper()
	rec := httptest.NewRecorder()
	h.standIn.ServeHTTP(rec, httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, path, strings.NewReader(body)))
	if rec.Code != http.StatusOK {
		h.t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
	}
}

// days moves Stripe's clock and waits until all that it told is in the books.
func (h *house) days(n int) {
	h.t.Helper()
	h.control("/_control/advance", fmt.Sprintf(`{"seconds": %d}`, n*24*60*60))
	h.flush()
}

func (h *house) flush() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 60*time.Second)
	defer cancel()
	if err := h.standIn.Flush(ctx); err != nil {
		h.t.Fatal(err)
	}
}

// forward moves our own clock.
func (h *house) forward(d time.Duration) { h.later.Add(int64(d)) }

func (h *house) scan(into any, query string, args ...any) {
	h.t.Helper()
	if err := h.db.QueryRow(h.t.Context(), query, args...).Scan(into); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	if _, err := h.db.Exec(h.t.Context(), query, args...); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

// only gives the one recurring donation of a donor.
func (h *house) only(donorID string) manage.Recurring {
	h.t.Helper()
	all, err := h.books.Recurring(h.t.Context(), donorID)
	if err != nil || len(all) != 1 {
		h.t.Fatalf("recurring donations: %+v, %v", all, err)
	}
	return all[0]
}

// changesMade counts the changes of recurring donations that Stripe told of: all
// its events of them, but for the one by which each begins to run.
func (h *house) changesMade() int {
	h.t.Helper()
	return h.told("customer.subscription.updated") + h.told("customer.subscription.deleted") - h.told("customer.subscription.created")
}

func (h *house) told(kind string) int {
	h.t.Helper()
	req := httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, "/v1/events?limit=100&type="+kind, nil)
	req.Header.Set("Authorization", "Bearer sk_test_123456789012")
	rec := httptest.NewRecorder()
	h.standIn.ServeHTTP(rec, req)
	var list struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &list); err != nil || rec.Code != http.StatusOK {
		h.t.Fatalf("events: %d %s", rec.Code, rec.Body)
	}
	return len(list.Data)
}

// wants holds the kind of an error.
func wants(t *testing.T, what string, err error, code payments.Code) {
	t.Helper()
	if got := payments.CodeOf(err); got != code || (err == nil) != (code == "") {
		t.Errorf("%s: %v, want %q", what, err, code)
	}
}

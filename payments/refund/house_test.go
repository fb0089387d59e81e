package refund_test

import (
	"context"
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
	"github.com/readerfund/readerfund/payments/refund"
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
	in      *inbox.Inbox
	later   atomic.Int64 // how far our clock is ahead, nanoseconds
	standIn *stripefake.Server
	url     string
	stripe  http.Handler // what answers as Stripe; tests may put something before it
	deaf    atomic.Bool  // no event is taken in

	desk  *refund.Desk
	start *payments.Checkouts
}

func newHouse(t *testing.T) *house {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: pgtest.New(t)}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	now := func() time.Time { return time.Now().Add(time.Duration(h.later.Load())) }
	h.in = &inbox.Inbox{DB: h.db, Decode: stripegw.Decode, Redact: stripegw.Redact, RedactPart: stripegw.RedactPart, Now: now, Log: log}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err == nil && !h.deaf.Load() {
			_, err = h.in.Receive(r.Context(), raw)
		}
		if err != nil || h.deaf.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	h.standIn, err = stripefake.New(stripefake.Options{Spec: spec, Backoff: []time.Duration{30 * time.Hour}})
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
		Key: "sk_test_123456789012", APIBase: web.URL, BaseURL: "https://news.example", HTTP: web.Client(), Log: log,
	})
	h.desk = &refund.Desk{DB: h.db, Stripe: gateway, Books: h.in, Now: now, Log: log}
	h.start = &payments.Checkouts{DB: h.db, Gateway: gateway, Now: time.Now}
	return h
}

// gives has a reader give through Stripe's page; with gives the donation's id.
func (h *house) gives(amount money.Amount, pay ...string) (donation string) {
	h.t.Helper()
	c, err := h.start.Start(h.t.Context(), payments.Order{
		Kind: payments.OneTime, Amount: amount, CampaignName: "Independent journalism",
		Attribution: payments.Attribution{Campaign: "independence", Appeal: "autumn", Variant: "base", Placement: "end", Article: "geneva"},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	o, err := h.start.Continue(h.t.Context(), c.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	if len(pay) == 0 {
		pay = []string{"card_number", "4242424242424242"}
	}
	if status, body := h.post(o.URL, append(pay, "email", "jane@example.org", "name", "Jane Doe")...); status != http.StatusSeeOther {
		h.t.Fatalf("paying: %d %s", status, body)
	}
	h.flush()
	h.scan(&donation, `select donation_id from donations where checkout_id = $1`, c.ID)
	return donation
}

func (h *house) post(address string, fields ...string) (int, string) {
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
	return rec.Code, rec.Body.String()
}

// advance moves Stripe's clock and ours and waits until all that it told is in the
// books, unless nobody listens.
func (h *house) advance(d time.Duration) {
	h.t.Helper()
	rec := httptest.NewRecorder()
	h.standIn.ServeHTTP(rec, httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, "/_control/advance",
		strings.NewReader(fmt.Sprintf(`{"seconds": %d}`, int(d.Seconds())))))
	if rec.Code != http.StatusOK {
		h.t.Fatalf("advance: %d %s", rec.Code, rec.Body)
	}
	h.later.Add(int64(d))
	if !h.deaf.Load() {
		h.flush()
	}
}

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

// wish is all that is left of a donation, as somebody usually asks for it.
func wish(donation string) refund.Wish {
	return refund.Wish{Donation: donation, Reason: "requested_by_customer", Note: "she wrote on 3 May", By: "carla"}
}

// part is an amount of a donation.
func (h *house) part(donation string, minor int64) refund.Wish {
	h.t.Helper()
	g, err := h.desk.Look(h.t.Context(), donation)
	if err != nil {
		h.t.Fatal(err)
	}
	part := wish(donation)
	part.Amount = money.New(minor, g.Amount.Currency)
	return part
}

// ordered commits a wish.
func (h *house) ordered(w refund.Wish) refund.Order {
	h.t.Helper()
	o, err := h.desk.Order(h.t.Context(), w)
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

// made commits a wish and has it carried out.
func (h *house) made(w refund.Wish) refund.Order {
	h.t.Helper()
	o, err := h.desk.CarryOut(h.t.Context(), h.ordered(w).ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

// given is what Stripe gave back in all, and in how many refunds that stand.
func (h *house) given() (sum int64, refunds int) {
	for _, r := range h.standIn.Truth().Refunds {
		if r.Status != "failed" && r.Status != "canceled" {
			sum, refunds = sum+r.Amount, refunds+1
		}
	}
	return sum, refunds
}

func (h *house) wantsGiven(sum int64, refunds int) {
	h.t.Helper()
	if s, n := h.given(); s != sum || n != refunds {
		h.t.Errorf("Stripe gave back %d in %d refunds, want %d in %d", s, n, sum, refunds)
	}
}

// refunded is what the books say.
func (h *house) refunded(donation string) (minor int64) {
	h.t.Helper()
	h.scan(&minor, `select refunded from donations where donation_id = $1`, donation)
	return minor
}

// wants holds the kind of an error and a part of its sentence.
func wants(t *testing.T, what string, err error, code payments.Code, says string) {
	t.Helper()
	if got := payments.CodeOf(err); got != code || err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v, want %q with %q", what, err, code, says)
	}
}

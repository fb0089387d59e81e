package ledger_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var stripeSpec = sync.OnceValues(stripefake.LoadSpec)

// account is a Stripe account that a history was played on.
type account struct {
	*histories.World
	t   *testing.T
	url string
	// told is kept once it was asked for: nothing happens after.
	told *histories.History
}

func newAccount(t *testing.T, o histories.Options) *account {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	o.Spec = spec
	w, err := histories.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	web := httptest.NewServer(w.Server())
	t.Cleanup(web.Close)
	return &account{World: w, t: t, url: web.URL}
}

// history is what was told. Nothing may happen on the account afterwards.
func (a *account) history() histories.History {
	a.t.Helper()
	if a.told == nil {
		h, err := a.History()
		if err != nil {
			a.t.Fatal(err)
		}
		a.told = &h
	}
	return *a.told
}

// post asks the account, or one of the stand-in's controls, and gives the id that it
// answers with.
func (a *account) post(path string, fields ...string) (id string) {
	a.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	body, kind := form.Encode(), "application/x-www-form-urlencoded"
	if len(fields) == 1 {
		body, kind = fields[0], "application/json"
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer sk_test_0123456789")
	req.Header.Set("Content-Type", kind)
	answer := httptest.NewRecorder()
	a.Server().ServeHTTP(answer, req)
	var made struct {
		ID string `json:"id"`
	}
	if answer.Code != http.StatusOK || json.Unmarshal(answer.Body.Bytes(), &made) != nil {
		a.t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
	}
	return made.ID
}

func (a *account) gift(amount, currency, card string) string {
	a.t.Helper()
	return a.post("/v1/payment_intents", "amount", amount, "currency", currency, "confirm", "true",
		"payment_method", card, "return_url", "https://news.example/thanks",
		"metadata[readerfund_checkout]", "checkout-"+amount+currency, "metadata[frequency]", "one_time",
		"metadata[campaign]", "independence", "metadata[appeal]", "autumn", "metadata[article]", "geneva")
}

// week is an account with gifts in three currencies, a refund, a dispute, automatic
// payouts and one by hand.
func week(t *testing.T) *account {
	t.Helper()
	a := newAccount(t, histories.Options{Seed: 1, Settles: true})
	a.post("/_control/payouts", `{"daily": true}`)
	a.gift("2500", "usd", "pm_card_visa")
	refunded := a.gift("4000", "eur", "pm_card_visa")
	a.gift("3000", "gbp", "pm_card_visa")
	a.gift("9900", "usd", "pm_card_bypassPending")
	a.gift("7000", "usd", "pm_card_createDispute")
	a.post("/v1/payouts", "amount", "1000", "currency", "usd")
	a.Advance(time.Hour)
	a.post("/v1/refunds", "payment_intent", refunded, "amount", "1500")
	for range 5 {
		a.Advance(24 * time.Hour)
	}
	a.gift("1200", "usd", "pm_card_visa")
	a.gift("5000", "eur", "pm_card_visa")
	a.Advance(time.Minute)
	return a
}

// books are a database and what keeps it.
type books struct {
	t     *testing.T
	db    *pgxpool.Pool
	inbox *inbox.Inbox
	of    *account
	// source has limits of its own, so that tests need not wait for each other.
	source *stripegw.Gateway
	found  []ledger.Difference
}

// stripe is the account as the service asks it.
func (a *account) stripe() *stripegw.Gateway {
	return stripegw.New(stripegw.Options{
		Key: "sk_test_0123456789", APIBase: a.url, BaseURL: "https://news.example", HTTP: &http.Client{Timeout: 10 * time.Second},
		Log: slog.New(slog.NewTextHandler(a.t.Output(), nil)),
	})
}

// newBooks takes in what was told, but for the events that but names.
func (a *account) newBooks(but func(histories.Event) bool) *books {
	a.t.Helper()
	db := pgtest.New(a.t)
	h := a.history()
	now := time.Unix(h.Truth.Clock, 0).UTC()
	b := &books{t: a.t, db: db, of: a, source: a.stripe(), inbox: &inbox.Inbox{
		DB: db, Decode: stripegw.Decode, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(a.t.Output(), nil)),
	}}
	var raws [][]byte
	for _, e := range h.Events {
		if raw, ok := e.Shapes[histories.Base]; ok && (but == nil || !but(e)) {
			raws = append(raws, raw)
		}
	}
	if tally, err := b.inbox.ReceiveMany(a.t.Context(), raws); err != nil || tally.Parked > 0 {
		a.t.Fatalf("%s, %v", tally, err)
	}
	return b
}

func (b *books) intake() intake { return intake{b.inbox, b.source} }

// intake is the inbox as the ledger asks it.
type intake struct {
	*inbox.Inbox
	from inbox.PayoutSource
}

// Take is part of ledger.Intake.
func (i intake) Take(ctx context.Context, asked, version string, objects []json.RawMessage, at time.Time) error {
	_, err := i.TakeAnswers(ctx, asked, version, objects, at)
	return err
}

// ReadPayouts is part of ledger.Intake.
func (i intake) ReadPayouts(ctx context.Context) error {
	_, err := i.AskAllPayouts(ctx, i.from)
	return err
}

// begins is before any history begins.
func begins() time.Time { return time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC) }

func (b *books) reconcile() ledger.Reconciled {
	b.t.Helper()
	b.found = nil
	// Each has a moment of its own, as in life.
	at := b.inbox.Now().Add(time.Second)
	b.inbox.Now = func() time.Time { return at }
	r := &ledger.Reconciler{
		DB: b.db, Stripe: b.source, Inbox: b.intake(), Now: b.inbox.Now, Log: b.inbox.Log,
		Found: func(d ledger.Difference) { b.found = append(b.found, d) },
	}
	out, err := r.Reconcile(b.t.Context(), begins())
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *books) exec(query string, args ...any) {
	b.t.Helper()
	done, err := b.db.Exec(b.t.Context(), query, args...)
	if err != nil || done.RowsAffected() == 0 {
		b.t.Fatalf("%s: %d rows, %v", query, done.RowsAffected(), err)
	}
}

// code is a currency of Stripe's as the books name it.
func code(currency string) money.Currency { return money.FromCode(currency) }

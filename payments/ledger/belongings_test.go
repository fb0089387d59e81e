package ledger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/ledger"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// digest is what the books come to.
func (b *books) digest() string {
	b.t.Helper()
	digest, err := payments.Digest(b.t.Context(), b.db)
	if err != nil {
		b.t.Fatal(err)
	}
	return digest
}

// silence holds back every event that speaks of one of the ids.
func silence(ids ...string) func(histories.Event) bool {
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	return func(e histories.Event) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return bytes.Contains(e.Shapes[histories.Base], []byte(`"`+id+`"`)) })
	}
}

// pages is an account on whose payment pages a reader gave once, and another by the
// month, three times by now.
func pages(t *testing.T) *account {
	t.Helper()
	a := newAccount(t, histories.Options{Seed: 41, Settles: true})
	a.post("/_control/payouts", `{"daily": true}`)
	a.gift("3000", "gbp", "pm_card_visa")
	a.atThePage("one_time", "ada@example.org")
	a.atThePage("monthly", "carl@example.org")
	for range 4 {
		a.Advance(17 * 24 * time.Hour)
	}
	return a
}

// atThePage gives on a page of ours, with an address and a name that are told there.
func (a *account) atThePage(kind, email string) {
	a.t.Helper()
	mode, data, checkout := "payment", "payment_intent_data", "story-at-the-page-"+kind+"-0001"
	more := []string{}
	if kind == "monthly" {
		mode, data = "subscription", "subscription_data"
		more = []string{"line_items[0][price_data][recurring][interval]", "month"}
	}
	id := a.post("/v1/checkout/sessions", append(more, "mode", mode,
		"success_url", "https://news.example/thanks", "cancel_url", "https://news.example/",
		"line_items[0][quantity]", "1", "line_items[0][price_data][currency]", "eur",
		"line_items[0][price_data][unit_amount]", "2500", "line_items[0][price_data][product_data][name]", "Our journalism",
		"client_reference_id", checkout, "metadata[readerfund_checkout]", checkout, "metadata[frequency]", kind,
		"metadata[campaign]", "independence", "metadata[appeal]", "autumn", data+"[metadata][readerfund_checkout]", checkout)...)
	session, _, err := a.stripe().Object(a.t.Context(), "checkout/sessions/"+id)
	var made struct {
		URL string `json:"url"`
	}
	if err != nil || json.Unmarshal(session, &made) != nil {
		a.t.Fatalf("%s, %v", session, err)
	}
	page, err := url.Parse(made.URL)
	if err != nil {
		a.t.Fatal(err)
	}
	form := url.Values{"card_number": {"4242424242424242"}, "email": {email}, "name": {"Somebody"}, "country": {"GB"}}
	req := httptest.NewRequest(http.MethodPost, page.Path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	a.Server().ServeHTTP(answer, req)
	if answer.Code != http.StatusSeeOther {
		a.t.Fatalf("paying at %s: %d %s", page.Path, answer.Code, answer.Body)
	}
}

// Of a gift of which nothing was told, as of a renewal, all is healed that says what it
// was and whose: the books are those that never lost anything.
func TestHealedBooksAreThoseThatLostNothing(t *testing.T) {
	t.Parallel()
	a := pages(t)
	truth := a.history().Truth
	whole := a.settled()
	whole.reconcile()
	for _, tt := range []struct {
		name  string
		which func(stripefake.TruthPayment) bool
	}{
		{"a gift at the page", func(p stripefake.TruthPayment) bool { return p.Mode == "payment" && p.CheckoutSession != "" }},
		{"the first of a recurring gift", func(p stripefake.TruthPayment) bool { return p.Subscription != "" && p.CheckoutSession != "" }},
		{"a renewal", func(p stripefake.TruthPayment) bool {
			return p.Subscription != "" && p.CheckoutSession == ""
		}},
	} {
		i := slices.IndexFunc(truth.Payments, tt.which)
		if i < 0 {
			t.Fatalf("%s: there is none", tt.name)
		}
		p := truth.Payments[i]
		ids := []string{p.PaymentIntent, p.Charge, p.CheckoutSession, p.Invoice}
		if strings.HasPrefix(tt.name, "the first") {
			ids = append(ids, p.Subscription)
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			account := *a
			account.t = t
			b := account.newBooks(silence(ids...))
			b.settle()
			if whole.digest() == b.digest() {
				t.Error("nothing was lost")
			}
			r := b.reconcile()
			b.sound(r)
			b.same(whole)
			if b.reconcile(); len(b.found) > 0 {
				t.Errorf("again: %s", lines(b.found))
			}
		})
	}
}

// dying answers so many questions about single objects, and then no more, as where
// Stripe goes away or the process is killed.
type dying struct {
	ledger.Source
	answers *int
}

var errGone = errors.New("gone")

func (d dying) Object(ctx context.Context, path string) (json.RawMessage, time.Time, error) {
	if *d.answers--; *d.answers < 0 {
		return nil, time.Time{}, errGone
	}
	return d.Source.Object(ctx, path)
}

func (d dying) SessionsOf(ctx context.Context, id string, page func([]json.RawMessage, time.Time) error) error {
	if *d.answers--; *d.answers < 0 {
		return errGone
	}
	return d.Source.SessionsOf(ctx, id, page)
}

// Wherever a reconciliation is cut short, the next one ends with the same books: a
// charge is not taken in without what belongs to it.
func TestHealingThatIsCutShort(t *testing.T) {
	t.Parallel()
	a := pages(t)
	whole := a.settled()
	whole.reconcile()
	for answers := range 5 {
		t.Run(fmt.Sprint(answers), func(t *testing.T) {
			t.Parallel()
			account := *a
			account.t = t
			b := account.newBooks(func(histories.Event) bool { return true })
			left := answers
			r := &ledger.Reconciler{DB: b.db, Stripe: dying{b.source, &left}, Inbox: b.intake(), Now: b.inbox.Now, Log: b.inbox.Log}
			if _, err := r.Reconcile(t.Context(), begins()); !errors.Is(err, errGone) {
				t.Errorf("not cut short: %v", err)
			}
			b.sound(b.reconcile())
			b.same(whole)
		})
	}
}

// A session of ours that Stripe completed and did not tell is asked for by the id
// that its checkout has.
func TestALostSessionIsAskedFor(t *testing.T) {
	t.Parallel()
	a := pages(t)
	truth := a.history().Truth
	i := slices.IndexFunc(truth.Payments, func(p stripefake.TruthPayment) bool { return p.Mode == "payment" && p.CheckoutSession != "" })
	p := truth.Payments[i]
	whole, b := a.settled(), a.newBooks(func(e histories.Event) bool { return e.About == p.CheckoutSession })
	b.settle()
	for _, books := range []*books{whole, b} {
		books.exec(`insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant, placement, article, cover_fees, language, statement_suffix,
			stripe_session, session_url, session_expires_at)
			values ($1, now(), 'one_time', 'EUR', 2500, 'independence', 'Independence', 'autumn', '', 'end', '', false, 'en', '', $2, 'https://x', now())`, p.Metadata["readerfund_checkout"], p.CheckoutSession)
	}
	whole.reconcile()
	r := b.reconcile()
	if got, want := lines(b.found), "in Stripe and not here: checkout session "+p.CheckoutSession+" of "; !strings.HasPrefix(got, want) || len(b.found) != 1 {
		t.Errorf("found %q, want %q", got, want)
	}
	b.sound(r)
	b.same(whole)
	if b.reconcile(); len(b.found) > 0 {
		t.Errorf("again: %s", lines(b.found))
	}
}

// same compares books with others, row by row.
func (b *books) same(whole *books) {
	b.t.Helper()
	ctx := b.t.Context()
	err := pgx.BeginFunc(ctx, b.db, func(left pgx.Tx) error {
		return pgx.BeginFunc(ctx, whole.db, func(right pgx.Tx) error {
			here, there, err := payments.Compare(ctx, left, right, func(d payments.Difference) { b.t.Errorf("healed and whole: %s", d) })
			if here != there {
				b.t.Error("the digests differ")
			}
			return err
		})
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

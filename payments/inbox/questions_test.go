package inbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// asked counts the questions about single objects.
type asked struct {
	*stripegw.Gateway
	paths []string
}

func (a *asked) Object(ctx context.Context, path string) (json.RawMessage, time.Time, error) {
	a.paths = append(a.paths, path)
	return a.Gateway.Object(ctx, path)
}

const basil = "2025-03-31.basil"

// renewals are a recurring donation of five months, told in a shape in which
// neither invoices nor payments name each other, without the events that do.
func renewals(t *testing.T, in *inbox.Inbox) *standIn {
	t.Helper()
	s := newStandIn(t, in, basil, "invoice_payment.paid")
	customer := s.form("/v1/customers", "email", "reader@example.org", "payment_method", "pm_card_visa",
		"invoice_settings[default_payment_method]", "pm_card_visa")
	product := s.form("/v1/products", "name", "Monthly")
	price := s.form("/v1/prices", "product", product, "currency", "eur", "unit_amount", "1000", "recurring[interval]", "month")
	s.form("/v1/subscriptions", "customer", customer, "items[0][price]", price,
		"metadata[readerfund_checkout]", "checkout-monthly", "metadata[frequency]", "monthly", "metadata[campaign]", "independence")
	if err := s.Advance(t.Context(), 130*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	s.drain()
	return s
}

func unlinked(t testing.TB, db *pgxpool.Pool) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), `
		select count(*) from invoices i where status = 'paid' and amount_paid > 0
			and not exists (select from invoice_payments p where p.invoice = i.id)`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// recurringGifts are the donations that stand under a subscription.
func recurringGifts(t testing.TB, db *pgxpool.Pool) []string {
	return slices.DeleteFunc(books(t, db), func(line string) bool {
		return !strings.HasPrefix(line, "pi_") || !strings.Contains(line, " monthly succeeded 1000 EUR ") || !strings.Contains(line, " sub_")
	})
}

func TestInvoicesAreAskedForTheirPayment(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := renewals(t, in)
	now := s.Now()
	asker := *in // on a clock of its own, while the stand-in may still tell
	asker.Now = func() time.Time { return now }
	in = &asker
	open := unlinked(t, db)
	if open != 5 || len(recurringGifts(t, db)) != 0 {
		t.Fatalf("%d invoices name no payment, %v is linked", open, recurringGifts(t, db))
	}
	source := &asked{Gateway: s.source}
	ask := func() int {
		t.Helper()
		n, err := in.AskInvoices(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := ask(); n != 0 || len(source.paths) != 0 {
		t.Errorf("%d questions at once: the link may be on its way", len(source.paths))
	}
	now = now.Add(time.Minute)
	if n := ask(); n != open || unlinked(t, db) != 0 {
		t.Errorf("%d answers about %d invoices, %d without a payment", n, open, unlinked(t, db))
	}
	if gifts := recurringGifts(t, db); len(gifts) != 5 {
		t.Errorf("%v belong to the recurring donation", gifts)
	}
	now = now.Add(6 * time.Hour)
	if n := ask(); n != 0 {
		t.Errorf("%d answers about what is known", n)
	}
	standing, err := in.Standing(t.Context())
	if err != nil || standing.Questions != 0 {
		t.Errorf("%+v, %v", standing, err)
	}
	// The answers are kept as events are: a rebuild has them.
	checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{})
	if err != nil || checked.Before != checked.After {
		t.Errorf("%+v, %v", checked, err)
	}
}

// paidInvoices are told of without their payment; one is over nothing.
func paidInvoices(t testing.TB, in *inbox.Inbox, n int) {
	t.Helper()
	for i := range n + 1 {
		amount := 500 * min(i, 1)
		receive(t, in, event{ID: fmt.Sprint("evt_q", i), APIVersion: basil, Created: in.Now().Unix(), Type: "invoice.paid", Data: object{"object": object{
			"id": fmt.Sprint("in_q", i), "object": "invoice", "status": "paid", "amount_paid": amount, "currency": "eur", "created": in.Now().Unix(),
		}}})
	}
}

// An invoice that Stripe cannot tell more about is asked for less and less, and
// in the end not at all.
func TestAnInvoiceWithoutAnswerIsAskedLessAndLess(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	in.Now = func() time.Time { return now }
	paidInvoices(t, in, 1)
	source := &asked{Gateway: play(t, 1, 0).source}
	var minutes []int
	for minute := range 2500 {
		before := len(source.paths)
		if n, err := in.AskInvoices(t.Context(), source); err != nil || n != 0 {
			t.Fatalf("%d answers, %v", n, err)
		}
		if len(source.paths) > before {
			minutes = append(minutes, minute)
		}
		now = now.Add(time.Minute)
	}
	want := []int{1, 3, 7, 15, 31, 63, 127, 255, 511, 871, 1231, 1591, 1951, 2311}
	if !slices.Equal(minutes, want) || len(source.paths) != len(want) || source.paths[0] != "invoices/in_q1" {
		t.Errorf("asked in the minutes %v, want %v; for %v", minutes, want, source.paths)
	}
	standing, err := in.Standing(t.Context())
	if err != nil || standing.Questions != 1 || standing.Unanswerable != 1 {
		t.Errorf("%+v, %v", standing, err)
	}
}

func TestFewInvoicesAreAskedAboutAtOnce(t *testing.T) {
	in := newInbox(t, pgtest.New(t))
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	in.Now = func() time.Time { return now }
	paidInvoices(t, in, 30)
	source := &asked{Gateway: play(t, 1, 0).source}
	var questions []int
	for range 4 {
		before := len(source.paths)
		if _, err := in.AskInvoices(t.Context(), source); err != nil {
			t.Fatal(err)
		}
		questions = append(questions, len(source.paths)-before)
		if len(questions) == 1 {
			now = now.Add(time.Minute)
		}
	}
	if !slices.Equal(questions, []int{0, 20, 10, 0}) {
		t.Errorf("%v questions in four runs", questions)
	}
}

// While Stripe is away nothing is counted as asked; a key that may not read
// invoices is, so that it is not tried each minute.
func TestQuestionsThatStripeRefuses(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	in.Now = func() time.Time { return now }
	receive(t, in, event{ID: "evt_r", APIVersion: basil, Created: now.Unix(), Type: "invoice.paid", Data: object{"object": object{
		"id": "in_r", "object": "invoice", "status": "paid", "amount_paid": 500, "currency": "eur", "created": now.Unix(),
	}}})
	questions := 0
	source := gatewayTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		questions++
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"error":{"type":"invalid_request_error","message":"The key may not read invoices."}}`)
	}))
	if _, err := in.AskInvoices(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	_, err := in.AskInvoices(t.Context(), source)
	if payments.CodeOf(err) != payments.Refused || !strings.Contains(err.Error(), "in_r") {
		t.Errorf("%v", err)
	}
	now = now.Add(time.Minute)
	if _, err := in.AskInvoices(t.Context(), source); err != nil || questions != 1 {
		t.Errorf("%d questions, %v", questions, err)
	}
}

// What a donor buys beside giving is taken for a gift while the shape does not
// tell that it has no invoice; Stripe is asked, and it is one no more.
func TestAPurchaseIsToldFromAGift(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := renewals(t, in)
	var customer string
	if err := db.QueryRow(t.Context(), "select customer from subscriptions").Scan(&customer); err != nil {
		t.Fatal(err)
	}
	bought := s.form("/v1/payment_intents", "amount", "3000", "currency", "eur", "customer", customer, "confirm", "true",
		"payment_method", "pm_card_visa", "return_url", "https://shop.example")
	s.drain()
	foreign := func() (n int) {
		if err := db.QueryRow(t.Context(), "select count(*) from foreign_payments where payment = $1", bought).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if foreign() != 0 {
		t.Fatal("the shape told more than it does")
	}
	now := s.Now()
	asker := *in
	asker.Now = func() time.Time { return now }
	for range 3 {
		if _, err := asker.AskInvoices(t.Context(), s.source); err != nil {
			t.Fatal(err)
		}
		now = now.Add(2 * time.Hour)
	}
	if foreign() != 1 || len(recurringGifts(t, db)) != 5 {
		t.Errorf("%d foreign, gifts %v", foreign(), recurringGifts(t, db))
	}
	if standing, err := in.Standing(t.Context()); err != nil || standing.Questions != 0 {
		t.Errorf("%+v, %v", standing, err)
	}
}

package watch_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/payments/watch"
)

const pays = "4242424242424242"

// Through a year and a half, begun on the last of a month, with one that is annual,
// one that is paused, one in its trial and one that ends: nothing is amiss.
func TestNothingIsAmissWhereAllIsWell(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2027, time.October, 31)
	h.gives(payments.Monthly, pays)
	h.gives(payments.Annual, pays)
	paused, ends, trial := h.gives(payments.Monthly, pays), h.gives(payments.Monthly, pays), h.gives(payments.Monthly, pays)
	h.change("subscriptions/"+ends, "cancel_at_period_end", "true")
	h.change("subscriptions/"+paused, "pause_collection[behavior]", "void")
	h.change("subscriptions/"+trial, "trial_end", "1833624000") // 8 February 2028
	for range 14 {
		h.wants("at " + h.watch.Now().Format(time.DateOnly))
		h.advance(11 * day)
	}
	h.advance(11 * 20 * day)
	h.wants("a year later")
	h.change("subscriptions/"+paused, "pause_collection", "")
	h.wants("resumed")
	h.advance(35 * day)
	h.wants("a month after it resumed")
	if all := h.findings(true); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func TestARenewalThatDoesNotCome(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2027, time.January, 31)
	monthly, annual := h.gives(payments.Monthly, pays), h.gives(payments.Annual, pays)
	// Stripe's clock stands, as if it had forgotten them.
	h.alone(28*day + 3*day - time.Hour)
	h.wants("within the grace of a month")
	h.alone(2 * time.Hour)
	h.wants("after it", "missing "+monthly)
	first := h.findings(false)[0]
	if first.DueAt == nil || first.DueAt.Format(time.DateOnly) != "2027-02-28" || first.RecurringID == "" || first.DonorID == "" ||
		!strings.Contains(first.Detail, "its period ended on 2027-02-28") {
		t.Errorf("%+v", first)
	}
	h.alone(5 * day)
	h.wants("days later", "missing "+monthly)
	if again := h.findings(false)[0]; !again.FirstSeen.Equal(first.FirstSeen) || !again.LastSeen.After(first.LastSeen) {
		t.Errorf("%+v after %+v", again, first)
	}
	h.alone(365*day - 28*day - 3*day - 5*day + 7*day - 2*time.Hour)
	h.wants("within the grace of a year", "missing "+monthly)
	h.alone(3 * time.Hour)
	h.wants("after it", "missing "+monthly, "missing "+annual)
	if s, err := watch.Stand(t.Context(), h.db, h.watch.Now()); err != nil || s.Open[watch.Missing] != 2 || s.Open[watch.Card] != 0 || s.Looked.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	// Stripe catches up.
	h.later.Store(0)
	h.advance(365*day + 7*day + 2*time.Hour)
	h.wants("when they came")
	if all := h.findings(true); len(all) != 2 || all[0].ResolvedAt == nil {
		t.Errorf("%+v", all)
	}
}

// Stripe renewed, and only that it did so was told, or not even that: the renewal and
// its payment come into the books, and are named.
func TestARenewalThatWasNotTold(t *testing.T) {
	t.Parallel()
	for name, hears := range map[string]func(string) bool{
		"nothing": deaf, "the subscription alone": func(kind string) bool { return kind == "customer.subscription.updated" },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, 2027, time.January, 31)
			sub := h.gives(payments.Monthly, pays)
			h.hear(hears)
			h.advance(28*day + 2*day)
			h.look()
			var gifts int
			h.scan(&gifts, `select count(*) from donations where status = 'succeeded'`)
			if gifts != 1 {
				t.Errorf("%d gifts within the grace", gifts)
			}
			h.advance(2 * day)
			h.wantsUntold(sub, "its renewal of 2027-02-28")
			var cost int
			h.scan(&gifts, `select count(*) from donations where status = 'succeeded' and subscription = $1`, sub)
			h.scan(&cost, `select count(*) from donations d join balance_transactions t on t.id = d.balance_transaction
				where d.received_at > '2027-02-28'`)
			if gifts != 2 || cost != 1 {
				t.Errorf("%d gifts; what the renewal cost is told %d times", gifts, cost)
			}
			h.wants("healed")
			if again, err := h.in.CheckRebuild(t.Context(), inbox.RebuildOptions{}); err != nil || again.Before != again.After {
				t.Errorf("made again from what is stored, the books are %+v, %v", again, err)
			}
		})
	}
}

func TestWhatStripeChangedWithoutAWord(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2027, time.March, 10)
	sub := h.gives(payments.Monthly, pays)
	customer := h.ask(http.MethodPost, "/v1/customers", http.StatusOK, "email", "x@example.org", "payment_method", "pm_card_visa",
		"invoice_settings[default_payment_method]", "pm_card_visa")["id"].(string)
	price := h.ask(http.MethodPost, "/v1/prices", http.StatusOK, "currency", "eur", "unit_amount", "500", "recurring[interval]", "month",
		"product_data[name]", "Print")["id"].(string)
	foreign := h.ask(http.MethodPost, "/v1/subscriptions", http.StatusOK, "customer", customer, "items[0][price]", price)["id"].(string)
	h.flush()
	h.wants("at first")
	h.hear(deaf)
	h.change("subscriptions/"+sub, "pause_collection[behavior]", "void", "pause_collection[resumes_at]", "1808222400")
	h.change("subscriptions/"+foreign, "cancel_at_period_end", "true")
	h.advance(time.Hour)
	h.wantsUntold(sub, "it is paused until 2027-04-20")
	h.advance(time.Hour)
	h.change("subscriptions/"+sub, "pause_collection", "", "cancel_at_period_end", "true")
	h.advance(time.Hour)
	h.wantsUntold(sub, "its pause has ended; it ends with its period")
	h.advance(time.Hour)
	h.ask(http.MethodDelete, "/v1/subscriptions/"+sub, http.StatusOK)
	h.advance(time.Hour)
	h.wantsUntold(sub, "it is canceled, not active")
	var status string
	h.scan(&status, `select status from recurring_donations where subscription = $1`, sub)
	if status != "canceled" {
		t.Errorf("the books say %s", status)
	}
	var ends bool // what is no donation is taken in without a word
	if h.scan(&ends, `select cancel_at_period_end from subscriptions where id = $1`, foreign); !ends {
		t.Error("the foreign subscription is as it was")
	}
	for _, f := range h.findings(true) {
		if f.Subscription == foreign {
			t.Errorf("%+v", f)
		}
	}
	// One that was never told of at all.
	h.hear(nil)
	h.wants("in the end")
}

func TestOneThatStripeDoesNotHave(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2027, time.March, 10)
	h.gives(payments.Monthly, pays)
	other := newHouse(t, 2027, time.March, 10) // another account
	h.advance(2 * time.Hour)
	h.watch.Stripe = other.watch.Stripe
	var sub string
	h.scan(&sub, `select subscription from recurring_donations`)
	h.wants("asked of another account", "unknown "+sub)
}

func TestAChargeThatFailsIsNotMissing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2027, time.March, 10)
	sub := h.gives(payments.Monthly, "4000000000000341")
	h.advance(32 * day)
	h.wants("while Stripe tries", "failing "+sub)
	h.advance(5 * day)
	h.wants("five days later", "failing "+sub)
	if f := h.findings(false)[0]; !strings.Contains(f.Detail, "tries again") || f.DueAt == nil {
		t.Errorf("%+v", f)
	}
	h.advance(60 * day) // Stripe gives up and ends it
	h.wants("when it has ended")
}

// A gift that Stripe ended since its charges failed is told for a week, whoever asked
// for nothing more; one that its reader ended is not.
func TestAGiftThatEndedForWantOfMoney(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2027, time.March, 10)
	lost, left := h.gives(payments.Monthly, "4000000000000341"), h.gives(payments.Monthly, pays)
	h.ask(http.MethodDelete, "/v1/subscriptions/"+left, http.StatusOK)
	h.advance(31 * day)
	ended := false
	for range 40 {
		if ended {
			break
		}
		h.advance(day)
		h.scan(&ended, `select status = 'canceled' from recurring_donations where subscription = $1`, lost)
	}
	h.wants("when Stripe gave up", "ended "+lost)
	f := h.findings(false)[0]
	if !strings.Contains(f.Detail, "it ended on 2027-0") || !strings.Contains(f.Detail, "could not be charged") {
		t.Errorf("%+v", f)
	}
	h.advance(5 * day)
	h.wants("five days later", "ended "+lost)
	h.advance(3 * day)
	h.wants("a week later")
}

func TestACardThatExpires(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2027, time.March, 10)
	sub := h.gives(payments.Monthly, pays)
	method, _ := h.ask(http.MethodGet, "/v1/subscriptions/"+sub, http.StatusOK)["default_payment_method"].(string)
	expires := func(year, month string) {
		t.Helper()
		h.change("payment_methods/"+method, "card[exp_year]", year, "card[exp_month]", month)
	}
	expires("2027", "5")
	h.wants("before a charge told of it") // the first charge was to a card of three years
	h.advance(31 * day)
	h.wants("before April's end") // the next charge, on 10 May, is in time
	h.advance(30 * day)
	h.wants("in May", "card "+sub)
	f := h.findings(false)[0]
	if !strings.Contains(f.Detail, "expires with 2027-05, before the charge of 2027-06-10") {
		t.Errorf("%+v", f)
	}
	expires("2030", "5") // the reader gave a new date, of which no charge tells yet
	h.wants("with a new date")
	expires("2027", "5")
	h.advance(time.Hour) // of two changes in one second nobody knows which is the last
	h.change("subscriptions/"+sub, "cancel_at_period_end", "true")
	h.wants("where nothing is charged any more")
}

// While Stripe is away nothing is found, and nothing is resolved.
func TestWhileStripeIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2027, time.January, 31)
	monthly := h.gives(payments.Monthly, pays)
	h.alone(40 * day)
	h.wants("late", "missing "+monthly)
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","message":"not yours to read"}}`))
	}))
	defer refuses.Close()
	h.watch.Stripe = stripegw.New(stripegw.Options{Key: "sk_test_123456789012", APIBase: refuses.URL, HTTP: refuses.Client(), Log: slog.New(slog.DiscardHandler)})
	if _, err := h.watch.Look(t.Context()); err == nil {
		t.Error("Stripe was away and nobody noticed")
	}
	if open := h.findings(false); len(open) != 1 {
		t.Errorf("%+v", open)
	}
}

// A key that may not see cards finds all else, and resolves no card of before.
func TestAKeyThatSeesNoCards(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2027, time.March, 10)
	sub := h.gives(payments.Monthly, pays)
	method, _ := h.ask(http.MethodGet, "/v1/subscriptions/"+sub, http.StatusOK)["default_payment_method"].(string)
	h.change("payment_methods/"+method, "card[exp_year]", "2027", "card[exp_month]", "4")
	h.advance(32 * day)
	h.wants("in April", "card "+sub)
	blind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/payment_methods/") {
			h.standIn.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","message":"not yours to read"}}`))
	}))
	defer blind.Close()
	h.watch.Stripe = stripegw.New(stripegw.Options{Key: "sk_test_123456789012", APIBase: blind.URL, HTTP: blind.Client(), Log: slog.New(slog.DiscardHandler)})
	if res, err := h.watch.Look(t.Context()); err != nil || res.Unasked != 1 {
		t.Errorf("%+v, %v", res, err)
	}
	h.wants("asked by that key", "card "+sub)
}

package manage_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// form is the id of the n-th form.
func form(n int) string { return fmt.Sprintf("form-0123456789-%d", n) }

func (h *house) faults(json string) { h.t.Helper(); h.control("/_control/faults", json) }

func TestChangesReachStripeAndTheBooks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id)
	wants(t, "amount", h.changes.Amount(t.Context(), id, r.RecurringID, money.New(1500, "EUR"), form(1)), "")
	h.flush()
	if r = h.only(id); r.Amount != money.New(1500, "EUR") || r.Changing != "" {
		t.Errorf("amount: %+v", r)
	}
	if n := len(h.standIn.Truth().Payments); n != 1 {
		t.Errorf("%d payments: a change of amount charges nothing", n)
	}
	wants(t, "pause", h.changes.Pause(t.Context(), id, r.RecurringID, 2, form(2)), "")
	h.flush()
	r = h.only(id)
	if months := time.Until(r.PausedUntil); !r.Paused || r.Changing != "" || months < 58*24*time.Hour || months > 63*24*time.Hour || r.NextAt.Before(r.PausedUntil) {
		t.Errorf("pause: %+v", r)
	}
	wants(t, "resume", h.changes.Resume(t.Context(), id, r.RecurringID, form(3)), "")
	h.flush()
	if r = h.only(id); r.Paused || !r.PausedUntil.IsZero() || r.Changing != "" || r.Status != "active" {
		t.Errorf("resume: %+v", r)
	}
	h.days(32)
	if gifts, err := h.books.Gifts(t.Context(), id); err != nil || len(gifts) != 2 || gifts[0].Amount != money.New(1500, "EUR") {
		t.Errorf("renewed: %+v, %v", gifts, err)
	}
	wants(t, "cancel", h.changes.Cancel(t.Context(), id, r.RecurringID, "reads_less", "I moved away – sorry!", form(4)), "")
	h.flush()
	if r = h.only(id); r.Running() || r.CanceledAt.IsZero() || r.EndsAt.IsZero() || !r.NextAt.IsZero() || r.Changing != "" || r.CancelReason != "cancellation_requested" {
		t.Errorf("cancel: %+v", r)
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/subscriptions/"+h.standIn.Truth().Subscriptions[0].ID, nil)
	req.Header.Set("Authorization", "Bearer sk_test_123456789012")
	h.standIn.ServeHTTP(rec, req)
	if body := rec.Body.String(); !strings.Contains(body, `"feedback": "unused"`) || !strings.Contains(body, "I moved away – sorry!") {
		t.Errorf("Stripe was told %s", body)
	}
	h.days(65)
	if n := len(h.standIn.Truth().Payments); n != 2 {
		t.Errorf("%d payments after the end", n)
	}
}

func TestAPauseEndsByItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	h.days(40) // Stripe's clock is ahead of ours
	r := h.only(id)
	wants(t, "pause", h.changes.Pause(t.Context(), id, r.RecurringID, 3, form(1)), "")
	h.flush()
	paused := h.only(id)
	paid := func() (n int) {
		gifts, err := h.books.Gifts(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range gifts {
			if g.Status == "succeeded" {
				n++
			}
		}
		return n
	}
	before := paid()
	h.days(70)
	if r = h.only(id); !r.Paused || paid() != before {
		t.Errorf("while it is paused: %+v, %d gifts", r, paid())
	}
	h.days(55)
	if r = h.only(id); r.Paused || r.Status != "active" || paid() == before {
		t.Errorf("afterwards: %+v, %d gifts, had %d", r, paid(), before)
	}
	var first time.Time
	h.scan(&first, `select min(received_at) from donations where received_at > $1`, paused.PausedUntil)
	if d := first.Sub(paused.NextAt).Abs(); d > 2*time.Hour {
		t.Errorf("said %s, charged %s", paused.NextAt, first)
	}
}

func TestWhatStripeHasNotToldYetIsChanging(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id)
	h.deaf.Store(true)
	for i, c := range []struct {
		action string
		do     func(request string) error
	}{
		{"amount", func(f string) error {
			return h.changes.Amount(t.Context(), id, r.RecurringID, money.New(1500, "EUR"), f)
		}},
		{"pause", func(f string) error { return h.changes.Pause(t.Context(), id, r.RecurringID, 1, f) }},
		{"cancel", func(f string) error { return h.changes.Cancel(t.Context(), id, r.RecurringID, "", "", f) }},
	} {
		wants(t, c.action, c.do(form(i)), "")
		if got := h.only(id); got.Changing != c.action || got.Amount != r.Amount || !got.Running() {
			t.Errorf("%s: %+v", c.action, got)
		}
	}
	h.exec(`update reader_changes set done_at = done_at - interval '16 minutes'`)
	if got := h.only(id); got.Changing != "" {
		t.Errorf("long after: %+v", got)
	}
}

func TestOneFormIsOneChange(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			wants(t, "clicked", h.changes.Pause(t.Context(), id, r.RecurringID, 1, form(1)), "")
		})
	}
	all.Wait()
	h.flush()
	if n := h.changesMade(); n != 1 {
		t.Errorf("%d changes", n)
	}
	// Back, another content, the same form: another change. And back to the first:
	// it was made, and is not what is meant now.
	amount := func(minor int64) error {
		return h.changes.Amount(t.Context(), id, r.RecurringID, money.New(minor, "EUR"), form(2))
	}
	wants(t, "first", amount(1500), "")
	wants(t, "again", amount(1500), "")
	wants(t, "other content", amount(2000), "")
	wants(t, "first content again", amount(1500), payments.Gone)
	h.flush()
	if got := h.only(id).Amount; got != money.New(2000, "EUR") {
		t.Errorf("amount %v", got)
	}
	wants(t, "a new form", h.changes.Amount(t.Context(), id, r.RecurringID, money.New(1500, "EUR"), form(3)), "")
	h.flush()
	if got := h.only(id).Amount; got != money.New(1500, "EUR") {
		t.Errorf("amount %v", got)
	}
}

func TestTwoFormsAtOnceTakeTurns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id)
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			wants(t, "amount", h.changes.Amount(t.Context(), id, r.RecurringID, money.New(int64(1100+i), "EUR"), form(i)), "")
		})
	}
	all.Wait()
	h.flush()
	if got, want := h.only(id).Amount.Minor, h.standIn.Truth().Subscriptions[0].Amount; got != want {
		t.Errorf("the books say %d, Stripe %d", got, want)
	}
}

func TestOnlyTheDonorChangesTheirDonation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	other := h.gives(payments.OneTime, money.New(900, "EUR"), "bob@example.org", "Bob")
	recurring := h.only(id).RecurringID
	for _, c := range []struct{ donor, recurring string }{
		{other, recurring}, {"", recurring}, {id, ""}, {id, "rec_x"}, {id, "a\x00b"}, {id, "\xff"}, {id, "../" + recurring},
	} {
		_, card := h.changes.Card(t.Context(), c.donor, c.recurring, "https://news.example/manage", "en")
		for what, err := range map[string]error{
			"amount": h.changes.Amount(t.Context(), c.donor, c.recurring, money.New(1500, "EUR"), form(1)),
			"pause":  h.changes.Pause(t.Context(), c.donor, c.recurring, 1, form(2)),
			"resume": h.changes.Resume(t.Context(), c.donor, c.recurring, form(3)),
			"cancel": h.changes.Cancel(t.Context(), c.donor, c.recurring, "", "", form(4)),
			"card":   card,
		} {
			wants(t, what, err, payments.NotFound)
		}
	}
	if n := h.changesMade(); n != 0 {
		t.Errorf("%d changes", n)
	}
}

func TestWhatCannotBeChangedIsTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id).RecurringID
	ctx := t.Context()
	for what, err := range map[string]error{
		"no amount":        h.changes.Amount(ctx, id, r, money.New(0, "EUR"), form(1)),
		"below nothing":    h.changes.Amount(ctx, id, r, money.New(-5, "EUR"), form(1)),
		"another currency": h.changes.Amount(ctx, id, r, money.New(1500, "USD"), form(1)),
		"no currency":      h.changes.Amount(ctx, id, r, money.New(1500, "ZZZ"), form(1)),
		"no pause":         h.changes.Pause(ctx, id, r, 0, form(1)),
		"a long pause":     h.changes.Pause(ctx, id, r, 38, form(1)),
		"a reason":         h.changes.Cancel(ctx, id, r, "boredom", "", form(1)),
		"a long comment":   h.changes.Cancel(ctx, id, r, "", strings.Repeat("ä", 501), form(1)),
		"a broken comment": h.changes.Cancel(ctx, id, r, "", "\xff", form(1)),
		"nul":              h.changes.Cancel(ctx, id, r, "", "a\x00b", form(1)),
		"no form":          h.changes.Resume(ctx, id, r, ""),
		"a short form":     h.changes.Resume(ctx, id, r, "short"),
		"a broken form":    h.changes.Resume(ctx, id, r, "0123456789abcdef\x00"),
		"an endless form":  h.changes.Resume(ctx, id, r, strings.Repeat("a", 129)),
	} {
		wants(t, what, err, payments.Invalid)
	}
	if n := h.changesMade(); n != 0 {
		t.Errorf("%d changes", n)
	}
	for _, reason := range manage.Reasons() {
		other := h.gives(payments.Annual, money.New(5000, "EUR"), reason+"@example.org", "")
		wants(t, reason, h.changes.Cancel(ctx, other, h.only(other).RecurringID, reason, strings.Repeat("ä", 500), form(5)), "")
	}
}

func TestWhatHasEndedCannotBeChanged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id).RecurringID
	all := func(n int) {
		t.Helper()
		_, card := h.changes.Card(t.Context(), id, r, "https://news.example/manage", "en")
		for what, err := range map[string]error{
			"amount": h.changes.Amount(t.Context(), id, r, money.New(1500, "EUR"), form(n)),
			"pause":  h.changes.Pause(t.Context(), id, r, 1, form(n+1)),
			"resume": h.changes.Resume(t.Context(), id, r, form(n+2)),
			"cancel": h.changes.Cancel(t.Context(), id, r, "", "", form(n+3)),
			"card":   card,
		} {
			wants(t, what, err, payments.Gone)
		}
	}
	// Ended in the dashboard a while ago, and nobody has told us.
	h.deaf.Store(true)
	h.delete("/v1/subscriptions/" + h.standIn.Truth().Subscriptions[0].ID)
	h.control("/_control/advance", `{"seconds": 60}`)
	all(10)
	h.deaf.Store(false)
	h.days(10)
	if h.only(id).Running() {
		t.Fatal("the books do not know")
	}
	all(20)
}

func (h *house) delete(path string) {
	h.t.Helper()
	req := httptest.NewRequestWithContext(h.t.Context(), http.MethodDelete, path, nil)
	req.Header.Set("Authorization", "Bearer sk_test_123456789012")
	rec := httptest.NewRecorder()
	h.standIn.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		h.t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
	}
}

func TestTroublesOnTheWayLeadToOneChange(t *testing.T) {
	t.Parallel()
	changes := map[string]func(h *house, id, r, form string) error{
		"amount": func(h *house, id, r, f string) error {
			return h.changes.Amount(h.t.Context(), id, r, money.New(1500, "EUR"), f)
		},
		"pause":  func(h *house, id, r, f string) error { return h.changes.Pause(h.t.Context(), id, r, 1, f) },
		"cancel": func(h *house, id, r, f string) error { return h.changes.Cancel(h.t.Context(), id, r, "other", "", f) },
	}
	troubles := map[string]struct {
		begin func(h *house)
		fails bool // the first time
	}{
		"Stripe is down":           {func(h *house) { h.faults(`{"error": 1}`) }, true},
		"too many calls":           {func(h *house) { h.faults(`{"rate_limit": 1}`); h.stripe = crowd{h} }, true},
		"locked":                   {func(h *house) { h.faults(`{"lock": 1}`) }, true},
		"made and answered 500":    {func(h *house) { h.faults(`{"error_after": 1}`) }, false},
		"made and the answer lost": {func(h *house) { h.stripe = &loser{next: h.standIn} }, true},
	}
	for trouble, as := range troubles {
		for action, do := range changes {
			if trouble == "locked" && action == "cancel" {
				continue // the stand-in locks what is posted to
			}
			t.Run(trouble+", "+action, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
				r := h.only(id).RecurringID
				as.begin(h)
				err := do(h, id, r, form(1))
				if as.fails {
					wants(t, "the first time", err, payments.Busy)
				} else {
					wants(t, "the first time", err, "")
				}
				h.faults(`{}`)
				h.stripe = h.standIn
				for range 2 {
					wants(t, "again", do(h, id, r, form(1)), "")
				}
				h.flush()
				got := h.only(id)
				if ok := map[string]bool{
					"amount": got.Amount == money.New(1500, "EUR"), "pause": got.Paused, "cancel": !got.Running(),
				}[action]; !ok || got.Changing != "" {
					t.Errorf("%+v", got)
				}
				if n := h.changesMade(); n != 1 {
					t.Errorf("%d changes", n)
				}
			})
		}
	}
}

// crowd lets somebody else's call go before each of ours, so that ours is the one
// too many in its second, however slow the machine is.
type crowd struct{ h *house }

func (c crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.h.post("/v1/customers")
	c.h.standIn.ServeHTTP(w, r)
}

// loser carries calls out that change something, and loses the answers.
type loser struct {
	next http.Handler
	lost atomic.Int32
}

func (l *loser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		l.next.ServeHTTP(w, r)
		return
	}
	l.next.ServeHTTP(httptest.NewRecorder(), r)
	l.lost.Add(1)
	panic(http.ErrAbortHandler)
}

func TestAFormOfYesterdayIsOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id).RecurringID
	h.faults(`{"error": 1}`)
	wants(t, "while Stripe is down", h.changes.Pause(t.Context(), id, r, 1, form(1)), payments.Busy)
	h.faults(`{}`)
	h.exec(`update reader_changes set asked_at = asked_at - interval '24 hours'`)
	wants(t, "a day later", h.changes.Pause(t.Context(), id, r, 1, form(1)), payments.Gone)
	if n := h.changesMade(); n != 0 {
		t.Errorf("%d changes", n)
	}
}

func TestACrashBetweenCommitAndCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	r := h.only(id).RecurringID
	h.faults(`{"error": 1}`)
	wants(t, "while Stripe is down", h.changes.Pause(t.Context(), id, r, 1, form(1)), payments.Busy)
	h.faults(`{}`)
	// A process that ended in the middle never gave its claim back.
	h.exec(`update reader_changes set claimed_until = clock_timestamp() + interval '700 milliseconds'`)
	wants(t, "when the claim is over", h.changes.Pause(t.Context(), id, r, 1, form(1)), "")
	h.flush()
	if n := h.changesMade(); n != 1 || !h.only(id).Paused {
		t.Errorf("%d changes, %+v", n, h.only(id))
	}
}

func TestAnotherCardPaysFromThenOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
	var customer string
	h.scan(&customer, `select customer from subscriptions`)
	h.control("/_control/customers/"+customer+"/card", `{"card_number": "4000000000000341"}`)
	h.days(33)
	r := h.only(id)
	if !r.Failing {
		t.Fatalf("%+v", r)
	}
	back := "https://news.example/manage?changed=card"
	page, err := h.changes.Card(t.Context(), id, r.RecurringID, back, "ar")
	if err != nil {
		t.Fatal(err)
	}
	if u, err := url.Parse(page); err != nil || !strings.HasPrefix(page, h.url+"/portal/bps_") || u.Host == "" {
		t.Fatalf("page %q", page)
	}
	if status, _, body := h.post(page, "card_number", "4000000000000002"); status != http.StatusPaymentRequired || !strings.Contains(body, "declined") {
		t.Errorf("a card that is declined: %d %s", status, body)
	}
	if to := h.form(page, "card_number", "5555 5555 5555 4444"); to != back {
		t.Errorf("leads to %q", to)
	}
	h.days(10)
	if r = h.only(id); r.Failing || r.Status != "active" {
		t.Errorf("with another card: %+v", r)
	}
	h.days(31)
	gifts, err := h.books.Gifts(t.Context(), id)
	if err != nil || len(gifts) < 3 || gifts[0].Status != "succeeded" {
		t.Errorf("%+v, %v", gifts, err)
	}
	for _, language := range []string{"", "de", "de-AT", "ar", "zz", "en-AU"} {
		if _, err := h.changes.Card(t.Context(), id, r.RecurringID, back, language); err != nil {
			t.Errorf("language %q: %v", language, err)
		}
	}
	h.faults(`{"error": 1}`)
	_, err = h.changes.Card(t.Context(), id, r.RecurringID, back, "en")
	wants(t, "while Stripe is down", err, payments.Busy)
}

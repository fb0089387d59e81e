package manage_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// crash runs what ends in the middle, as a process does that is killed: nothing
// after that moment is done.
func crash(t *testing.T, ends func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no crash")
		}
	}()
	ends()
}

// A crash between the making of a link and the mail, or between the mail and its
// record, repeats the letter once, when nobody else can be sending it; each of its
// links opens the page once.
func TestACrashAroundALetterWithALink(t *testing.T) {
	t.Parallel()
	for when, mailed := range map[string]bool{"before the mail": false, "after the mail": true} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
			if err := h.access.Ask(t.Context(), ada, "en"); err != nil {
				t.Fatal(err)
			}
			var tokens []string
			send := func(_ context.Context, l manage.Letter) error { tokens = append(tokens, l.Token); return nil }
			crash(t, func() {
				_, _ = h.access.SendNext(t.Context(), func(ctx context.Context, l manage.Letter) error {
					if mailed {
						_ = send(ctx, l)
					}
					panic("the process ends")
				})
			})
			h.next(manage.Nothing, nil)
			h.forward(3 * time.Minute)
			h.next(manage.Sent, send)
			h.forward(3 * time.Minute)
			h.next(manage.Nothing, nil)
			if want := map[bool]int{false: 1, true: 2}[mailed]; len(tokens) != want {
				t.Fatalf("%d letters, want %d", len(tokens), want)
			}
			for _, token := range tokens {
				if _, err := h.access.Open(t.Context(), token); err != nil {
					t.Error(err)
				}
				_, err := h.access.Open(t.Context(), token)
				wants(t, "once more", err, payments.Gone)
			}
		})
	}
}

// So does one around the letter that confirms a change; both have the same name, by
// which mail programs know them as one.
func TestACrashAroundALetterOfAChange(t *testing.T) {
	t.Parallel()
	for when, mailed := range map[string]bool{"before the mail": false, "after the mail": true} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
			wants(t, "pause", h.changes.Pause(t.Context(), id, h.only(id).RecurringID, 1, form(1)), "")
			h.flush()
			notices := &manage.Notices{DB: h.db, Now: h.access.Now}
			var names []string
			send := func(_ context.Context, n manage.Notice) error { names = append(names, n.ID); return nil }
			next := func(want manage.Outcome) {
				t.Helper()
				if outcome, err := notices.SendNext(t.Context(), send); outcome != want || err != nil {
					t.Fatalf("%q, %v; want %q", outcome, err, want)
				}
			}
			h.forward(time.Second) // the change is over on both clocks
			crash(t, func() {
				_, _ = notices.SendNext(t.Context(), func(ctx context.Context, n manage.Notice) error {
					if mailed {
						_ = send(ctx, n)
					}
					panic("the process ends")
				})
			})
			next(manage.Nothing)
			h.forward(3 * time.Minute)
			next(manage.Sent)
			h.forward(3 * time.Minute)
			next(manage.Nothing)
			if want := map[bool]int{false: 1, true: 2}[mailed]; len(names) != want || names[0] != names[len(names)-1] {
				t.Errorf("letters %q, want %d", names, want)
			}
		})
	}
}

// gone is the stand-in, and a database that goes away at the moment in which Stripe
// is first asked for a change: before it is carried out, or after.
type gone struct {
	h     *house
	after bool
	away  atomic.Bool
}

func (g *gone) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	changes := r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/v1/subscriptions/")
	if changes && !g.after && !g.away.Swap(true) {
		g.h.hide()
	}
	g.h.standIn.ServeHTTP(w, r)
	if changes && g.after && !g.away.Swap(true) {
		g.h.hide()
	}
}

// hide makes whatever writes down changes fail, until show.
func (h *house) hide() {
	h.t.Helper()
	h.exec(`alter table reader_changes rename to reader_changes_away`)
}

func (h *house) show() {
	h.t.Helper()
	h.exec(`alter table reader_changes_away rename to reader_changes`)
}

// Where the database goes away while Stripe carries a change out, the reader is told
// that it may have been made; the same form sent again makes it no second time, and
// it is told of by one letter.
func TestTheDatabaseGoesAwayDuringAChange(t *testing.T) {
	t.Parallel()
	for action, do := range map[string]func(h *house, id, r string) error{
		"amount": func(h *house, id, r string) error {
			return h.changes.Amount(h.t.Context(), id, r, money.New(1500, "EUR"), form(1))
		},
		"pause": func(h *house, id, r string) error { return h.changes.Pause(h.t.Context(), id, r, 1, form(1)) },
		"cancel": func(h *house, id, r string) error {
			return h.changes.Cancel(h.t.Context(), id, r, "other", "", form(1))
		},
	} {
		for when, after := range map[string]bool{"before the call": false, "after the call": true} {
			t.Run(action+", "+when, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				id := h.gives(payments.Monthly, money.New(1000, "EUR"), ada, "Ada")
				r := h.only(id).RecurringID
				h.stripe = &gone{h: h, after: after}
				wants(t, "while it is away", do(h, id, r), payments.Unavailable)
				h.show()
				// Nobody gave the claim back.
				h.exec(`update reader_changes set claimed_until = clock_timestamp() + interval '300 milliseconds' where claimed_until is not null`)
				for range 2 {
					wants(t, "again", do(h, id, r), "")
				}
				h.flush()
				if n := h.changesMade(); n != 1 || h.only(id).Changing != "" {
					t.Errorf("%d changes, %+v", n, h.only(id))
				}
				notices := &manage.Notices{DB: h.db, Now: func() time.Time { return h.access.Now().Add(10 * time.Second) }}
				for _, want := range []manage.Outcome{manage.Sent, manage.Nothing} {
					outcome, err := notices.SendNext(t.Context(), func(context.Context, manage.Notice) error { return nil })
					if outcome != want || err != nil {
						t.Fatalf("%q, %v; want %q", outcome, err, want)
					}
				}
			})
		}
	}
}

package statements_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/statements"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is books with donors, and an office whose clock stands in the year after.
type house struct {
	t      testing.TB
	db     *pgxpool.Pool
	office *statements.Office
	now    time.Time
	gifts  int
	post   post
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: pgtest.New(t), now: time.Date(2026, 1, 20, 9, 0, 0, 0, time.UTC)}
	h.office = &statements.Office{DB: h.db, Zone: berlin(t), Now: func() time.Time { return h.now }}
	return h
}

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// gift is a donation in the books. donor is the part of an address before the @; ""
// is nobody.
type gift struct {
	donor, at, status, currency, kind string
	amount, refunded, disputed        int64
	silent                            bool // the gift tells no address
}

func (h *house) give(all ...gift) {
	h.t.Helper()
	for _, g := range all {
		h.gifts++
		if g.at == "" {
			g.at = "2025-06-01T12:00:00Z"
		}
		if g.status == "" {
			g.status = "succeeded"
		}
		if g.currency == "" {
			g.currency = "EUR"
		}
		if g.kind == "" {
			g.kind = "one_time"
		}
		var donor *string
		email := g.donor + "@example.org"
		if g.donor != "" {
			id := "dnr_" + g.donor
			donor = &id
			h.exec(`insert into donors (donor_id, email_key) values ($1, $2) on conflict do nothing`, id, email)
		}
		if g.donor == "" || g.silent {
			email = ""
		}
		h.exec(`insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, disputed, method,
				balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email,
				country, payment_intent, charge, invoice, subscription, checkout_session)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'card', '', 'c', 'independence', 'autumn', 'base', 'end',
				'geneva', $10, '', $11, 'DE', $2, '', '', '', '')`,
			fmt.Sprintf("don_%d", h.gifts), fmt.Sprintf("pi_%d", h.gifts), g.at, g.kind, g.status, g.currency, g.amount, g.refunded, g.disputed, donor, email)
	}
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	if _, err := h.db.Exec(h.t.Context(), query, args...); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

func (h *house) scan(into any, query string, args ...any) {
	h.t.Helper()
	if err := h.db.QueryRow(h.t.Context(), query, args...).Scan(into); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

func (h *house) plan() statements.Plan {
	h.t.Helper()
	p, err := h.office.Plan(h.t.Context(), 2025)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func nothingElse(context.Context, pgx.Tx, statements.Run) error { return nil }

func (h *house) order(w statements.Wish) statements.Run {
	h.t.Helper()
	w.Year, w.By = 2025, "carla"
	run, err := h.office.Order(h.t.Context(), w, nothingElse)
	if err != nil {
		h.t.Fatal(err)
	}
	return run
}

func (h *house) run(id string) statements.Run {
	h.t.Helper()
	run, err := h.office.Get(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return run
}

// sends mails until none is due, and then tidies.
func (h *house) sends() {
	h.t.Helper()
	for {
		outcome, err := h.office.SendNext(h.t.Context(), h.post.write)
		if err != nil {
			h.t.Fatal(err)
		}
		if outcome == statements.Nothing {
			break
		}
	}
	h.tidies()
}

func (h *house) tidies() {
	h.t.Helper()
	if _, err := h.office.Tidy(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// post is a mail server that remembers what it took. before is asked first.
type post struct {
	mu     sync.Mutex
	taken  []statements.Letter
	before func(statements.Letter) error
}

func (p *post) write(l statements.Letter) (statements.Parcel, error) {
	return statements.Parcel{MessageID: "<" + l.ID + "@example.org>", Send: func(context.Context) error {
		if p.before != nil {
			if err := p.before(l); err != nil {
				return err
			}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.taken = append(p.taken, l)
		return nil
	}}, nil
}

// times is how often each address was mailed.
func (p *post) times() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string]int{}
	for _, l := range p.taken {
		all[strings.TrimSuffix(l.To.To, "@example.org")]++
	}
	return all
}

var errAway = errors.New("the mail server is away")

// wants holds the kind of an error and a part of its sentence.
func wants(t *testing.T, what string, err error, code payments.Code, says string) {
	t.Helper()
	e, ok := errors.AsType[*payments.Error](err)
	if !ok || e.Code != code || !strings.Contains(e.Sentence, says) {
		t.Errorf("%s: %v, want %q with %q", what, err, code, says)
	}
}

package manage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

const ada = "ada@example.org"

// letter has a donor ask, and gives the letter they get.
func (h *house) letter(email string) manage.Letter {
	h.t.Helper()
	if err := h.access.Ask(h.t.Context(), email, "de"); err != nil {
		h.t.Fatal(err)
	}
	var got []manage.Letter
	h.next(manage.Sent, func(_ context.Context, l manage.Letter) error {
		got = append(got, l)
		return nil
	})
	if len(got) != 1 {
		h.t.Fatalf("letters: %+v", got)
	}
	return got[0]
}

// next wants an outcome of the request whose turn it is.
func (h *house) next(want manage.Outcome, send func(context.Context, manage.Letter) error) {
	h.t.Helper()
	if send == nil {
		send = func(_ context.Context, l manage.Letter) error {
			h.t.Errorf("a letter that nobody wants: %+v", l)
			return nil
		}
	}
	if got, err := h.turn(send); err != nil || got != want {
		h.t.Fatalf("%q, %v; want %q", got, err, want)
	}
}

// turn sends a letter or, where none is due, passes over a request of nobody's.
func (h *house) turn(send func(context.Context, manage.Letter) error) (manage.Outcome, error) {
	h.t.Helper()
	if got, err := h.access.SendNext(h.t.Context(), send); err != nil || got != manage.Nothing {
		return got, err
	}
	looks := func() (n int) {
		h.scan(&n, `select coalesce(sum(attempts), 0)::int from reader_requests`)
		return n
	}
	before := looks()
	forgotten, more, err := h.access.PassOver(h.t.Context())
	switch {
	case more:
		h.t.Error("more than a thousand are due")
	case forgotten > 0:
		return manage.Unknown, err
	case looks() > before:
		return manage.Postponed, err
	}
	return manage.Nothing, err
}

func TestALinkOpensThePageOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.OneTime, money.New(2500, "EUR"), "Ada@Example.org", "Ada Lovelace")
	l := h.letter("  ADA@example.ORG ")
	if l.To != "Ada@Example.org" || l.Name != "Ada Lovelace" || l.Language != "de" || !l.Known || len(l.Token) < 22 {
		t.Errorf("letter %+v", l)
	}
	if left := l.Until.Sub(h.access.Now()); left > 30*time.Minute || left < 29*time.Minute {
		t.Errorf("the link is good for %s", left)
	}
	s, err := h.access.Open(t.Context(), l.Token)
	if err != nil || s.Key == l.Token || len(s.Key) < 22 {
		t.Fatalf("%+v, %v", s, err)
	}
	want := manage.Reader{DonorID: id, Email: "Ada@Example.org", Name: "Ada Lovelace", Language: "de"}
	if r, err := h.access.Reader(t.Context(), s.Key); err != nil || r != want {
		t.Errorf("%+v, %v, want %+v", r, err, want)
	}
	_, err = h.access.Open(t.Context(), l.Token)
	wants(t, "again", err, payments.Gone)
	for _, token := range []string{"", "x", s.Key, strings.ToUpper(l.Token), "a\x00b", "\xff", strings.Repeat("a", 300)} {
		_, err = h.access.Open(t.Context(), token)
		wants(t, "token "+token, err, payments.Gone)
	}
	for _, key := range []string{"", "x", l.Token, "a\x00b", "\xff"} {
		_, err = h.access.Reader(t.Context(), key)
		wants(t, "key "+key, err, payments.NotFound)
	}
	h.forward(59 * time.Minute)
	_, err = h.access.Reader(t.Context(), s.Key)
	wants(t, "after 59 minutes", err, "")
	h.forward(time.Minute)
	_, err = h.access.Reader(t.Context(), s.Key)
	wants(t, "after an hour", err, payments.NotFound)
}

func TestALinkIsOverAfterHalfAnHour(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	first, second := h.letter(ada), h.letter(ada)
	h.forward(29 * time.Minute)
	if _, err := h.access.Open(t.Context(), first.Token); err != nil {
		t.Error(err)
	}
	h.forward(time.Minute)
	_, err := h.access.Open(t.Context(), second.Token)
	wants(t, "after half an hour", err, payments.Gone)
}

func TestOfManyWhoOpenOneLinkOneSucceeds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	token := h.letter(ada).Token
	var opened atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			_, err := h.access.Open(t.Context(), token)
			if err == nil {
				opened.Add(1)
			} else if payments.CodeOf(err) != payments.Gone {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if opened.Load() != 1 {
		t.Errorf("opened %d times", opened.Load())
	}
}

func TestASessionEndsWhenItIsClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	s, err := h.access.Open(t.Context(), h.letter(ada).Token)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.access.Close(t.Context(), s.Key); err != nil {
			t.Error(err)
		}
	}
	_, err = h.access.Reader(t.Context(), s.Key)
	wants(t, "closed", err, payments.NotFound)
}

// Whoever reads the whole database finds nothing that opens a page.
func TestNothingStoredOpensAPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	unused := h.letter(ada).Token
	s, err := h.access.Open(t.Context(), h.letter(ada).Token)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := h.db.Query(t.Context(), `select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 20 {
		t.Fatal(tables, err)
	}
	for _, secret := range []string{unused, s.Key} {
		for _, table := range tables {
			var n int
			h.scan(&n, fmt.Sprintf(`select count(*) from %s as t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0`,
				pgx.Identifier{table}.Sanitize()), secret, fmt.Sprintf("%x", secret))
			if n > 0 {
				t.Errorf("%s holds what opens a page", table)
			}
		}
	}
}

// asked counts what is said to the database.
type asked struct {
	mu  sync.Mutex
	all []string
}

func (a *asked) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, data.SQL)
	return ctx
}

func (a *asked) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestAskDoesTheSameForEveryAddress(t *testing.T) {
	t.Parallel()
	trace := &asked{}
	cfg, err := pgxpool.ParseConfig(pgtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg.ConnConfig.Tracer, cfg.MaxConns = trace, 1
	db, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(t.Context(), `insert into donors (donor_id, email_key) values ('dnr_1', $1)`, ada); err != nil {
		t.Fatal(err)
	}
	a := &manage.Access{DB: db, Now: time.Now}
	var first []string
	for _, email := range []string{ada, "nobody@example.org", ada, ada, ada, ada, ada, "ADA@EXAMPLE.ORG"} {
		trace.all = nil
		if err := a.Ask(t.Context(), email, "en"); err != nil {
			t.Fatal(email, err)
		}
		if first == nil {
			first = trace.all
		}
		if !slices.Equal(trace.all, first) || len(first) == 0 {
			t.Errorf("%s: asked %q, for another address %q", email, trace.all, first)
		}
	}
	for _, sql := range first {
		if strings.Contains(sql, "donor") {
			t.Errorf("asking looks at donors: %s", sql)
		}
	}
}

func TestNobodyElseGetsALetter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	if err := h.access.Ask(t.Context(), "nobody@example.org", "en"); err != nil {
		t.Fatal(err)
	}
	looks := 0
	for outcome := manage.Postponed; outcome == manage.Postponed; looks++ {
		var err error
		if outcome, err = h.turn(func(_ context.Context, l manage.Letter) error {
			t.Errorf("a letter to %q", l.To)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		h.next(manage.Nothing, nil)
		h.forward(time.Duration(looks+1) * 100 * time.Second)
	}
	if looks != 3 {
		t.Errorf("looked for the donor %d times", looks)
	}
	var n int
	h.scan(&n, `select count(*) from reader_requests`)
	if n != 0 {
		t.Errorf("%d requests of nobody are kept", n)
	}
	// The Kelvin sign is a k to a rule that takes no heed of case, and another
	// address to mail: it is nobody's.
	h.gives(payments.OneTime, money.New(2500, "EUR"), "kay@example.org", "Kay")
	if err := h.access.Ask(t.Context(), "\u212aay@example.org", "en"); err != nil {
		t.Fatal(err)
	}
	h.next(manage.Postponed, nil)
}

// However many ask for addresses that are nobody's, donors get their letters first,
// and the others take a handful of statements.
func TestNobodysRequestsMakeNobodyWait(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	h.exec(`insert into reader_requests (email, language, asked_at, due_at, status)
		select 'nobody' || i || '@example.org', 'en', $1, $1, 'queued' from generate_series(1, 1500) i`, h.access.Now().Add(-time.Second))
	if err := h.access.Ask(t.Context(), ada, "en"); err != nil {
		t.Fatal(err)
	}
	h.next(manage.Sent, func(context.Context, manage.Letter) error { return nil })
	if got, err := h.access.SendNext(t.Context(), nil); got != manage.Nothing || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	passes := 0
	var all int64
	for range 100 { // seconds and more
		for more := true; more; passes++ {
			forgotten, again, err := h.access.PassOver(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			all, more = all+forgotten, again
		}
		h.forward(3 * time.Second)
	}
	var most int
	h.scan(&most, `select count(*) from reader_requests where status = 'queued'`)
	if all != 1500 || most != 0 || passes > 120 {
		t.Errorf("%d forgotten, %d left, in %d statements", all, most, passes)
	}
}

// Whoever asks right after paying is known a few seconds later.
func TestALetterWaitsForTheDonor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if err := h.access.Ask(t.Context(), ada, "en"); err != nil {
		t.Fatal(err)
	}
	h.next(manage.Postponed, nil)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	h.forward(3 * time.Second)
	h.next(manage.Sent, func(context.Context, manage.Letter) error { return nil })
}

func TestWhatCannotBeAnAddressIsTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, email := range []string{
		"", "@", "ada", "ada@", "@example.org", "ada lovelace@example.org", "a\x00b@example.org", "a\nb@example.org",
		"\xff@example.org", strings.Repeat("a", 250) + "@example.org",
	} {
		wants(t, email, h.access.Ask(t.Context(), email, "en"), payments.Invalid)
	}
	for _, language := range []string{"", "de-AT", "\x00", "\xff", strings.Repeat("e", 1000)} {
		wants(t, language, h.access.Ask(t.Context(), "x@example.org", language), "")
	}
}

func TestOneAddressGetsFewLetters(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			email := ada
			if i%2 == 0 {
				email = strings.ToUpper(ada)
			}
			if err := h.access.Ask(t.Context(), email, "en"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sent := 0
	send := func(context.Context, manage.Letter) error { sent++; return nil }
	for range 5 {
		h.next(manage.Sent, send)
	}
	h.next(manage.Nothing, send)
	h.forward(time.Hour)
	if err := h.access.Ask(t.Context(), ada, "en"); err != nil {
		t.Fatal(err)
	}
	h.next(manage.Sent, send)
}

func TestALetterThatCannotBeSent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	ask := func() {
		t.Helper()
		if err := h.access.Ask(t.Context(), ada, "en"); err != nil {
			t.Fatal(err)
		}
	}
	refuse := func(permanent bool) func(context.Context, manage.Letter) error {
		return func(context.Context, manage.Letter) error {
			return &payments.DeliveryError{Permanent: permanent, Err: errors.New("mailbox full")}
		}
	}
	ask()
	h.next(manage.Failed, refuse(true))
	h.next(manage.Nothing, nil)

	ask()
	h.next(manage.Postponed, refuse(false))
	h.next(manage.Nothing, nil)
	h.forward(time.Minute)
	var token string
	h.next(manage.Sent, func(_ context.Context, l manage.Letter) error { token = l.Token; return nil })
	if _, err := h.access.Open(t.Context(), token); err != nil {
		t.Error(err)
	}

	// The mail server is away: the request stays due, and nobody else has it.
	ask()
	away := errors.New("connection refused")
	outcome, err := h.access.SendNext(t.Context(), func(context.Context, manage.Letter) error {
		h.next(manage.Nothing, nil)
		return away
	})
	if outcome != manage.Nothing || !errors.Is(err, away) {
		t.Errorf("%q, %v", outcome, err)
	}
	h.next(manage.Postponed, refuse(false))
	h.forward(2 * time.Hour)
	h.next(manage.Failed, nil) // whoever asked has gone
}

func TestWhatIsOverIsRemovedAfterADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	h.letter(ada)
	if _, err := h.access.Open(t.Context(), h.letter(ada).Token); err != nil {
		t.Fatal(err)
	}
	kept := func() (n int) {
		h.scan(&n, `select (select count(*) from reader_requests) + (select count(*) from reader_links) + (select count(*) from reader_sessions)`)
		return n
	}
	h.forward(23 * time.Hour)
	if n, err := h.access.Sweep(t.Context()); err != nil || n != 0 || kept() != 5 {
		t.Errorf("removed %d, %v, kept %d", n, err, kept())
	}
	h.forward(3 * time.Hour)
	if n, err := h.access.Sweep(t.Context()); err != nil || n != 5 || kept() != 0 {
		t.Errorf("removed %d, %v, kept %d", n, err, kept())
	}
}

func TestWhoIsForgottenHasNoPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.gives(payments.OneTime, money.New(2500, "EUR"), ada, "Ada")
	link := h.letter(ada).Token
	s, err := h.access.Open(t.Context(), h.letter(ada).Token)
	if err != nil {
		t.Fatal(err)
	}
	h.exec(`update donations set donor_id = null`)
	h.exec(`delete from donors where donor_id = $1`, id)
	_, err = h.access.Reader(t.Context(), s.Key)
	wants(t, "session", err, payments.NotFound)
	_, err = h.access.Open(t.Context(), link)
	wants(t, "link", err, payments.Gone)
}

func TestADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.db.Close()
	_, open := h.access.Open(t.Context(), "token")
	_, reader := h.access.Reader(t.Context(), "key")
	_, gifts := h.books.Gifts(t.Context(), "dnr_1")
	_, recurring := h.books.Recurring(t.Context(), "dnr_1")
	for what, err := range map[string]error{
		"ask": h.access.Ask(t.Context(), ada, "en"), "open": open, "reader": reader, "gifts": gifts, "recurring": recurring,
		"change": h.changes.Resume(t.Context(), "dnr_1", "rec_1", "0123456789abcdef"),
	} {
		wants(t, what, err, payments.Unavailable)
	}
}

package inbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// stripeSpec is loaded once for all tests of the package: it is immutable.
var stripeSpec = sync.OnceValues(stripefake.LoadSpec)

// played is a random history whose stand-in still answers.
type played struct {
	*histories.World
	events []histories.Event
	source *stripegw.Gateway
	truth  stripefake.Truth
}

func play(t testing.TB, seed uint64, steps int) *played {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	w, err := histories.New(t.Context(), histories.Options{Seed: seed, Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	w.Play(steps)
	h, err := w.History()
	if err != nil {
		t.Fatal(err)
	}
	return &played{World: w, events: h.Events, truth: h.Truth, source: gatewayTo(t, w.Server())}
}

// gatewayTo speaks to a stand-in over HTTP.
func gatewayTo(t testing.TB, h http.Handler) *stripegw.Gateway {
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	return stripegw.New(stripegw.Options{
		Key: "sk_test_0123456789", APIBase: web.URL, BaseURL: "https://news.example", HTTP: &http.Client{Timeout: 10 * time.Second},
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
}

// replay takes in the events as an endpoint at the version gets them.
func (p *played) replay(t testing.TB, in *inbox.Inbox) {
	t.Helper()
	var raws [][]byte
	for _, e := range p.events {
		if raw, ok := e.Shapes[histories.Base]; ok {
			raws = append(raws, raw)
		}
	}
	for part := range slices.Chunk(raws, 100) {
		tally, err := in.ReceiveMany(t.Context(), part)
		if err != nil || tally.Parked > 0 {
			t.Fatalf("%s, %v", tally, err)
		}
	}
}

func (p *played) take(t testing.TB, in *inbox.Inbox) inbox.Tally {
	t.Helper()
	tally, err := in.Import(t.Context(), p.source, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), func(inbox.ImportProgress) {})
	if err != nil || tally.Parked > 0 {
		t.Fatalf("%s, %v; parked: %s", tally, err, parkedReasons(t, in.DB))
	}
	return tally
}

func parkedReasons(t testing.TB, db *pgxpool.Pool) string {
	t.Helper()
	var reasons string
	if err := db.QueryRow(t.Context(), `select coalesce(string_agg(event_id || ': ' || error, '; '), '') from inbox_events where status = 'parked'`).Scan(&reasons); err != nil {
		t.Fatal(err)
	}
	return reasons
}

// What an account holds and what was told of it make the same books, whichever
// comes first.
func TestImportAndReplayInEitherOrder(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			p := play(t, seed, 40)
			first, second := pgtest.New(t), pgtest.New(t)
			imported := newInbox(t, first)
			p.take(t, imported)
			p.replay(t, imported)
			replayed := newInbox(t, second)
			p.replay(t, replayed)
			told := lines(t, second)
			p.take(t, replayed)
			if a, b := digest(t, first), digest(t, second); a != b {
				t.Errorf("import first:\n%s\nreplay first:\n%s\nwhat happened:\n%s",
					strings.Join(books(t, first), "\n"), strings.Join(books(t, second), "\n"), strings.Join(p.Told(), "\n"))
			}
			// What Stripe booked of charges, refunds and payouts no event tells: the
			// ledger comes with the import, and moves nothing else.
			if moved := unlike(told, lines(t, second)); len(moved) > 0 {
				t.Errorf("the import moved books that had been told everything:\n%s", strings.Join(moved, "\n"))
			}
		})
	}
}

// lines are the books, in words and column by column, but for the ledger and for
// what says which event told them.
func lines(t *testing.T, db *pgxpool.Pool) map[string]string {
	t.Helper()
	all := rowLines(t, db)
	maps.DeleteFunc(all, func(of, _ string) bool { return strings.Contains(of, " told_") })
	maps.Copy(all, bookLines(t, db))
	return all
}

// An account that is imported without any event has the gifts that were given.
// What it cannot show is that a debit which failed had been under way before.
func TestImportAloneHoldsTheGifts(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			p := play(t, 100+seed, 40)
			imported, replayed := pgtest.New(t), pgtest.New(t)
			p.take(t, newInbox(t, imported))
			p.replay(t, newInbox(t, replayed))
			if a, b := given(t, imported), given(t, replayed); len(a) == 0 || !slices.Equal(a, b) {
				t.Errorf("imported:\n%s\nreplayed:\n%s\nwhat happened:\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"), strings.Join(p.Told(), "\n"))
			}
		})
	}
}

// given are the books without gifts that failed.
func given(t testing.TB, db *pgxpool.Pool) []string {
	return slices.DeleteFunc(books(t, db), func(line string) bool { return strings.Contains(line, " failed ") })
}

// cutSource fails at a page, as when the machine is switched off.
type cutSource struct {
	*stripegw.Gateway
	after int // pages that still come
	lists []string
}

var errCut = errors.New("cut short")

func (c *cutSource) Objects(ctx context.Context, list string, since time.Time, after string, page func([]json.RawMessage, time.Time) error) error {
	c.lists = append(c.lists, list)
	return c.Gateway.Objects(ctx, list, since, after, func(objects []json.RawMessage, at time.Time) error {
		if c.after--; c.after < 0 {
			return errCut
		}
		return page(objects, at)
	})
}

func TestImportGoesOnWhereItWasCut(t *testing.T) {
	p := play(t, 7, 60)
	since := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	whole := pgtest.New(t)
	want := p.take(t, newInbox(t, whole))

	db := pgtest.New(t)
	in := newInbox(t, db)
	var sum inbox.Tally
	for pages := 0; ; pages++ {
		if pages > 100 {
			t.Fatal("it never ends")
		}
		cut := &cutSource{Gateway: p.source, after: 2}
		tally, err := in.Import(t.Context(), cut, since, func(inbox.ImportProgress) {})
		sum.Add(tally)
		if err == nil {
			break
		}
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		half, err := in.HalfImports(t.Context())
		if err != nil || len(half) != 1 || !half[0].Since.Equal(since) || half[0].Taken != int64(sum.Events) {
			t.Fatalf("%+v, %v; taken %d", half, err, sum.Events)
		}
		if last := cut.lists[len(cut.lists)-1]; half[0].List != last {
			t.Errorf("%s is said to be next, %s was", half[0].List, last)
		}
	}
	if sum.Events != want.Events || sum.Duplicate != 0 || digest(t, db) != digest(t, whole) {
		t.Errorf("in pieces %s, in one %s", sum, want)
	}
	half, err := in.HalfImports(t.Context())
	if err != nil || len(half) != 0 {
		t.Errorf("%+v, %v: nothing is left to do", half, err)
	}
}

// A finished import begins anew and changes nothing where nothing changed.
func TestImportAgain(t *testing.T) {
	p := play(t, 8, 20)
	db := pgtest.New(t)
	in := newInbox(t, db)
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	in.Now = func() time.Time { return now }
	first := p.take(t, in)
	sum := digest(t, db)
	now = now.Add(time.Hour)
	again := p.take(t, in)
	if again.Events != first.Events || again.New != first.New || digest(t, db) != sum {
		t.Errorf("first %s, again %s", first, again)
	}
}

func TestImportTellsHowFarItIs(t *testing.T) {
	p := play(t, 9, 20)
	var lists []string
	var last inbox.ImportProgress
	tally, err := newInbox(t, pgtest.New(t)).Import(t.Context(), p.source, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), func(now inbox.ImportProgress) {
		if now.Done {
			lists = append(lists, now.List)
		}
		last = now
	})
	if err != nil || last.Tally != tally || !last.Done {
		t.Errorf("%+v, %s, %v", last, tally, err)
	}
	want := []string{
		"customers", "subscriptions", "invoices", "checkout/sessions", "payment_intents", "charges", "refunds", "disputes",
		"radar/early_fraud_warnings", "reviews", "payouts", "balance_transactions",
	}
	if !slices.Equal(lists, want) {
		t.Errorf("%v", lists)
	}
}

func TestImportThatStripeRefuses(t *testing.T) {
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error","message":"The key may not read this."}}`)
	})
	in := newInbox(t, pgtest.New(t))
	_, err := in.Import(t.Context(), gatewayTo(t, refuse), time.Unix(1_700_000_000, 0), func(inbox.ImportProgress) {})
	if err == nil || !strings.Contains(err.Error(), "importing customers") || !strings.Contains(err.Error(), "The key may not read this.") {
		t.Errorf("%v", err)
	}
}

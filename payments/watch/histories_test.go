package watch_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
	"github.com/readerfund/readerfund/payments/stripegw"
	"github.com/readerfund/readerfund/payments/watch"
)

// Whatever happened to recurring donations: where all of it was told nothing is found
// untold, unknown or missing, and where a part was lost, one look makes the books what Stripe says, a
// second one finds nothing new, and a rebuild makes the same books.
func TestWhateverHappened(t *testing.T) {
	t.Parallel()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("history %d", seed), func(t *testing.T) {
			w, err := histories.New(t.Context(), histories.Options{Seed: seed, Spec: spec})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := w.Close(); err != nil {
					t.Error(err)
				}
			}()
			w.Play(40)
			h, err := w.History()
			if err != nil {
				t.Fatal(err)
			}
			web := httptest.NewServer(w.Server())
			defer web.Close()
			chance := rand.New(rand.NewPCG(seed, 1)) // a test's chances are repeated
			for name, kept := range map[string]func(histories.Event) bool{
				"all is told": func(histories.Event) bool { return true },
				"some is lost": func(e histories.Event) bool {
					return !strings.HasPrefix(e.Type, "customer.subscription.") && !strings.HasPrefix(e.Type, "invoice.") || chance.IntN(3) > 0
				},
			} {
				db := pgtest.New(t)
				log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
				in := &inbox.Inbox{DB: db, Decode: stripegw.Decode, Now: w.Now, Log: log}
				var events [][]byte
				for _, e := range h.Events {
					if kept(e) {
						events = append(events, e.Shapes[histories.Base])
					}
				}
				chance.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
				if _, err := in.ReceiveMany(t.Context(), events); err != nil {
					t.Fatal(err)
				}
				looks := &watch.Watch{
					DB: db, Books: in, Read: stripegw.Decoder{}.DecodeObject, Now: w.Now, Log: log,
					Stripe: stripegw.New(stripegw.Options{Key: "sk_test_123456789012", APIBase: web.URL, HTTP: web.Client(), Log: log}),
				}
				first, err := looks.Look(t.Context())
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if name == "all is told" && first.Found[watch.Untold]+first.Found[watch.Unknown]+first.Found[watch.Missing] > 0 {
					t.Errorf("%s, and yet: %+v\n%s", name, findings(t, db, w.Now()), strings.Join(w.Told(), "\n"))
				}
				asStripeSays(t, db, name, h)
				if again, err := looks.Look(t.Context()); err != nil || again.Taken != 0 {
					t.Errorf("%s, looked again: %+v, %v; %+v", name, again, err, findings(t, db, w.Now()))
				}
				if made, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{}); err != nil || made.Before != made.After {
					t.Errorf("%s: made again, the books are %+v, %v", name, made, err)
				}
			}
		})
	}
}

func findings(t *testing.T, db *pgxpool.Pool, now time.Time) []watch.Finding {
	t.Helper()
	found, err := watch.Findings(t.Context(), db, now.Add(-7*day))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// asStripeSays holds the subscriptions in the books to the stand-in's own account.
func asStripeSays(t *testing.T, db *pgxpool.Pool, when string, h histories.History) {
	t.Helper()
	for _, s := range h.Truth.Subscriptions {
		var status, pause string
		var end int64
		err := db.QueryRow(t.Context(), `select status, pause_behavior, current_period_end from subscriptions where id = $1`, s.ID).Scan(&status, &pause, &end)
		paused := s.Paused
		if paused == "trial" { // a status, not a pause of collection
			paused = ""
		}
		if err != nil || status != s.Status || end != s.PeriodEnd || pause != paused {
			t.Errorf("%s: %s is %q, paused %q, until %d, %v; Stripe says %+v", when, s.ID, status, pause, end, err, s)
		}
	}
}

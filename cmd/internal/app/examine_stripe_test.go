package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/stripefake"
)

// doctorOf examines with Stripe at an address, and gives the checks by their name.
func doctorOf(t *testing.T, database, stripe string) map[string]Check {
	t.Helper()
	cfg, err := LoadConfig("/dev/null", []string{"DATABASE_URL=" + database, "STRIPE_SECRET_KEY=sk_test_123456789012", "STRIPE_API_BASE=" + stripe}, NeedDatabase)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Check{}
	for _, c := range Examine(t.Context(), cfg, time.Now, slog.New(slog.DiscardHandler)) {
		found[c.Name] = c
	}
	return found
}

// A Stripe that does not answer, and one that nobody listens for, is said to be away
// once and soon: not by each check that would ask it.
func TestDoctorWhileStripeIsAway(t *testing.T) {
	t.Parallel()
	database := pgtest.NewURL(t)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"error":{"type":"api_error","message":"sorry"}}`))
	}))
	defer broken.Close()
	for name, address := range map[string]string{"silent": silent.URL, "refused": "http://127.0.0.1:1", "broken": broken.URL} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			found := doctorOf(t, database, address)
			if took := time.Since(began); took > stripeAnswersWithin+4*time.Second {
				t.Errorf("it took %s", took)
			}
			wrong, do := "cannot be reached: ", "start the stand-in"
			if name == "broken" {
				wrong, do = "refused by Stripe with status 500", "wait some minutes"
			}
			if c := found["stripe"]; !strings.HasPrefix(c.Wrong, wrong) || !strings.Contains(c.Do, do) {
				t.Errorf("%+v", c)
			}
			for name, c := range found {
				if name != "stripe" && c.Wrong != "" {
					t.Errorf("%s: %+v", name, c)
				}
			}
			if c, told := found["clearing"]; told {
				t.Errorf("%+v", c)
			}
		})
	}
}

// A stand-in whose clock was moved is ahead, and so is what it told: nothing is wrong
// with this machine.
func TestDoctorBesideAStandInThatIsAhead(t *testing.T) {
	t.Parallel()
	s, err := stripefake.New(stripefake.Options{Seed: "ahead"})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	database := pgtest.NewURL(t)
	db, err := pgxpool.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	place := func(newest time.Time) {
		t.Helper()
		_, err := db.Exec(t.Context(), `insert into watermarks (name, reached) values ('events', $1), ('events_read', now())
			on conflict (name) do update set reached = excluded.reached`, newest)
		if err != nil {
			t.Fatal(err)
		}
	}
	place(time.Now())
	if c := doctorOf(t, database, web.URL)["clock"]; c.Found != "agrees with the database's and Stripe's" {
		t.Errorf("as it begins: %+v", c)
	}
	if err := s.Advance(t.Context(), 61*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	place(s.Now())
	found := doctorOf(t, database, web.URL)
	if c := found["clock"]; c.Found != "agrees with the database's; the stand-in's is 61 days ahead of this machine's, and what it tells is of that time" {
		t.Errorf("ahead: %+v", c)
	}
	if c := found["gaps"]; c.Wrong != "" || !strings.HasPrefix(c.Found, "none up to ") {
		t.Errorf("ahead: %+v", c)
	}
	place(s.Now().Add(time.Hour))
	if c := doctorOf(t, database, web.URL)["gaps"]; !strings.Contains(c.Wrong, "stands in the future") || strings.Contains(c.Do, "timedatectl") || !strings.Contains(c.Do, "stand-in") {
		t.Errorf("ahead of the stand-in, too: %+v", c)
	}
	real := heard{ahead: 2 * time.Minute}
	if c := real.clock(Check{}); c.Wrong != "Stripe's clock is 2m0s ahead of this machine's" || !strings.Contains(c.Do, "timedatectl") {
		t.Errorf("Stripe itself: %+v", c)
	}
}

package main

import (
	"log/slog"
	"testing"

	"github.com/readerfund/readerfund/cmd/internal/app"
)

// booked waits until Stripe has booked so many gifts, which it does a second after
// each was paid, and has the books read what that brought, as the service does by
// itself each minute. From then on they stand still.
func (s *testStack) booked(t *testing.T, gifts int) {
	t.Helper()
	cfg, err := app.LoadConfig(s.data+"/dev.env", nil, app.NeedDatabase, app.NeedStripe)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	in, err := app.OpenInbox(t.Context(), cfg, s.db, log)
	if err != nil {
		t.Fatal(err)
	}
	s.until(t, func() bool {
		if _, err := in.PullBalance(t.Context(), app.NewSource(cfg, log)); err != nil {
			t.Fatal(err)
		}
		return s.count(t, `select count(*) from balance_transactions`) == gifts
	})
	s.settled(t) // the events that tell of it too
}

package inbox_test

import (
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
)

// What migrations took away and brought back at its default is missed, and a rebuild
// finds all of it again in the events.
func TestBooksThatWereTakenBackAreMadeAgain(t *testing.T) {
	dsn := pgtest.NewURL(t)
	db := connectTo(t, dsn)
	in := newInbox(t, db)
	if _, err := in.Made(t.Context()); err != nil { // as the service does at its start
		t.Fatal(err)
	}
	for _, e := range append(oneTime("a").events, monthly("b").events[:6]...) {
		o := e.Data.(object)["object"].(object)
		if meta, ok := o["metadata"].(object); ok && len(meta) > 0 {
			meta["anonymous"] = "true"
		}
		if o["object"] == "subscription" && o["status"] == "active" {
			o["pause_collection"] = object{"behavior": "void", "resumes_at": 1_800_000_000}
		}
		receive(t, in, e)
	}
	count := func(query string) (n int) {
		t.Helper()
		if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const known = `select (select count(*) from donations where anonymous) + (select count(*) from subscriptions where pause_resumes_at = 1800000000)`
	sound := digest(t, db)
	if count(known) != 3 {
		t.Fatalf("%d of three are known", count(known))
	}
	state, err := migrations.Status(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	for _, to := range []int{5, 3} {
		db.Close()
		if err := migrations.Down(t.Context(), dsn, int(state.Current)-to, log); err != nil {
			t.Fatal(err)
		}
		if _, err := migrations.Up(t.Context(), dsn, log); err != nil {
			t.Fatal(err)
		}
		db = connectTo(t, dsn)
		in = newInbox(t, db)
		if count(known) == 3 {
			t.Error("nothing was lost")
		}
		made, err := in.Made(t.Context())
		if err != nil || made.Stale(in.Adoption) == "" {
			t.Errorf("after schema %d nobody asks for a rebuild: %+v, %v", to, made, err)
		}
		if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
			t.Fatal(err)
		}
		if made, err = in.Made(t.Context()); err != nil || made.Stale(in.Adoption) != "" || count(known) != 3 || digest(t, db) != sound {
			t.Errorf("after schema %d and a rebuild: %+v, %d of three are known", to, made, count(known))
		}
	}
}

func connectTo(t *testing.T, dsn string) *pgxpool.Pool {
	t.Helper()
	db, err := pgxpool.New(t.Context(), dsn+"&pool_max_conns=6")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

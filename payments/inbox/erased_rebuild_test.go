package inbox_test

import (
	"strings"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

// Somebody is erased after a rebuild has taken their events in, and before it puts
// the new books in the place of the old: they are not in the new ones.
func TestErasedInTheMiddleOfARebuild(t *testing.T) {
	for name, check := range map[string]bool{"rebuild": false, "check": true} {
		db := pgtest.New(t)
		in := newInbox(t, db)
		for _, e := range allEvents() {
			receive(t, in, e)
		}
		before := sums(t, db)
		erased := false
		o := inbox.RebuildOptions{Differs: func(d payments.Difference) { t.Error(d) }, Progress: func(int64, int64) {
			if !erased {
				erased = true
				erase(t, db, in, "readera1@example.org")
			}
		}}
		rebuild := in.Rebuild
		if check {
			rebuild = in.CheckRebuild
		}
		made, err := rebuild(t.Context(), o)
		if err != nil || !erased || check && made.Before != made.After || !check && made.After != digest(t, db) {
			t.Fatalf("%s: %+v, %v", name, made, err)
		}
		if found := traces(t, db, "readera1@", "Reader a1"); len(found) > 0 {
			t.Errorf("%s:\n%s", name, strings.Join(found, "\n"))
		}
		if after := sums(t, db); after != before {
			t.Errorf("%s:\n%s\nwas\n%s", name, after, before)
		}
		var left int
		if err := db.QueryRow(t.Context(), "select count(*) from pg_namespace where nspname like 'readerfund%'").Scan(&left); err != nil || left > 0 {
			t.Errorf("%s: %d schemas are left, %v", name, left, err)
		}
	}
}

// Books aside that a rebuild left when it was cut short go with whoever is erased.
func TestErasingRemovesBooksThatWereLeftAside(t *testing.T) {
	db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), "create schema readerfund_rebuild_left; create table readerfund_rebuild_left.donors as select 'jane@example.org' as email_key"); err != nil {
		t.Fatal(err)
	}
	erase(t, db, newInbox(t, db), "jane@example.org")
	var left int
	if err := db.QueryRow(t.Context(), "select count(*) from pg_namespace where nspname like 'readerfund%'").Scan(&left); err != nil || left > 0 {
		t.Errorf("%d schemas are left, %v", left, err)
	}
}

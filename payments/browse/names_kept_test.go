package browse

import (
	"context"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// Two gifts of one donor change their names to each other's at the same time: one waits
// for the other, and neither is refused for a deadlock.
func TestNamesThatAreChangedBothWaysAtOnce(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 10)
	must(t, db, `update donations set donor_name = 'Ada' where payment in ('pi_0', 'pi_2')`, `update donations set donor_name = 'Eve' where payment in ('pi_1', 'pi_3', 'pi_4')`)
	// Somebody else uses the first name: whoever would take it away waits.
	uses, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = uses.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := uses.Exec(t.Context(), `select from donor_names where (donor_id, name) = ('dnr_0', 'Ada') for key share`); err != nil {
		t.Fatal(err)
	}
	changed := make(chan error, 2)
	for i, sql := range []string{`update donations set donor_name = 'Eve' where payment = 'pi_0'`, `update donations set donor_name = 'Ada' where payment = 'pi_1'`} {
		go func() {
			_, err := db.Exec(t.Context(), sql)
			changed <- err
		}()
		for begun, waiting := time.Now(), 0; waiting <= i; {
			if time.Since(begun) > 30*time.Second {
				t.Fatalf("%d of %d wait", waiting, i+1)
			}
			if err := db.QueryRow(t.Context(), `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).Scan(&waiting); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := uses.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-changed; err != nil {
			t.Error(err)
		}
	}
	var names string
	if err := db.QueryRow(t.Context(), `select string_agg(name, ' ' order by name) from donor_names where donor_id = 'dnr_0'`).Scan(&names); err != nil || names != "Ada Eve" {
		t.Errorf("%q, %v", names, err)
	}
}

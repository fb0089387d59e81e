package inbox_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report"
)

// until asks the database again and again whether something has come about.
func until(t *testing.T, db *pgxpool.Pool, what, question string, args ...any) {
	t.Helper()
	for give := time.Now().Add(30 * time.Second); ; {
		var so bool
		if err := db.QueryRow(t.Context(), question, args...).Scan(&so); err != nil {
			t.Fatal(err)
		}
		if so {
			return
		}
		if time.Now().After(give) {
			t.Fatalf("%s never came about", what)
		}
	}
}

// waiters is how many wait for the lock of the books.
const waiters = `select count(*) = $1 from pg_locks where locktype = 'advisory' and not granted
	and database = (select oid from pg_database where datname = current_database())`

// nextCut gives a moment between two periods that is just over.
func nextCut(t *testing.T, db *pgxpool.Pool) time.Time {
	t.Helper()
	var cut time.Time
	if err := db.QueryRow(t.Context(), `select date_trunc('second', clock_timestamp()) + interval '1 second'`).Scan(&cut); err != nil {
		t.Fatal(err)
	}
	until(t, db, "the end of the period", `select clock_timestamp() > $1`, cut)
	return cut
}

// counted is what a journal by the time of booking has.
type counted struct {
	rows int64
	err  error
}

func countBooked(t *testing.T, db *pgxpool.Pool, from, to time.Time) counted {
	m, err := report.Write(t.Context(), db, "journal", report.Query{Zone: time.UTC, From: from, To: to, Basis: report.Booked}, "csv", io.Discard)
	return counted{m.Rows, err}
}

func topup(id string, minor int64) payments.Facts {
	return payments.Facts{BalanceTransactions: []payments.BalanceTransaction{{
		ID: id, Source: "tu_" + id, Category: "topup", Amount: money.New(minor, "USD"), Net: minor, Created: 1793000000,
	}}}
}

// Two journals by the time of booking, one after the other, hold each entry once:
// also one whose transaction began in the first period and got the books in the
// second, and one that was posted in the first and is committed in the second.
func TestNoEntryFallsBetweenTwoPeriods(t *testing.T) {
	for name, slow := range map[string]func(t *testing.T, db *pgxpool.Pool) (cut time.Time, first chan counted, finish func()){
		"a merge that waited": func(t *testing.T, db *pgxpool.Pool) (time.Time, chan counted, func()) {
			holds, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := payments.Hold(t.Context(), holds); err != nil {
				t.Fatal(err)
			}
			merged := make(chan error, 1)
			go func() {
				tx, err := db.Begin(t.Context())
				if err == nil {
					err = payments.Merge(t.Context(), tx, topup("txn_1", 500))
				}
				if err == nil {
					err = tx.Commit(t.Context())
				}
				merged <- err
			}()
			until(t, db, "a merge that waits", waiters, 1)
			cut := nextCut(t, db)
			first := make(chan counted, 1)
			go func() { first <- countBooked(t, db, cut.Add(-time.Hour), cut) }()
			return cut, first, func() {
				if err := holds.Rollback(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := <-merged; err != nil {
					t.Fatal(err)
				}
			}
		},
		"a commit that came late": func(t *testing.T, db *pgxpool.Pool) (time.Time, chan counted, func()) {
			tx, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := payments.Merge(t.Context(), tx, topup("txn_1", 500)); err != nil {
				t.Fatal(err)
			}
			cut := nextCut(t, db)
			first := make(chan counted, 1)
			go func() { first <- countBooked(t, db, cut.Add(-time.Hour), cut) }()
			until(t, db, "an export that waits", waiters, 1)
			return cut, first, func() {
				if err := tx.Commit(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.New(t)
			cut, exporting, finish := slow(t, db)
			finish()
			first := <-exporting
			second := countBooked(t, db, cut, nextCut(t, db))
			if got := fmt.Sprint(first.err, second.err, first.rows+second.rows); got != "<nil> <nil> 2" {
				t.Errorf("the periods have %d and %d lines of an entry of two: %s", first.rows, second.rows, got)
			}
		})
	}
}

// A period that is not over has no last entry yet: the next would lack what is
// booked between the export and its end.
func TestAPeriodByBookingIsOver(t *testing.T) {
	db := pgtest.New(t)
	ends := nextCut(t, db).Add(time.Hour)
	if got := countBooked(t, db, ends.Add(-2*time.Hour), ends); got.err == nil {
		t.Errorf("a journal of a period that is not over: %d rows", got.rows)
	}
}

package report

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/manygifts"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// inHalves are books whose report of donations is read in halves, and what it is when one
// connection reads it. The database gives as many connections as are said.
func inHalves(t *testing.T, connections int32) (e Export, db *pgxpool.Pool, k kind, whole []byte) {
	t.Helper()
	config, err := pgxpool.ParseConfig(pgtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = connections
	if db, err = pgxpool.NewWithConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	from := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := manygifts.Fill(t.Context(), db, manygifts.Options{Gifts: 1500, Seed: 3, From: from, Days: 90}, func(int64) {}); err != nil {
		t.Fatal(err)
	}
	e = Export{Report: "donations", Format: string(sheet.CSV), Query: Query{From: from, To: from.AddDate(1, 0, 0), Zone: time.UTC}}
	k, _ = kindOf(e.Report)
	k.middle = nil
	var file bytes.Buffer
	if m, err := e.writeIn(t.Context(), db, k, &file); err != nil || m.Rows == 0 {
		t.Fatalf("%d rows, %v", m.Rows, err)
	}
	k.middle = middleGift(100, 10)
	return e, db, k, file.Bytes()
}

// What two connections read is what one reads, byte for byte: also where there is no
// second one to be had, where the period is parted at one of its ends, and within the
// snapshot, whatever is changed before the second begins.
func TestHalvesAreTheWhole(t *testing.T) {
	t.Parallel()
	e, db, k, whole := inHalves(t, 4)
	at := func(moment time.Time) middle {
		return func(context.Context, pgx.Tx, Query) (time.Time, bool, error) { return moment, true, nil }
	}
	var parted bool
	middles := map[string]middle{
		"in the middle": func(ctx context.Context, tx pgx.Tx, q Query) (time.Time, bool, error) {
			found, ok, err := middleGift(100, 10)(ctx, tx, q)
			parted = ok && found.After(q.From.AddDate(0, 1, 0)) && found.Before(q.From.AddDate(0, 2, 0))
			return found, ok, err
		},
		"at the beginning": at(e.Query.From), "at the end": at(e.Query.To),
		"changed meanwhile": func(ctx context.Context, tx pgx.Tx, q Query) (time.Time, bool, error) {
			if _, err := db.Exec(ctx, `update donations set donor_name = 'Somebody Else', amount = amount + 1`); err != nil {
				return time.Time{}, false, err
			}
			return middleGift(100, 10)(ctx, tx, q)
		},
	}
	for _, name := range []string{"in the middle", "at the beginning", "at the end", "changed meanwhile"} {
		k.middle = middles[name]
		var file bytes.Buffer
		if _, err := e.writeIn(t.Context(), db, k, &file); err != nil || !bytes.Equal(file.Bytes(), whole) {
			t.Errorf("%s: %d bytes in place of %d, %v", name, file.Len(), len(whole), err)
		}
	}
	if !parted {
		t.Error("90 days are not parted in the second month")
	}
}

func TestOneConnectionReadsTheWhole(t *testing.T) {
	t.Parallel()
	e, db, k, whole := inHalves(t, 1)
	var file bytes.Buffer
	if _, err := e.writeIn(t.Context(), db, k, &file); err != nil || !bytes.Equal(file.Bytes(), whole) {
		t.Errorf("%d bytes in place of %d, %v", file.Len(), len(whole), err)
	}
}

// Only a long period by the day of the gift is parted: a file of few gifts needs no
// second connection, and other days do not follow the order of the gifts.
func TestWhatIsNotParted(t *testing.T) {
	t.Parallel()
	e, db, k, _ := inHalves(t, 4)
	empty, paid := e.Query, e.Query
	empty.From = e.Query.To.AddDate(-20, 0, 0)
	empty.To = empty.From.AddDate(1, 0, 0)
	paid.Basis = PaidOut
	for name, q := range map[string]Query{"no gifts": empty, "by payout": paid} {
		err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
			if at, ok, err := k.middle(t.Context(), tx, q); ok || err != nil {
				t.Errorf("%s is parted at %v, %v", name, at, err)
			}
			if at, ok, err := middleGift(100, 2000)(t.Context(), tx, e.Query); ok || err != nil {
				t.Errorf("1500 gifts, of 2000 that are enough, are parted at %v, %v", at, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// stops is a file that ends the other connections as soon as something is written to it.
type stops struct {
	bytes.Buffer
	once func()
}

func (s *stops) Write(p []byte) (int, error) {
	if s.once != nil {
		s.once()
		s.once = nil
	}
	return s.Buffer.Write(p)
}

// Where either connection is lost, the export says so, and both are given back.
func TestEitherHalfLost(t *testing.T) {
	t.Parallel()
	e, db, k, _ := inHalves(t, 4)
	e.Format = string(sheet.JSONL)
	for _, of := range []string{"min", "max"} {
		file := &stops{once: func() {
			// The two that export are in a transaction; the second has begun later.
			tag, err := db.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
				and xact_start = (select `+of+`(xact_start) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null)`)
			if err != nil || tag.RowsAffected() != 1 {
				t.Errorf("%s: %d ended, %v", of, tag.RowsAffected(), err)
			}
		}}
		if m, err := e.writeIn(t.Context(), db, k, file); err == nil {
			t.Errorf("%s: a manifest of %d rows", of, m.Rows)
		}
	}
	if inUse := db.Stat().AcquiredConns(); inUse != 0 {
		t.Errorf("%d connections are not given back", inUse)
	}
}

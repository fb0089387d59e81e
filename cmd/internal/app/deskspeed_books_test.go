//go:build performance

package app

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgdev"
	"github.com/readerfund/readerfund/payments/rollup"
)

//go:embed testdata/deskspeed.sql
var speedBooksSQL string

// speedServer starts a Postgres of the test's own. DESK_SPEED_DIR keeps its data, and so
// the books, from one run to the next.
func speedServer(t *testing.T) *pgdev.Server {
	t.Helper()
	dir := os.Getenv("DESK_SPEED_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	server, err := pgdev.Start(t.Context(), pgdev.Options{Dir: filepath.Join(dir, "postgres"), Ephemeral: true, Progress: os.Stderr,
		Settings: []string{"shared_buffers=2GB", "effective_cache_size=12GB"}}) // as on a machine of 16 GB
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return server
}

// speedBooks gives the address of a database with so many gifts, which it makes where
// there is none.
func speedBooks(t *testing.T, server *pgdev.Server, gifts int) string {
	t.Helper()
	name := "desk_" + strconv.Itoa(gifts)
	admin := speedConnect(t, server.URL(pgdev.Database))
	var there bool
	if err := admin.QueryRow(t.Context(), "select exists (select from pg_database where datname = $1)", name).Scan(&there); err != nil {
		t.Fatal(err)
	}
	if !there {
		if _, err := admin.Exec(t.Context(), "create database "+name); err != nil {
			t.Fatal(err)
		}
	}
	url := server.URL(name)
	db := speedConnect(t, url)
	if _, err := migrations.Up(t.Context(), url, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	var made int
	if err := db.QueryRow(t.Context(), "select count(*) from (select from donations limit 1) as any_gift").Scan(&made); err != nil {
		t.Fatal(err)
	}
	if made == 0 {
		speedFill(t, db, gifts)
	}
	return url
}

func speedConnect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return db
}

// speedFill makes the books of deskspeed.sql. Keys, indexes and triggers are away while
// it does, and the sums that triggers keep are made by hand and checked: that is ten
// times as fast, and the tables are as the merge leaves them. Tables that are emptied in
// the transaction that fills them write no log.
func speedFill(t *testing.T, db *pgx.Conn, gifts int) {
	t.Helper()
	began := time.Now()
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		do := func(what, sql string) error {
			since := time.Now()
			tag, err := tx.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if took := time.Since(since); took > 5*time.Second {
				fmt.Fprintf(os.Stderr, "%d gifts: %s, %s in %s\n", gifts, what, tag, took.Round(time.Second))
			}
			return nil
		}
		if err := do("settings", "set local work_mem = '768MB'; set local maintenance_work_mem = '768MB'; set local max_parallel_maintenance_workers = 1"); err != nil {
			return err
		}
		away, back, err := speedKeys(t.Context(), tx)
		if err != nil {
			return err
		}
		for _, sql := range away {
			if err := do(sql, sql); err != nil {
				return err
			}
		}
		until := time.Now().UTC().Truncate(15 * time.Minute).Format("'2006-01-02 15:04Z'")
		for _, part := range strings.Split(speedBooksSQL, "\n\n-- ") {
			what, sql, _ := strings.Cut(part, "\n")
			if strings.HasPrefix(what, "-- ") {
				continue // the head of the file
			}
			if err := do(what, strings.NewReplacer(":gifts", strconv.Itoa(gifts), ":until", until).Replace(sql)); err != nil {
				return err
			}
		}
		for _, sql := range back {
			if err := do(sql, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), "vacuum (analyze, skip_locked)"); err != nil {
		t.Fatal(err)
	}
	counting := time.Now()
	differ, err := rollup.Check(t.Context(), db)
	if err == nil {
		var sent []rollup.Difference
		sent, err = rollup.CheckPayouts(t.Context(), db)
		differ = append(differ, sent...)
	}
	var lapses []rollup.Lapse
	if err == nil {
		lapses, err = rollup.CheckKept(t.Context(), db)
	}
	if err != nil || len(differ)+len(lapses) > 0 {
		t.Fatalf("what is kept is not what follows from the gifts: %v, %v, %v", differ, lapses, err)
	}
	fmt.Fprintf(os.Stderr, "%d gifts made in %s; their sums counted anew in %s\n", gifts, time.Since(began).Round(time.Second), time.Since(counting).Round(time.Millisecond))
}

// speedTables are those that deskspeed.sql fills.
func speedTables() []string {
	return []string{"donors", "donations", "charges", "refunds", "disputes", "balance_transactions", "payout_rows", "payouts", "bank_lines", "bank_ticks", "recurring_donations",
		"recurring_findings", "checkouts", "receipts", "postings", "inbox_events", "payout_totals", "payout_order", "donor_names", "giving_totals", "rollups"}
}

// speedKeys gives the statements that take triggers, keys and indexes from those tables,
// and those that bring them back.
func speedKeys(ctx context.Context, tx pgx.Tx) (away, back []string, err error) {
	tables := speedTables()
	for _, table := range tables {
		away = append(away, "alter table "+table+" disable trigger user")
	}
	away = append(away, "truncate "+strings.Join(tables, ", ")+" cascade")
	rows, err := tx.Query(ctx, `
		select away, back from (
			select 1 as step, format('alter table %s drop constraint %I', conrelid::regclass, conname) as away,
				format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as back
			from pg_constraint where contype = 'f' and (conrelid::regclass::text = any($1) or confrelid::regclass::text = any($1))
			union all
			select 2, format('alter table %s drop constraint %I', conrelid::regclass, conname), format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
			from pg_constraint where contype in ('p', 'u') and conrelid::regclass::text = any($1)
			union all
			select 3, format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
			from pg_index where indrelid::regclass::text = any($1) and not exists (select from pg_constraint where conindid = indexrelid)
		) as keys order by step, away`, tables)
	if err != nil {
		return nil, nil, err
	}
	var drop, add string
	if _, err := pgx.ForEachRow(rows, []any{&drop, &add}, func() error { away, back = append(away, drop), append([]string{add}, back...); return nil }); err != nil {
		return nil, nil, err
	}
	for _, table := range tables {
		back = append(back, "alter table "+table+" enable trigger user")
	}
	return away, back, nil
}

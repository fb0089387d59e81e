package report_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/manygifts"
	"github.com/readerfund/readerfund/payments/report"
)

// madeUp are gifts of a year.
func madeUp(gifts int64) manygifts.Options {
	return manygifts.Options{Gifts: gifts, Seed: 7, From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Days: 365}
}

// allOf is a period that holds all of them, and what was paid out and booked of them.
func allOf() report.Query {
	return report.Query{From: time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Zone: time.UTC}
}

// filledWith are books with made-up gifts.
func filledWith(t *testing.T, gifts int64) (*pgxpool.Pool, string) {
	t.Helper()
	url := pgtest.NewURL(t)
	db := opened(t, url)
	if err := manygifts.Fill(t.Context(), db, madeUp(gifts), func(int64) {}); err != nil {
		t.Fatal(err)
	}
	return db, url
}

func opened(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 10 // those that stand still beside those of a rebuild
	db, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// held is a file that stops the first time that something is written to it.
type held struct {
	bytes.Buffer
	begun, goOn chan struct{}
	stopped     bool
}

func newHeld() *held { return &held{begun: make(chan struct{}), goOn: make(chan struct{})} }

func (h *held) Write(p []byte) (int, error) {
	if !h.stopped {
		h.stopped = true
		close(h.begun)
		<-h.goOn
	}
	return h.Buffer.Write(p)
}

// sumOf is the checksum of what was written.
func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// A rebuild that puts other books in place of those that are being exported (there are
// no events here to make them of, so that theirs are empty) changes nothing of the
// export that has begun, and all of the next.
func TestExportWhileARebuildSwaps(t *testing.T) {
	t.Parallel()
	const gifts = 600
	db, _ := filledWith(t, gifts)
	before := map[string]string{}
	for _, name := range report.Names() {
		m, err := report.Write(t.Context(), db, name, allOf(), "jsonl", &bytes.Buffer{})
		if err != nil || m.Rows == 0 {
			t.Fatalf("%s: %d rows, %v", name, m.Rows, err)
		}
		before[name] = m.SHA256
	}
	type ended struct {
		name string
		m    report.Manifest
		err  error
	}
	files, all := map[string]*held{}, make(chan ended)
	for _, name := range []string{"donations", "payouts", "journal"} {
		file := newHeld()
		files[name] = file
		go func() {
			m, err := report.Write(t.Context(), db, name, allOf(), "jsonl", file)
			all <- ended{name, m, err}
		}()
		select {
		case <-file.begun:
		case e := <-all:
			t.Fatalf("%s ended after %d rows: %v", name, e.m.Rows, e.err)
		}
	}
	in := &inbox.Inbox{DB: db, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Decode: func([]byte) (payments.Event, error) { return payments.Event{}, errors.New("no event is stored") }}
	if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		close(file.goOn)
	}
	for range files {
		e := <-all
		if e.err != nil || e.m.SHA256 != before[e.name] || sumOf(files[e.name].Bytes()) != before[e.name] {
			t.Errorf("%s: %d rows, %v", e.name, e.m.Rows, e.err)
		}
	}
	if m, err := report.Write(t.Context(), db, "donations", allOf(), "jsonl", &bytes.Buffer{}); err != nil || m.Rows != 0 {
		t.Errorf("after the rebuild: %d rows, %v", m.Rows, err)
	}
}

// Wherever the connection to Postgres breaks, there is an error, and never a report that
// is shorter than it should be. What came before the break is no report: its beginning.
func TestExportWhenTheConnectionBreaks(t *testing.T) {
	t.Parallel()
	db, url := filledWith(t, 300)
	var whole bytes.Buffer
	if _, err := report.Write(t.Context(), db, "donations", allOf(), "csv", &whole); err != nil {
		t.Fatal(err)
	}
	export := func(line *pgtest.Line) (report.Manifest, *bytes.Buffer, error) {
		var out bytes.Buffer
		cut, err := pgxpool.New(t.Context(), line.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer cut.Close()
		m, err := report.Write(t.Context(), cut, "donations", allOf(), "csv", &out)
		return m, &out, err
	}
	line := pgtest.Cut(t, url, -1)
	m, out, err := export(line)
	if err != nil || !bytes.Equal(out.Bytes(), whole.Bytes()) || m.Rows != 300 {
		t.Fatalf("by a line that never breaks: %d rows, %v", m.Rows, err)
	}
	all := line.Sent()
	cuts := []int64{all - 1, all - 6, all - 7, all - 20, all - 200} // the last words of the protocol
	for part := int64(1); part < 20; part++ {
		cuts = append(cuts, all*part/20)
	}
	failed := 0
	for _, at := range cuts {
		m, out, err := export(pgtest.Cut(t, url, at))
		switch {
		case err != nil:
			failed++
			if !bytes.HasPrefix(whole.Bytes(), out.Bytes()) {
				t.Errorf("cut at %d of %d: other bytes", at, all)
			}
		case !bytes.Equal(out.Bytes(), whole.Bytes()) || m.SHA256 != sumOf(whole.Bytes()):
			t.Errorf("cut at %d of %d: %d rows, and no error", at, all, m.Rows)
		}
	}
	if failed < 20 {
		t.Errorf("of %d cuts %d were noticed", len(cuts), failed)
	}
}

// snapshotOf runs queries on what a transaction sees that exported its snapshot.
func snapshotOf(ctx context.Context, db *pgxpool.Pool, snapshot string, queries ...string) (found []string, err error) {
	conn, err := db.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	if _, err = conn.Exec(ctx, fmt.Sprintf("begin read only, isolation level repeatable read; set transaction snapshot '%s'", snapshot)); err != nil {
		return nil, err
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "rollback") }()
	for _, q := range queries {
		var text string
		if err := conn.QueryRow(ctx, q).Scan(&text); err != nil {
			return nil, err
		}
		found = append(found, text)
	}
	return found, nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgdev"
	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/manygifts"
	"github.com/readerfund/readerfund/payments/report"
)

// exporting runs the command; it gives the exit code and what was said.
func exporting(ctx context.Context, url, file string) (int, string) {
	var out, said bytes.Buffer
	code := run(ctx, []string{"export", "donations", "--from", "2025-01-01", "--to", "2026-02-01", "--tz", "UTC", "--out", file},
		[]string{"DATABASE_URL=" + url}, strings.NewReader(""), &out, &said)
	return code, said.String()
}

// Postgres ends at once, as in a crash, when half of the rows were sent: the command
// says so, and there is no file, neither under the name nor beside it. Once Postgres is
// there again, the same command writes the whole.
func TestPostgresEndsInTheMiddleOfAnExport(t *testing.T) {
	t.Parallel()
	const gifts = 1500
	dir := filepath.Join(t.TempDir(), "postgres")
	server := startedIn(t, dir)
	url := server.URL(pgdev.Database)
	if code := run(t.Context(), []string{"migrate", "up"}, []string{"DATABASE_URL=" + url, "LOG_LEVEL=error"}, strings.NewReader(""), &bytes.Buffer{}, os.Stderr); code != 0 {
		t.Fatalf("migrate: exit %d", code)
	}
	db, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	o := manygifts.Options{Gifts: gifts, Seed: 1, From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Days: 365}
	if err := manygifts.Fill(t.Context(), db, o, func(int64) {}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	files := t.TempDir()
	whole := filepath.Join(files, "whole.csv")
	all := pgtest.Still(t, url, -1)
	if code, said := exporting(t.Context(), all.URL, whole); code != 0 {
		t.Fatalf("exit %d: %s", code, said)
	}
	file := filepath.Join(files, "killed.csv")
	line := pgtest.Still(t, url, all.Sent()/2)
	ended := make(chan struct{})
	var code int
	var said string
	go func() {
		code, said = exporting(t.Context(), line.URL, file)
		close(ended)
	}()
	select {
	case <-line.Full:
	case <-ended:
		t.Fatalf("it ended before half of the rows were sent: exit %d, %s", code, said)
	}
	endAtOnce(t, server, dir)
	<-ended
	if code != 1 || !strings.Contains(said, "writing report donations") {
		t.Errorf("exit %d: %s", code, said)
	}
	if names := namesIn(t, files); strings.Join(names, " ") != "whole.csv whole.csv.manifest.json" {
		t.Errorf("what is left: %q", names)
	}
	again := startedIn(t, dir)
	if code, said := exporting(t.Context(), again.URL(pgdev.Database), file); code != 0 {
		t.Fatalf("after the restart: exit %d, %s", code, said)
	}
	first, second := readFile(t, whole), readFile(t, file)
	var m report.Manifest
	if err := json.Unmarshal(readFile(t, file+".manifest.json"), &m); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) || m.Rows != gifts || bytes.Count(second, []byte("\ndon_")) != gifts {
		t.Errorf("%d bytes and then %d; %d rows by the manifest", len(first), len(second), m.Rows)
	}
}

func startedIn(t *testing.T, dir string) *pgdev.Server {
	t.Helper()
	server, err := pgdev.Start(t.Context(), pgdev.Options{Dir: dir, Ephemeral: true, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		_ = server.Stop(ctx) // one that was killed has an error
	})
	return server
}

// endAtOnce is what pg_ctl stop -m immediate does
// (https://www.postgresql.org/docs/current/server-shutdown.html).
func endAtOnce(t *testing.T, server *pgdev.Server, dir string) {
	t.Helper()
	first, _, _ := strings.Cut(string(readFile(t, filepath.Join(dir, "data", "postmaster.pid"))), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil || pid <= 1 {
		t.Fatal(fmt.Errorf("the server's pid is %q: %w", first, err))
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-server.Done()
	if err := server.Stop(t.Context()); err != nil {
		t.Log(err) // it did not end in order, as it should not
	}
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

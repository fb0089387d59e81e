//go:build performance

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgdev"
)

// What the long commands take on many events, each as a process of its own, on a
// Postgres that flushes to disk. `make performance` runs it; EVENTS says how many.
// The figure to compare with is Postgres's own COPY of the same events' bytes into
// a table without anything else, in the same run.
func TestPerformance(t *testing.T) {
	events := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("EVENTS")); err == nil {
		events = n
	}
	file := filepath.Join(os.Getenv("READERFUND_ARTIFACTS"), fmt.Sprintf("events-%d.jsonl", events))
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		measure(t, nil, "../../bin/storyfile", "--events", strconv.Itoa(events), "--seed", "1", "--out", file)
	}
	server, err := pgdev.Start(t.Context(), pgdev.Options{Dir: filepath.Join(t.TempDir(), "postgres"), Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	env := append(os.Environ(), "DATABASE_URL="+server.URL(pgdev.Database))
	measure(t, env, "../../bin/readerfund", "migrate", "up")

	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	say := func(name string, m measured, against time.Duration) {
		lines = append(lines, fmt.Sprintf("| %s | %.1f s | %.0f | %.2f | %.0f MB |", name, m.took.Seconds(), float64(events)/m.took.Seconds(),
			m.took.Seconds()/against.Seconds(), float64(m.peak)/1e6))
	}
	copied := copyAlone(t, server.URL(pgdev.Database), file)
	say("COPY of the bytes alone", measured{took: copied}, copied)
	replayed := measure(t, env, "../../bin/readerfund", "replay", "--from-file", file)
	say("replay", replayed, copied)
	again := measure(t, env, "../../bin/readerfund", "replay", "--from-file", file)
	say("replay again, all known", again, copied)
	say("digest", measure(t, env, "../../bin/readerfund", "digest"), copied)
	say("rebuild --check", measure(t, env, "../../bin/readerfund", "rebuild", "--check"), copied)
	say("rebuild", measure(t, env, "../../bin/readerfund", "rebuild"), copied)
	fmt.Printf("%d events, %.0f MB, %s\n\n| what | took | events a second | times the COPY | peak memory |\n| --- | --- | --- | --- | --- |\n%s\n",
		events, float64(info.Size())/1e6, server.Installation().Version, strings.Join(lines, "\n"))
	if perSecond := float64(events) / replayed.took.Seconds(); perSecond < 10_000 {
		t.Errorf("replay takes in %.0f events a second; 10,000 are promised", perSecond)
	}
}

type measured struct {
	took time.Duration
	peak int64 // bytes of resident memory
}

func measure(t *testing.T, env []string, name string, args ...string) measured {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env, cmd.Stderr = env, os.Stderr
	out := &strings.Builder{}
	cmd.Stdout = out
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	m := measured{took: time.Since(began)}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.peak = usage.Maxrss * 1024
	}
	fmt.Fprintf(os.Stderr, "%s %v: %s%s\n", name, args, out, m.took)
	return m
}

// copyAlone is what Postgres itself takes to store the events' bytes.
func copyAlone(t *testing.T, url, file string) time.Duration {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(t.Context()))
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := db.Exec(t.Context(), `create table copied (payload bytea compression lz4)`); err != nil {
		if _, err := db.Exec(t.Context(), `create table copied (payload bytea)`); err != nil {
			t.Fatal(err)
		}
	}
	r := bufio.NewReaderSize(f, 1<<20)
	began := time.Now()
	if _, err := db.CopyFrom(t.Context(), pgx.Identifier{"copied"}, []string{"payload"}, pgx.CopyFromFunc(func() ([]any, error) {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return []any{line}, err
	})); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if _, err := db.Exec(t.Context(), `drop table copied`); err != nil {
		t.Fatal(err)
	}
	return took
}

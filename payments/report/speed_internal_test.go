//go:build performance

package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgdev"
	"github.com/readerfund/readerfund/payments/manygifts"
)

// How long exports of GIFTS gifts (1000000) take, and how much memory, each by a process
// of its own, beside psql's COPY of the same query in the same run. `make export-speed`
// runs it, alone on the machine.
func TestExportSpeed(t *testing.T) {
	gifts := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("GIFTS")); err == nil {
		gifts = n
	}
	dir := os.Getenv("GIFTS_DIR") // where the filled books are kept for another run
	if dir == "" {
		dir = t.TempDir()
	}
	server, err := pgdev.Start(t.Context(), pgdev.Options{Dir: filepath.Join(dir, "postgres"), Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	url := server.URL(pgdev.Database)
	s := speed{t: t, env: append(os.Environ(), "DATABASE_URL="+url), url: url}
	s.run("../../bin/readerfund", "migrate", "up")
	fillBooks(t, url, int64(gifts))

	idle := s.export("csv", "--to", "2000-01-01", "--from", "1999-01-01")
	var copied, csv []measured
	for range 3 { // in turn, so that what else happens on the machine meets both
		copied = append(copied, s.copy())
		csv = append(csv, s.export("csv"))
	}
	fastest := func(all []measured) measured {
		return slices.MinFunc(all, func(a, b measured) int { return int(a.took - b.took) })
	}
	base := fastest(copied)
	results := []struct {
		name   string
		m      measured
		within time.Duration
		memory int64 // bytes above idle
	}{
		{"psql's COPY", base, 0, 0},
		{"csv", fastest(csv), base.took, 64 << 20},
		{"jsonl", s.export("jsonl"), 0, 64 << 20},
		{"xlsx", s.export("xlsx"), 40 * time.Second, 400 << 20},
		{"parquet", s.export("parquet"), 10 * time.Second, 0},
	}
	fmt.Printf("%d gifts, PostgreSQL %s; a process without rows peaks at %.0f MB\n\n| what | took | times the COPY | its own processor time | size | peak memory |\n| --- | --- | --- | --- | --- | --- |\n",
		gifts, server.Installation().Version, float64(idle.peak)/1e6)
	for _, r := range results {
		fmt.Printf("| %s | %.1f s | %.2f | %.1f s | %.0f MB | %.0f MB |\n", r.name, r.m.took.Seconds(), r.m.took.Seconds()/base.took.Seconds(),
			r.m.worked.Seconds(), float64(r.m.size)/1e6, float64(r.m.peak)/1e6)
		if r.within > 0 && r.m.took > r.within {
			t.Errorf("%s took %v, longer than %v", r.name, r.m.took, r.within)
		}
		if above := r.m.peak - idle.peak; r.memory > 0 && above > r.memory {
			t.Errorf("%s took %d MiB above idle, more than %d", r.name, above>>20, r.memory>>20)
		}
	}
}

// speed runs what is measured.
type speed struct {
	t   *testing.T
	env []string
	url string
}

type measured struct {
	took time.Duration
	// worked is the time of processors that the program took itself, Postgres not counted.
	worked time.Duration
	peak   int64 // bytes of resident memory
	size   int64 // bytes of the file
}

// counter counts what a program prints, and keeps none of it: a disk would be measured
// along.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// run measures a program, and gives what it says on standard error.
func (s speed) run(name string, args ...string) (measured, []byte) {
	s.t.Helper()
	var said bytes.Buffer
	var printed counter
	cmd := exec.CommandContext(s.t.Context(), name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, &printed, &said
	began := time.Now()
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("%s %v: %v\n%s", name, args, err, &said)
	}
	m := measured{took: time.Since(began), size: printed.n, worked: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.peak = usage.Maxrss * 1024
	}
	return m, said.Bytes()
}

// export writes all gifts, or those of other flags, and holds what was written against
// the manifest.
func (s speed) export(format string, flags ...string) measured {
	s.t.Helper()
	m, said := s.run("../../bin/readerfund", append([]string{"export", "donations", "--from", "2024-01-01", "--to", "2027-01-01", "--format", format}, flags...)...)
	var told Manifest
	if err := json.Unmarshal(said, &told); err != nil {
		s.t.Fatalf("%v: %s", err, said)
	}
	if len(flags) == 0 {
		s.check(told)
	}
	return m
}

// check holds a manifest against sums of the database's own.
func (s speed) check(m Manifest) {
	s.t.Helper()
	db, err := pgx.Connect(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(s.t.Context()))
	var rows int64
	var euros string
	if err := db.QueryRow(s.t.Context(), `select count(*), (sum(amount) filter (where currency = 'EUR') / 100.0)::numeric(20, 2)::text from donations`).Scan(&rows, &euros); err != nil {
		s.t.Fatal(err)
	}
	if m.Rows != rows || m.Totals["EUR"]["amount"] != euros {
		s.t.Errorf("%s: the manifest has %d rows and EUR %s, the database %d and %s", m.Format, m.Rows, m.Totals["EUR"]["amount"], rows, euros)
	}
}

// copy lets psql write the rows of the same query.
func (s speed) copy() measured {
	s.t.Helper()
	within, _, _ := Query{Zone: time.UTC}.donationsWithin()
	sql := strings.NewReplacer("$1", `'2024-01-01'::timestamptz`, "$2", `'2027-01-01'::timestamptz`, "$3", `''`, "$4", `''`).Replace(fmt.Sprintf(donationsSQL, within))
	s.env = append(s.env, "PGOPTIONS=-c work_mem=64MB -c jit=off") // as the export has
	m, _ := s.run("psql", s.url, "-q", "-v", "ON_ERROR_STOP=1", "-c", "copy ("+sql+") to stdout with (format csv, header)")
	return m
}

// fillBooks makes the gifts, unless an earlier run has left them.
func fillBooks(t *testing.T, url string, n int64) {
	t.Helper()
	db, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var there int64
	if err := db.QueryRow(t.Context(), `select count(*) from donations`).Scan(&there); err != nil {
		t.Fatal(err)
	}
	if there == n {
		return
	}
	began := time.Now()
	last := began
	err = manygifts.Fill(t.Context(), db, manygifts.Options{Gifts: n, Seed: 1, From: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Days: 1000}, func(gifts int64) {
		if now := time.Now(); now.Sub(last) > 10*time.Second {
			last = now
			fmt.Printf("%d of %d gifts merged, %.0f a second\n", gifts, n, float64(gifts)/now.Sub(began).Seconds())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%d gifts merged in %.0f s\n", n, time.Since(began).Seconds())
}

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

	"github.com/readerfund/readerfund/migrations/pgdev"
)

// How long exports of GIFTS gifts (1000000) take, and how much memory, each by a process
// of its own, beside psql's COPY of the same query in the same run. `make export-speed`
// runs it, alone on the machine.
func TestExportSpeed(t *testing.T) {
	gifts := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("GIFTS")); err == nil {
		gifts = n
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
	url := server.URL(pgdev.Database)
	s := speed{t: t, env: append(os.Environ(), "DATABASE_URL="+url), url: url}
	s.run("../../bin/readerfund", "migrate", "up")
	giveManyGifts(t, url, gifts)

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
		{"jsonl", s.export("jsonl"), 0, 0},
		{"xlsx", s.export("xlsx"), 40 * time.Second, 400 << 20},
		{"parquet", s.export("parquet"), 10 * time.Second, 0},
	}
	fmt.Printf("%d gifts, PostgreSQL %s; a process without rows peaks at %.0f MB\n\n| what | took | times the COPY | size | peak memory |\n| --- | --- | --- | --- | --- |\n",
		gifts, server.Installation().Version, float64(idle.peak)/1e6)
	for _, r := range results {
		fmt.Printf("| %s | %.1f s | %.2f | %.0f MB | %.0f MB |\n", r.name, r.m.took.Seconds(), r.m.took.Seconds()/base.took.Seconds(),
			float64(r.m.size)/1e6, float64(r.m.peak)/1e6)
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
	peak int64 // bytes of resident memory
	size int64 // bytes of the file
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
	m := measured{took: time.Since(began), size: printed.n}
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
	within, _, _ := Query{}.donationsWithin()
	sql := strings.NewReplacer("$1", `'2024-01-01'::timestamptz`, "$2", `'2027-01-01'::timestamptz`, "$3", `''`, "$4", `''`).Replace(fmt.Sprintf(donationsSQL, within))
	s.env = append(s.env, "PGOPTIONS=-c work_mem=64MB") // as the export has
	m, _ := s.run("psql", s.url, "-q", "-v", "ON_ERROR_STOP=1", "-c", "copy ("+sql+") to stdout with (format csv, header)")
	return m
}

// giveManyGifts fills the books' tables with gifts that were settled and paid out.
func giveManyGifts(t *testing.T, url string, n int) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(t.Context()))
	for _, statement := range []string{
		`alter table donations disable trigger user`,
		`insert into donors (donor_id, email_key) select 'dnr_' || md5(i::text), 'reader' || i || '@example.org' from generate_series(0, $1::int / 3) i`,
		`insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant, placement, article, language,
			cover_fees, statement_suffix, fee_cover, dedication, comment, stripe_session, session_url, session_expires_at)
		select md5('c' || i) || 'abc', timestamptz '2025-01-01' + i * interval '30 seconds', case when i % 3 = 0 then 'monthly' else 'one_time' end::gift_kind,
			'EUR', 2500, 'independence', 'Independence', 'autumn', 'base', 'end', 'geneva', 'en', i % 4 = 0, '', case when i % 4 = 0 then 61 else 0 end,
			case when i % 20 = 0 then 'For Ada, who reads it every morning' else '' end, case when i % 10 = 0 then 'Keep on, "whatever" they say' else '' end,
			'cs_live_' || md5('s' || i), 'https://example.org/pay', now() from generate_series(1, $1::int) i`,
		`insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method, balance_transaction, checkout_id,
			campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session)
		select 'don_' || substr(md5('d' || i), 1, 20), 'pi_' || substr(md5('p' || i), 1, 24), timestamptz '2025-01-01' + i * interval '30 seconds',
			case when i % 3 = 0 then 'monthly' else 'one_time' end::gift_kind, case when i % 50 = 0 then 'failed' else 'succeeded' end,
			(array['EUR', 'USD', 'JPY'])[1 + i % 3], 500 + i % 9500, case when i % 50 <> 0 and i % 97 = 0 then 500 else 0 end, 'card',
			'txn_' || md5('t' || i), md5('c' || i) || 'abc', 'independence', 'autumn', 'base', 'end', 'the-first-geneva-convention',
			'dnr_' || md5((i / 3)::text), 'Ada Reader ' || i / 3, 'reader' || i / 3 || '@example.org', 'DE', 'pi_' || substr(md5('p' || i), 1, 24),
			'ch_' || substr(md5('h' || i), 1, 24), case when i % 3 = 0 then 'in_' || substr(md5('i' || i), 1, 24) else '' end,
			case when i % 3 = 0 then 'sub_' || substr(md5('u' || i / 12), 1, 24) else '' end, 'cs_live_' || md5('s' || i)
		from generate_series(1, $1::int) i`,
		`insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
		select 'txn_' || md5('t' || i), 'ch_' || substr(md5('h' || i), 1, 24), 'charge', 'charge', 'EUR', 500 + i % 9500, 41, 459 + i % 9500, '', 1735689600 + i * 30, 1735862400 + i * 30
		from generate_series(1, $1::int) i where i % 50 <> 0`,
		`insert into payout_rows (id, payout) select 'txn_' || md5('t' || i), 'po_' || substr(md5((i / 2000)::text), 1, 24) from generate_series(1, $1::int) i where i % 50 <> 0`,
		`insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival, reconciled)
		select 'po_' || substr(md5(i::text), 1, 24), 'paid', 'EUR', 1000000, true, 'standard', '', '', '', 1735689600, 1735689600 + i * 86400, true
		from generate_series(0, $1::int / 2000) i`,
		`alter table donations enable trigger user`,
	} {
		var args []any
		if strings.Contains(statement, "$1") {
			args = append(args, n)
		}
		if _, err := db.Exec(t.Context(), statement, args...); err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
	}
	if _, err := db.Exec(t.Context(), `vacuum analyze`); err != nil {
		t.Fatal(err)
	}
}

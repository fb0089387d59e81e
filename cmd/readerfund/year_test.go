package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// smallYear is how many gifts the year of every test run has; YEAR says another
// number, and `make year` half a million.
const smallYear = 1500

// A year of a newsroom, told by webhooks and pulled from Stripe's lists as the
// service does it, with three things lost on the way: `reconcile` names exactly
// those and heals them, and then every report agrees with every other, with Stripe's
// own and with Beancount.
func TestYear(t *testing.T) {
	t.Parallel()
	gifts := smallYear
	if text := os.Getenv("YEAR"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1000 {
			t.Fatalf("YEAR is %q; write how many gifts, 1000 or more", text)
		}
		gifts = n
	}
	y := newYear(t, gifts)
	y.play()
	y.reconciles()
	y.reports()
}

// yearReads is how many calls a second the year reads lists with: the stand-in's
// account has no limit, and at Stripe's own the waiting would be most of the time.
const yearReads = 2000

// year is a year of gifts and the books that hear of it.
type year struct {
	t     *testing.T
	gifts int
	world *histories.World
	web   string // the stand-in's address
	db    *pgxpool.Pool
	inbox *inbox.Inbox
	from  *stripegw.Gateway
	env   []string // of commands
	dir   string

	heard   [][]byte // since the day began
	charges int      // that succeeded
	lost    []string // the ids of what is to be named
}

func newYear(t *testing.T, gifts int) *year {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	url := pgtest.NewURL(t)
	y := &year{t: t, gifts: gifts, dir: t.TempDir()}
	y.world, err = histories.New(t.Context(), histories.Options{
		Seed: 2026, Settles: true, Spec: spec, Hear: y.hear, Versions: []string{"2024-10-28.acacia"},
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(y.world.Server())
	y.web = web.URL
	t.Cleanup(func() {
		web.Close()
		if err := y.world.Close(); err != nil {
			t.Error(err)
		}
	})
	if y.db, err = pgxpool.New(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(y.db.Close)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	y.inbox = &inbox.Inbox{DB: y.db, Decode: stripegw.Decode, Now: y.world.Now, Log: log}
	y.from = stripegw.New(stripegw.Options{
		Key: "sk_test_0123456789", APIBase: web.URL, BaseURL: "https://news.example", HTTP: &http.Client{Timeout: time.Minute}, Log: log, ReadsPerSecond: yearReads,
	})
	y.env = append(os.Environ(), "DATABASE_URL="+url, "STRIPE_API_BASE="+web.URL, "STRIPE_SECRET_KEY=sk_test_0123456789",
		fmt.Sprintf("STRIPE_READS_PER_SECOND=%d", yearReads))
	// The books begin with the program that goes on with them.
	none := filepath.Join(y.dir, "none.jsonl")
	if err := os.WriteFile(none, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	y.command("replay", "--from-file", none)
	return y
}

// hear keeps an event of the day, but for the one that says that a payment in the
// middle of the year succeeded.
func (y *year) hear(event []byte) error {
	if bytes.Contains(event, []byte(`"type":"charge.succeeded"`)) {
		if y.charges++; y.charges == y.gifts/2 {
			var told struct {
				Data struct {
					Object struct {
						ID string `json:"id"`
					} `json:"object"`
				} `json:"data"`
			}
			err := json.Unmarshal(event, &told)
			y.lost = append(y.lost, told.Data.Object.ID)
			return err
		}
	}
	y.heard = append(y.heard, bytes.Clone(event))
	return nil
}

// play plays the year. The books hear of each day at its end; each week they pull
// what Stripe lists, as the service does every minute.
func (y *year) play() {
	began := time.Now()
	days := make(chan [][]byte, 1)
	done := make(chan error, 1)
	go func() {
		week := 0
		var err error
		for events := range days {
			if err != nil {
				continue // the year ends at once
			}
			for len(events) > 0 && err == nil {
				n := min(len(events), 1000)
				_, err = y.inbox.ReceiveMany(y.t.Context(), events[:n])
				events = events[n:]
			}
			if week++; err == nil && week%7 == 0 {
				err = y.pull()
			}
		}
		done <- err
	}()
	hand := func() {
		days <- y.heard
		y.heard = nil
	}
	failed := y.world.PlayYear(histories.Year{Gifts: y.gifts, Weekly: y.gifts < 50_000, Day: func(day int) error {
		hand()
		if day%30 == 0 {
			y.t.Logf("day %d, after %.0f s", day, time.Since(began).Seconds())
		}
		return nil
	}})
	hand()
	close(days)
	if err := <-done; err != nil || failed != nil {
		y.t.Fatalf("%v; %v", failed, err)
	}
	if err := y.pull(); err != nil {
		y.t.Fatal(err)
	}
	y.t.Logf("%d gifts in %.0f s", y.charges, time.Since(began).Seconds())
}

func (y *year) pull() error {
	ctx := y.t.Context()
	if _, err := y.inbox.PullBalance(ctx, y.from); err != nil {
		return err
	}
	_, err := y.inbox.AskPayouts(ctx, y.from)
	return err
}

// reconciles loses a balance transaction and a refund as well, has everything named,
// and then nothing any more.
func (y *year) reconciles() {
	y.lost = append(y.lost, y.one(`delete from balance_transactions where id = (
		select b.id from balance_transactions b join donations d on d.charge = b.source where b.category = 'charge'
		order by b.created, b.id limit 1) returning id`))
	y.lost = append(y.lost, y.one(`delete from refunds where id = (select id from refunds where status = 'succeeded' order by created desc, id limit 1) returning id`))
	out := y.command("reconcile", "--since", "9000d")
	var named []string
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "in Stripe and not here: ") {
			named = append(named, line)
		}
	}
	if len(named) != len(y.lost) || !strings.Contains(out, fmt.Sprintf("found=%d healed=%d remaining=0", len(y.lost), len(y.lost))) {
		y.t.Errorf("%s were lost, and it says\n%s", y.lost, out)
	}
	for _, id := range y.lost {
		if !strings.Contains(strings.Join(named, ""), " "+id+" of ") {
			y.t.Errorf("%s was lost and is not named", id)
		}
	}
	if out := y.command("reconcile", "--since", "9000d"); !strings.Contains(out, "found=0 healed=0 remaining=0") {
		y.t.Errorf("afterwards there is still something:\n%s", out)
	}
}

// one asks the books for one text.
func (y *year) one(query string, args ...any) string {
	y.t.Helper()
	rows, err := y.db.Query(y.t.Context(), query, args...)
	if err != nil {
		y.t.Fatal(err)
	}
	text, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	if err != nil {
		y.t.Fatal(err)
	}
	return text
}

// command runs readerfund as a process of its own and gives what it printed.
func (y *year) command(args ...string) string {
	y.t.Helper()
	cmd := exec.CommandContext(y.t.Context(), "readerfund", args...)
	var out, said bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.Dir = y.env, &out, &said, y.dir
	began := time.Now()
	if err := cmd.Start(); err != nil {
		y.t.Fatal(err)
	}
	peak := make(chan int, 1)
	ended := make(chan struct{})
	go func() { peak <- peakOf(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	close(ended)
	if err != nil {
		y.t.Fatalf("readerfund %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), said.String())
	}
	y.t.Logf("%.1f s, %d MB: readerfund %s", time.Since(began).Seconds(), <-peak/1000, strings.Join(args, " "))
	return out.String()
}

// peakOf watches a process and gives the most memory it ever held, in kB: what the
// system tells of it at its end counts the test's own memory in.
func peakOf(pid int, ended <-chan struct{}) (kB int) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if _, rest, found := strings.Cut(string(status), "VmHWM:"); err == nil && found {
			if _, err := fmt.Sscan(rest, &kB); err != nil {
				return 0
			}
		}
		select {
		case <-ended:
			return kB
		case <-tick.C:
		}
	}
}

package seen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func at(t *testing.T, text string) func() time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return func() time.Time { return when }
}

func sums(t *testing.T, db *pgxpool.Pool) map[string]int64 {
	t.Helper()
	rows, err := db.Query(t.Context(), `select to_char(quarter at time zone 'UTC', 'HH24:MI') || ' ' || appeal || ' ' || variant || ' ' || placement || ' ' || article, views from views`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
		all[name] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

var end = View{Campaign: "news", Appeal: "one", Variant: "base", Placement: "end", Article: "flood"}

// Views of a quarter of an hour are one row, whoever writes them and how often.
func TestSumsByTheQuarter(t *testing.T) {
	db := pgtest.New(t)
	strip := end
	strip.Placement, strip.Article = "strip", ""
	for replica := range 2 {
		c := New(db, at(t, "2026-11-23T09:14:59Z"))
		for range 3 {
			c.Seen(end)
		}
		c.Seen(strip)
		if err := c.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.now = at(t, "2026-11-23T14:45:00+05:45") // 09:00 in UTC, in Kathmandu
		c.Seen(end)
		c.now = at(t, "2026-11-23T09:15:00Z")
		c.Seen(end)
		if err := c.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := c.Waiting(); n != 0 {
			t.Errorf("replica %d: %d wait", replica, n)
		}
	}
	want := map[string]int64{"09:00 one base end flood": 8, "09:00 one base strip ": 2, "09:15 one base end flood": 2}
	if got := sums(t, db); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v", got)
	}
}

// Nothing is lost or counted twice while readers view and several replicas write
// the same rows at the same time.
func TestManyAtOnce(t *testing.T) {
	db := pgtest.New(t)
	const replicas, readers, each = 3, 8, 200
	var all sync.WaitGroup
	for range replicas {
		c := New(db, at(t, "2026-11-23T09:00:00Z"))
		var views sync.WaitGroup
		for r := range readers {
			views.Go(func() {
				for i := range each {
					v := end
					v.Article = fmt.Sprint("article-", (r+i)%7)
					if !c.Seen(v) {
						t.Error("refused")
					}
				}
			})
		}
		done := make(chan struct{})
		all.Go(func() {
			for {
				if err := c.Flush(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					if err := c.Flush(context.WithoutCancel(t.Context())); err != nil {
						t.Error(err)
					}
					return
				default:
				}
			}
		})
		all.Go(func() { views.Wait(); close(done) })
	}
	all.Wait()
	var n int64
	for _, sum := range sums(t, db) {
		n += sum
	}
	if n != replicas*readers*each {
		t.Errorf("%d views are in the books, %d were seen", n, replicas*readers*each)
	}
}

// What cannot be written is kept, with what is counted meanwhile, and written
// when the database is there again.
func TestFailureKeepsCounts(t *testing.T) {
	db := pgtest.New(t)
	away, err := pgxpool.New(t.Context(), db.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	away.Close()
	c := New(away, at(t, "2026-11-23T09:00:00Z"))
	for range 3 {
		c.Seen(end)
		if err := c.Flush(t.Context()); err == nil {
			t.Fatal("a closed pool takes rows")
		}
	}
	if n := c.Waiting(); n != 3 {
		t.Fatalf("%d wait", n)
	}
	c.write = New(db, nil).write
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := sums(t, db)["09:00 one base end flood"]; got != 3 {
		t.Errorf("%d views", got)
	}
	if err := c.Flush(t.Context()); err != nil { // nothing to write
		t.Fatal(err)
	}
}

// Memory is bounded: beyond so many different views no other is taken, those that
// are counted already are.
func TestBound(t *testing.T) {
	c := New(nil, at(t, "2026-11-23T09:00:00Z"))
	for i := range MostKeys {
		if !c.Seen(View{Campaign: "c", Appeal: "a", Article: fmt.Sprint(i)}) {
			t.Fatalf("number %d is refused", i)
		}
	}
	if c.Seen(View{Campaign: "c", Appeal: "a", Article: "one more"}) {
		t.Error("there is no bound")
	}
	if !c.Seen(View{Campaign: "c", Appeal: "a", Article: "0"}) {
		t.Error("what is counted already is refused")
	}
}

// The bound holds while writings hang and fail: what is being written counts, for it
// comes back. Views of what is being written are taken.
func TestBoundWhileWritingFails(t *testing.T) {
	c := New(nil, at(t, "2026-11-23T09:00:00Z"))
	page := func(n int) View { return View{Campaign: "c", Appeal: "a", Article: fmt.Sprint(n)} }
	n := 0
	fill := func() (taken int) {
		for range MostKeys {
			if n++; c.Seen(page(n)) {
				taken++
			}
		}
		return taken
	}
	const before = MostKeys - 10
	for range before {
		n++
		c.Seen(page(n))
	}
	away := errors.New("away")
	c.write = func(context.Context, []row) error {
		if taken := fill(); taken > 10 {
			t.Errorf("%d more are taken", taken)
		}
		if !c.Seen(page(1)) {
			t.Error("what is being written is refused")
		}
		return away
	}
	for range 3 {
		if err := c.Flush(t.Context()); err == nil {
			t.Fatal("a writing that fails is none")
		}
	}
	if c.Waiting() != MostKeys+3 || len(c.sums) != MostKeys {
		t.Errorf("%d views wait, in %d sums", c.Waiting(), len(c.sums))
	}
	away = nil
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.Waiting() != 1 || fill() != MostKeys-1 {
		t.Errorf("%d wait once all is written", c.Waiting())
	}
}

// Run writes at each tick, goes on after a failure, and once more when it ends.
func TestRun(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	wrote := make(chan int)
	writings := 0 // known to the writer alone
	c := New(nil, at(t, "2026-11-23T09:00:00Z"))
	c.write = func(ctx context.Context, rows []row) error {
		if ctx.Err() != nil {
			t.Error("the writing is called off")
		}
		wrote <- len(rows)
		if writings++; writings == 1 {
			return errors.New("away")
		}
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	tick := make(chan time.Time)
	ended := make(chan struct{})
	go func() { c.run(ctx, tick, slog.New(slog.DiscardHandler)); close(ended) }()
	c.Seen(end)
	tick <- time.Time{}
	<-wrote
	tick <- time.Time{}
	if n := <-wrote; n != 1 {
		t.Errorf("%d rows", n)
	}
	other := end
	other.Placement = "strip"
	c.Seen(end)
	c.Seen(other)
	cancel()
	if n := <-wrote; n != 2 {
		t.Errorf("%d rows at the end", n)
	}
	<-ended
	if n := c.Waiting(); n != 0 {
		t.Errorf("%d are lost", n)
	}
}

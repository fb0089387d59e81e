package payments

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// books stand for the database of a watch: each reading takes a while and gives
// how many there were before it.
type books struct {
	mu    sync.Mutex
	reads map[string]int64 // by campaign
	takes time.Duration
	gone  bool
}

func (b *books) sums(ctx context.Context, p Period) ([]Given, error) {
	b.mu.Lock()
	b.reads[p.Campaign]++
	n, takes, gone := b.reads[p.Campaign], b.takes, b.gone
	b.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if gone {
		return nil, errors.New("no database")
	}
	return []Given{{Currency: "USD", Gifts: n}}, nil
}

func (b *books) set(takes time.Duration, gone bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.takes, b.gone = takes, gone
}

func (b *books) read(campaign string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads[campaign]
}

func newWatched(log *slog.Logger) (*GivingWatch, *books) {
	b := &books{reads: map[string]int64{}, takes: 10 * time.Millisecond}
	w := NewGivingWatch(nil, time.Now, log)
	w.sums = b.sums
	return w, b
}

var news = Period{Campaign: "news"}

// Whoever asks at once gets one reading, and nobody reads what is known.
func TestWatchReadsOnceForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newWatched(slog.New(slog.DiscardHandler))
		zone := time.FixedZone("", 3600)
		at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
		for range 50 {
			go w.Given(Period{Campaign: "news", From: at})
			go w.Given(Period{Campaign: "news", From: at.In(zone)})
		}
		synctest.Wait()
		time.Sleep(time.Second)
		given, ok := w.Given(Period{Campaign: "news", From: at})
		if !ok || given[0].Gifts != 1 || b.read("news") != 1 {
			t.Errorf("%v, %v after %d readings", given, ok, b.read("news"))
		}
	})
}

// While it runs, what is asked for is some seconds old at most and nobody waits;
// what nobody asks for any more is let be.
func TestWatchKeepsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newWatched(slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.Run(ctx); close(ended) }()
		w.Given(Period{Campaign: "archive"})
		for second := range 100 {
			began := time.Now()
			given, ok := w.Given(news)
			if waited := time.Since(began); !ok || second > 0 && waited > 0 {
				t.Fatalf("second %d: %v, after %s", second, ok, waited)
			}
			if least := int64(second / 3); given[0].Gifts < least {
				t.Fatalf("second %d: the reading %d", second, given[0].Gifts)
			}
			time.Sleep(time.Second)
		}
		if n := b.read("news"); n > 35 {
			t.Errorf("%d readings in 100 seconds", n)
		}
		time.Sleep(watchFor)
		before := b.read("archive")
		time.Sleep(time.Hour)
		if after := b.read("archive"); before < 100 || after > before+2 {
			t.Errorf("what nobody asks for: %d readings, and %d an hour later", before, after)
		}
		stop()
		<-ended
	})
}

// The last sums hold for nine seconds; a database that is away is asked every
// three, and said to be away once.
func TestWatchWithoutDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		w, b := newWatched(slog.New(slog.NewTextHandler(&log, nil)))
		if _, ok := w.Given(news); !ok {
			t.Fatal("not known")
		}
		b.set(0, true)
		time.Sleep(8900 * time.Millisecond)
		if _, ok := w.Given(news); !ok {
			t.Error("forgotten before nine seconds are over")
		}
		time.Sleep(200 * time.Millisecond)
		before := b.read("news")
		for range 40 {
			if _, ok := w.Given(news); ok {
				t.Error("still known")
			}
			time.Sleep(time.Second)
		}
		if n := b.read("news") - before; n < 12 || n > 14 {
			t.Errorf("read %d times in 40 seconds", n)
		}
		b.set(0, false)
		time.Sleep(watchEvery)
		if _, ok := w.Given(news); !ok {
			t.Error("not known again")
		}
		if n := strings.Count(log.String(), "cannot be read"); n != 1 || !strings.Contains(log.String(), "can be read again") {
			t.Errorf("said %d times: %s", n, log.String())
		}
	})
}

// A sum that takes its time, and one reading that fails in between, leave no page
// without its figure.
func TestWatchOfASlowDatabase(t *testing.T) {
	for _, takes := range []time.Duration{900 * time.Millisecond, 1600 * time.Millisecond, 2900 * time.Millisecond} {
		t.Run(takes.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, b := newWatched(slog.New(slog.DiscardHandler))
				b.set(takes, false)
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { w.Run(ctx); close(ended) }()
				w.Given(news)
				time.Sleep(watchReads)
				for quarter := range 400 {
					b.set(takes, quarter%60 < 5) // some reading begins then, every quarter of a minute
					if _, ok := w.Given(news); !ok {
						t.Errorf("unknown after %s", time.Duration(quarter)*250*time.Millisecond)
						break
					}
					time.Sleep(250 * time.Millisecond)
				}
				stop()
				<-ended
			})
		})
	}
}

// Nobody waits longer than a second for a database that hangs, and it is left
// alone after three.
func TestWatchOfADatabaseThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newWatched(slog.New(slog.DiscardHandler))
		b.set(time.Hour, false)
		began := time.Now()
		if _, ok := w.Given(news); ok || time.Since(began) != watchWaits {
			t.Errorf("%v after %s", ok, time.Since(began))
		}
		began = time.Now()
		if _, ok := w.Given(news); ok || time.Since(began) != 0 {
			t.Errorf("the next one: %v after %s", ok, time.Since(began))
		}
		time.Sleep(watchEvery)
		b.set(0, false)
		if given, ok := w.Given(news); !ok || given[0].Gifts != 2 {
			t.Errorf("%v, %v", given, ok)
		}
	})
}

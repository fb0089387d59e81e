package payments

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// watchEvery is how often at most a period is added up again.
	watchEvery = 3 * time.Second
	// watchKeeps is how old sums may be, from when their reading began, also while the
	// books cannot be read: caches may give a page out for six seconds more, and nobody
	// is to see a sum of more than fifteen. A sum holds until the reading after the next
	// has ended, however long that may take: watchEvery and twice watchReads.
	watchKeeps = 9 * time.Second
	// watchFor is how long a period that nobody asks for is kept fresh.
	watchFor = 10 * time.Minute
	// watchWaits is for how long after its beginning a reading is waited for by those
	// who ask for what is not known yet.
	watchWaits = time.Second
	// watchReads bounds one reading.
	watchReads = 3 * time.Second
)

// GivingWatch keeps the sums of some periods at hand for pages, so that a reader
// waits for the database only where nobody asked for a while. It may be used by
// many at once.
type GivingWatch struct {
	sums func(context.Context, Period) ([]Given, error)
	now  func() time.Time
	log  *slog.Logger

	mu      sync.Mutex
	periods map[Period]*watched
}

// watched is one period. Its fields are the watch's mutex's.
type watched struct {
	asked   time.Time     // last
	sums    []Given       // as they were at
	at      time.Time     // when their reading began; zero where there was none
	tried   time.Time     // when the latest reading began
	reading chan struct{} // closed when the reading that goes on ends; nil while none does
	failing bool
}

// NewGivingWatch makes a watch. Call Run for it to keep itself fresh.
func NewGivingWatch(g *Giving, now func() time.Time, log *slog.Logger) *GivingWatch {
	return &GivingWatch{sums: g.Sums, now: now, log: log, periods: map[Period]*watched{}}
}

// Given is what was given in a period, at most nine seconds ago: false where the
// books cannot be read for longer. The slice is not to be changed.
func (w *GivingWatch) Given(p Period) ([]Given, bool) {
	p.From, p.To = p.From.UTC(), p.To.UTC() // one key, whatever the zone
	w.mu.Lock()
	one := w.periods[p]
	if one == nil {
		one = &watched{}
		w.periods[p] = one
	}
	one.asked = w.now()
	sums, ok := one.known(one.asked)
	if ok || one.reading == nil && one.asked.Sub(one.tried) < watchEvery {
		w.mu.Unlock()
		return sums, ok
	}
	reading := w.begin(p, one)
	patience := time.NewTimer(watchWaits - w.now().Sub(one.tried))
	w.mu.Unlock()
	defer patience.Stop()
	select {
	case <-reading:
	case <-patience.C:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return one.known(w.now())
}

func (o *watched) known(now time.Time) ([]Given, bool) {
	if o.at.IsZero() || now.Sub(o.at) > watchKeeps {
		return nil, false
	}
	return o.sums, true
}

// Run adds up anew, until ctx ends, what was asked for lately.
func (w *GivingWatch) Run(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		w.refresh()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// refresh reads what was asked for lately and returns when all is read.
func (w *GivingWatch) refresh() {
	var all []chan struct{}
	w.mu.Lock()
	for p, one := range w.periods {
		if w.now().Sub(one.asked) <= watchFor {
			all = append(all, w.begin(p, one))
		}
	}
	w.mu.Unlock()
	for _, reading := range all {
		<-reading
	}
}

// begin starts a reading where none goes on. The caller holds the mutex. It is
// nobody's request: whoever asks meanwhile gets the same.
func (w *GivingWatch) begin(p Period, one *watched) chan struct{} {
	if one.reading != nil {
		return one.reading
	}
	done, began := make(chan struct{}), w.now()
	one.reading, one.tried = done, began
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), watchReads)
		defer cancel()
		sums, err := w.sums(ctx, p)
		w.mu.Lock()
		defer w.mu.Unlock()
		if err == nil {
			one.sums, one.at = sums, began
		}
		if failing := err != nil; failing != one.failing {
			one.failing = failing
			if failing {
				w.log.Warn("the sum of a goal cannot be read: pages show it without", "campaign", p.Campaign, "error", err)
			} else {
				w.log.Info("the sum of a goal can be read again", "campaign", p.Campaign)
			}
		}
		one.reading = nil
		close(done)
	}()
	return done
}

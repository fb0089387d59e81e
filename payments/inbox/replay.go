package inbox

import (
	"context"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"
)

// ReplayOptions say how a file of events is taken in.
type ReplayOptions struct {
	// From is the first line (or entry) that counts; those before are passed over.
	From int
	// Broken hears of each entry that cannot be an event, by its number. Default:
	// nobody does.
	Broken func(number int, err error)
	// Progress hears after each batch. Calls do not overlap. Default: nobody does.
	Progress func(Progress)
}

// Progress is how far a replay is.
type Progress struct {
	// Through is the number of the last line (or entry) before which everything is
	// in the books: a replay that is cut short can go on from the next.
	Through int
	Tally   Tally
}

// A batch is what one transaction takes in: enough to make its cost small beside
// that of its events, and few enough that webhooks wait for it only shortly.
const (
	batchEvents = 1000
	batchBytes  = 8 << 20
)

// Replay takes in events from r, in any form that Entries reads. Batches are
// decoded while others are stored. An error means that the database could not
// store or r not be read; what the progress told of is in the books and stays.
func (in *Inbox) Replay(ctx context.Context, r io.Reader, o ReplayOptions) (Progress, error) {
	p := &replaying{inbox: in, opts: o}
	group, ctx := errgroup.WithContext(ctx)
	read := make(chan *batch, 1)
	opened := make(chan *batch, 1)
	group.Go(func() error {
		defer close(read)
		return p.read(ctx, r, read)
	})
	group.Go(func() error {
		defer close(opened)
		return p.open(ctx, read, opened)
	})
	// One stores raw events while the other merges: merging is one at a time.
	for range 2 {
		group.Go(func() error { return p.store(ctx, opened) })
	}
	err := group.Wait()
	return p.done, err
}

// batch is a run of entries.
type batch struct {
	number int // of the batch
	last   int // the number of its last entry
	raws   [][]byte
	lines  []int
	opened []received
	broken int
	size   int
}

type replaying struct {
	inbox *Inbox
	opts  ReplayOptions

	mu    sync.Mutex // guards what follows, and calls of opts
	done  Progress
	ended map[int]int // batches that are in, by number: their last entry
	next  int         // the batch after those that are in without a gap
}

func (p *replaying) read(ctx context.Context, r io.Reader, out chan<- *batch) error {
	b := &batch{}
	send := func() error {
		select {
		case out <- b:
			b = &batch{number: b.number + 1, last: b.last}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := Entries(r, func(number int, raw []byte) error {
		b.last = number
		if number < p.opts.From {
			return nil
		}
		b.raws, b.lines, b.size = append(b.raws, raw), append(b.lines, number), b.size+len(raw)
		if len(b.raws) < batchEvents && b.size < batchBytes {
			return nil
		}
		return send()
	}, func(number int, err error) {
		if number >= p.opts.From {
			b.broken++
			p.tellBroken(number, err)
		}
	})
	if err != nil {
		return err
	}
	return send()
}

// open reads the events of each batch. An entry that is no event is left out.
func (p *replaying) open(ctx context.Context, from <-chan *batch, to chan<- *batch) error {
	for b := range from {
		for i, raw := range b.raws {
			r := p.inbox.open(raw)
			if r.broken != nil {
				if why := NoEvent(raw); why != nil {
					b.broken++
					p.tellBroken(b.lines[i], why)
					continue
				}
			}
			b.opened = append(b.opened, r)
		}
		b.raws = nil
		select {
		case to <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (p *replaying) store(ctx context.Context, from <-chan *batch) error {
	for b := range from {
		tally, err := p.inbox.receiveMany(ctx, b.opened)
		if err != nil {
			return err
		}
		tally.Broken += b.broken
		p.end(b, tally)
	}
	return nil
}

func (p *replaying) tellBroken(number int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opts.Broken != nil {
		p.opts.Broken(number, err)
	}
}

func (p *replaying) end(b *batch, tally Tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done.Tally.Add(tally)
	if p.ended == nil {
		p.ended = map[int]int{}
	}
	p.ended[b.number] = b.last
	for last, ok := p.ended[p.next]; ok; last, ok = p.ended[p.next] {
		delete(p.ended, p.next)
		p.done.Through = last
		p.next++
	}
	if p.opts.Progress != nil {
		p.opts.Progress(p.done)
	}
}

package inbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/readerfund/readerfund/payments"
)

// stored is an event read back.
type stored struct {
	received
	seq     int64
	ignored bool
}

// takeIn merges, aside, the events that read gives. Reading and decoding go on
// while others are merged.
func (r *rebuilding) takeIn(ctx context.Context, read func(context.Context, chan<- []stored) error) error {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan []stored, 2)
	group.Go(func() error {
		defer close(batches)
		return read(ctx, batches)
	})
	group.Go(func() error {
		for events := range batches {
			if err := r.merge(ctx, events); err != nil {
				return err
			}
			r.note(events)
		}
		return nil
	})
	return group.Wait()
}

func (r *rebuilding) note(events []stored) {
	for i := range events {
		e := &events[i]
		r.taken.add(e.seq)
		if e.ignored && e.event.Handled {
			r.known = append(r.known, e.seq)
		}
	}
	r.done += int64(len(events))
	if r.opts.Progress != nil {
		r.opts.Progress(r.done, max(r.all, r.done))
	}
}

// readAll reads the events in the order in which they were stored.
func (r *rebuilding) readAll(ctx context.Context, to chan<- []stored) error {
	for after := int64(0); ; {
		events, err := r.load(ctx, `seq > $1 and status <> 'parked' order by seq limit $2`, after, batchEvents)
		if err != nil || len(events) == 0 {
			return err
		}
		after = events[len(events)-1].seq
		if err := send(ctx, to, events); err != nil {
			return err
		}
	}
}

// readRest reads those that are not in yet, whatever their place.
func (r *rebuilding) readRest(ctx context.Context, to chan<- []stored) error {
	rows, err := r.inbox.DB.Query(ctx, `select seq from inbox_events order by seq`)
	if err != nil {
		return err
	}
	var seq int64
	var rest []int64
	// Within the loop nothing is taken yet: the merging waits for what comes after.
	if _, err = pgx.ForEachRow(rows, []any{&seq}, func() error {
		if !r.taken.has(seq) {
			rest = append(rest, seq)
		}
		return nil
	}); err != nil {
		return err
	}
	for some := range slices.Chunk(rest, batchEvents) {
		events, err := r.load(ctx, `seq = any($1) and status <> 'parked'`, some)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			continue
		}
		if err := send(ctx, to, events); err != nil {
			return err
		}
	}
	return nil
}

func (r *rebuilding) load(ctx context.Context, where string, args ...any) ([]stored, error) {
	rows, err := r.inbox.DB.Query(ctx, `select seq, status = 'ignored', payload from inbox_events where `+where, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e stored, err error) {
		var raw []byte
		if err := row.Scan(&e.seq, &e.ignored, &raw); err != nil {
			return e, err
		}
		e.received = r.inbox.open(raw)
		e.raw = nil
		return e, nil
	})
}

func send(ctx context.Context, to chan<- []stored, events []stored) error {
	select {
	case to <- events:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *rebuilding) merge(ctx context.Context, events []stored) error {
	var facts payments.Facts
	for i := range events {
		switch e := &events[i]; {
		case e.broken != nil:
			return fmt.Errorf("event %s was in the books and cannot be read any more: %w", e.event.ID, e.broken)
		case e.event.Handled:
			facts.Add(e.event.Facts)
		}
	}
	err := r.mergeAside(ctx, facts)
	if err == nil || !ofTheEvent(err) {
		return err
	}
	for i := range events {
		if err := r.mergeAside(ctx, events[i].event.Facts); err != nil {
			return fmt.Errorf("event %s was in the books and cannot be merged any more: %w", events[i].event.ID, err)
		}
	}
	return nil
}

func (r *rebuilding) mergeAside(ctx context.Context, facts payments.Facts) error {
	return r.inbox.transaction(ctx, func(tx pgx.Tx) error {
		if err := r.aside.Go(ctx, tx); err != nil {
			return err
		}
		return payments.MergeAside(ctx, tx, facts)
	})
}

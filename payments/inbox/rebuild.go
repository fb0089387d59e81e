package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/readerfund/readerfund/payments"
)

// RebuildOptions say how the books are made again.
type RebuildOptions struct {
	// Progress hears after each batch how many of the stored events are through.
	// Calls do not overlap. Default: nobody does.
	Progress func(done, all int64)
	// Differs hears of each row that differs, when checking.
	Differs func(payments.Difference)
}

// Rebuilt is what a rebuild found.
type Rebuilt struct {
	Events  int64
	Swapped []payments.Swapped
	// Before and After are the digests of the books in use and of those made from
	// the stored events; when checking, at one and the same moment.
	Before, After string
}

// ErrRebuilding says that another rebuild is at work.
var ErrRebuilding = errors.New("another rebuild is at work")

// rebuildConns is how many connections a rebuild holds at the same time.
const rebuildConns = 4

// lateEvents is how far back of the newest event stored there may be one that a
// transaction still holds: a few batches of every replay that could run at once.
const lateEvents = 10_000

// Rebuild makes the books again from the stored events, beside those in use, and
// then puts them in their place in one transaction: readers see the old books or
// the new ones. The service may run meanwhile; webhooks wait while the last
// events are taken in and the rows that differ are written. After an error the
// books in use are as they were. Parked events stay parked.
func (in *Inbox) Rebuild(ctx context.Context, o RebuildOptions) (Rebuilt, error) {
	return in.rebuild(ctx, o, func(ctx context.Context, r *rebuilding, out *Rebuilt) error {
		if err := pgx.BeginTxFunc(ctx, in.DB, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
			out.Before, err = payments.DigestWithin(ctx, tx)
			return err
		}); err != nil {
			return err
		}
		return pgx.BeginFunc(ctx, in.DB, func(tx pgx.Tx) (err error) {
			if err := r.catchUp(ctx, tx); err != nil {
				return err
			}
			if out.Swapped, err = payments.Swap(ctx, tx); err != nil {
				return err
			}
			if err := r.settle(ctx, tx); err != nil {
				return err
			}
			if err := payments.DropAside(ctx, tx); err != nil {
				return err
			}
			out.After, err = payments.DigestWithin(ctx, tx)
			return err
		})
	})
}

// CheckRebuild makes the books again, compares them with those in use and leaves
// both as they are. Merges wait only while the last events are taken in.
func (in *Inbox) CheckRebuild(ctx context.Context, o RebuildOptions) (Rebuilt, error) {
	differs := o.Differs
	if differs == nil {
		differs = func(payments.Difference) {}
	}
	return in.rebuild(ctx, o, func(ctx context.Context, r *rebuilding, out *Rebuilt) (err error) {
		out.Before, out.After, err = r.compare(ctx, differs)
		if err != nil {
			return err
		}
		return pgx.BeginFunc(ctx, in.DB, func(tx pgx.Tx) error { return payments.DropAside(ctx, tx) })
	})
}

func (in *Inbox) rebuild(ctx context.Context, o RebuildOptions, end func(context.Context, *rebuilding, *Rebuilt) error) (Rebuilt, error) {
	if n := in.DB.Config().MaxConns; n < rebuildConns {
		return Rebuilt{}, fmt.Errorf("rebuilding takes %d connections at once, the pool has %d: raise pool_max_conns in DATABASE_URL", rebuildConns, n)
	}
	// One at a time: a session holds this lock, and loses it with its connection.
	alone, err := in.DB.Acquire(ctx)
	if err != nil {
		return Rebuilt{}, fmt.Errorf("rebuilding: %w", err)
	}
	defer alone.Release()
	var got bool
	if err := alone.QueryRow(ctx, "select pg_try_advisory_lock(7236, 2)").Scan(&got); err != nil {
		return Rebuilt{}, fmt.Errorf("rebuilding: %w", err)
	}
	if !got {
		return Rebuilt{}, ErrRebuilding
	}
	defer unlock(context.WithoutCancel(ctx), alone)

	r := &rebuilding{inbox: in, opts: o}
	if err := r.make(ctx); err != nil {
		return Rebuilt{}, fmt.Errorf("rebuilding: %w", err)
	}
	out := Rebuilt{Events: r.done}
	if err := end(ctx, r, &out); err != nil {
		return Rebuilt{}, fmt.Errorf("rebuilding: %w", err)
	}
	out.Events = r.done
	return out, nil
}

func unlock(ctx context.Context, alone *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := alone.Exec(ctx, "select pg_advisory_unlock(7236, 2)"); err != nil {
		_ = alone.Conn().Close(ctx) // the lock goes with it
	}
}

// rebuilding is one rebuild on its way.
type rebuilding struct {
	inbox *Inbox
	opts  RebuildOptions
	all   int64 // events to take in, as counted at the start
	done  int64
	last  int64 // the seq up to which events are in
	// known are events that were ignored when they came and are understood now.
	known []int64
}

// make takes in all events that are stored by now.
func (r *rebuilding) make(ctx context.Context) error {
	if err := pgx.BeginFunc(ctx, r.inbox.DB, func(tx pgx.Tx) error { return payments.MakeAside(ctx, tx) }); err != nil {
		return err
	}
	if err := r.inbox.DB.QueryRow(ctx, "select count(*) from inbox_events where status <> 'parked'").Scan(&r.all); err != nil {
		return err
	}
	if err := r.takeIn(ctx, 0); err != nil {
		return err
	}
	// What came meanwhile, so that little is left for when everybody waits.
	if err := r.takeIn(ctx, r.last-lateEvents); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, r.inbox.DB, func(tx pgx.Tx) error { return payments.AnalyzeAside(ctx, tx) })
}

// catchUp holds the books within tx and takes in what is left.
func (r *rebuilding) catchUp(ctx context.Context, tx pgx.Tx) error {
	if err := payments.Hold(ctx, tx); err != nil {
		return err
	}
	return r.takeIn(ctx, r.last-lateEvents)
}

// settle notes what the books are made with now.
func (r *rebuilding) settle(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "update inbox_events set status = 'merged' where seq = any($1) and status = 'ignored'", r.known); err != nil {
		return err
	}
	return NoteMade(ctx, tx, r.inbox.Adoption)
}

// compare reads both books from snapshots taken while nobody could write.
func (r *rebuilding) compare(ctx context.Context, differs func(payments.Difference)) (before, after string, err error) {
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	held, err := r.inbox.DB.Begin(ctx)
	if err != nil {
		return "", "", err
	}
	defer held.Rollback(context.WithoutCancel(ctx))
	if err := r.catchUp(ctx, held); err != nil {
		return "", "", err
	}
	err = pgx.BeginTxFunc(ctx, r.inbox.DB, snapshot, func(inUse pgx.Tx) error {
		return pgx.BeginTxFunc(ctx, r.inbox.DB, snapshot, func(aside pgx.Tx) error {
			if err := payments.GoAside(ctx, aside); err != nil {
				return err
			}
			if _, err := inUse.Exec(ctx, "select 1"); err != nil { // takes the snapshot
				return err
			}
			if err := held.Rollback(ctx); err != nil {
				return err
			}
			before, after, err = payments.Compare(ctx, inUse, aside, differs)
			return err
		})
	})
	return before, after, err
}

// stored is an event read back.
type stored struct {
	received
	seq     int64
	ignored bool
}

// takeIn merges, aside, the events that stand after a seq. Reading and decoding
// go on while others are merged.
func (r *rebuilding) takeIn(ctx context.Context, after int64) error {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan []stored, 2)
	group.Go(func() error {
		defer close(batches)
		return r.read(ctx, after, batches)
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
		if e := &events[i]; e.seq > r.last {
			r.last = e.seq
			r.done++
			if e.ignored && e.event.Handled {
				r.known = append(r.known, e.seq)
			}
		}
	}
	if r.opts.Progress != nil {
		r.opts.Progress(r.done, max(r.all, r.done))
	}
}

func (r *rebuilding) read(ctx context.Context, after int64, to chan<- []stored) error {
	for {
		rows, err := r.inbox.DB.Query(ctx, `
			select seq, status = 'ignored', payload from inbox_events
			where seq > $1 and status <> 'parked' order by seq limit $2`, after, batchEvents)
		if err != nil {
			return err
		}
		events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e stored, err error) {
			var raw []byte
			if err := row.Scan(&e.seq, &e.ignored, &raw); err != nil {
				return e, err
			}
			e.received = r.inbox.open(raw)
			e.raw = nil
			return e, nil
		})
		if err != nil || len(events) == 0 {
			return err
		}
		after = events[len(events)-1].seq
		select {
		case to <- events:
		case <-ctx.Done():
			return ctx.Err()
		}
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
		if err := payments.GoAside(ctx, tx); err != nil {
			return err
		}
		return payments.MergeAside(ctx, tx, facts)
	})
}

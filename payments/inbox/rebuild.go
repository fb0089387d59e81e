package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

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

// Rebuild makes the books again from the stored events, beside those in use, and
// then puts them in their place in one transaction: readers see the old books or
// the new ones. The service may run meanwhile; webhooks wait while the last
// events are taken in and the rows that differ are written. After an error the
// books in use are as they were. Parked events stay parked.
func (in *Inbox) Rebuild(ctx context.Context, o RebuildOptions) (Rebuilt, error) {
	return in.rebuild(ctx, o, func(ctx context.Context, r *rebuilding, out *Rebuilt) (err error) {
		if out.Before, err = payments.Digest(ctx, in.DB); err != nil {
			return err
		}
		err = pgx.BeginFunc(ctx, in.DB, func(tx pgx.Tx) (err error) {
			if err := r.catchUp(ctx, tx); err != nil {
				return err
			}
			if err := r.alone.Ping(ctx); err != nil {
				return fmt.Errorf("the lock that keeps other rebuilds away is lost: %w", err)
			}
			if out.Swapped, err = r.aside.Swap(ctx, tx); err != nil {
				return err
			}
			if err := r.settle(ctx, tx); err != nil {
				return err
			}
			return r.aside.Drop(ctx, tx)
		})
		if err != nil {
			return err
		}
		out.After, err = payments.Digest(ctx, in.DB)
		return err
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
		return pgx.BeginFunc(ctx, in.DB, func(tx pgx.Tx) error { return r.aside.Drop(ctx, tx) })
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
	if err := alone.QueryRow(ctx, "select pg_try_advisory_lock"+payments.RebuildLock).Scan(&got); err != nil {
		return Rebuilt{}, fmt.Errorf("rebuilding: %w", err)
	}
	if !got {
		return Rebuilt{}, ErrRebuilding
	}
	defer unlock(context.WithoutCancel(ctx), alone, payments.RebuildLock)

	r := &rebuilding{inbox: in, opts: o, alone: alone}
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

func unlock(ctx context.Context, alone *pgxpool.Conn, lock string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := alone.Exec(ctx, "select pg_advisory_unlock"+lock); err != nil {
		_ = alone.Conn().Close(ctx) // the lock goes with it
	}
}

// rebuilding is one rebuild on its way.
type rebuilding struct {
	inbox *Inbox
	opts  RebuildOptions
	alone *pgxpool.Conn // holds the lock
	all   int64         // events to take in, as counted at the start
	done  int64
	aside payments.Aside
	// taken marks the events that are in, by their seq. One with a lower seq may be
	// committed after one with a higher, and a parked one may be released, so that
	// where the reading is says nothing of what is in.
	taken bitmap
	// known are events that were ignored when they came and are understood now.
	known []int64
}

// make takes in all events that are stored by now.
func (r *rebuilding) make(ctx context.Context) error {
	if err := pgx.BeginFunc(ctx, r.inbox.DB, func(tx pgx.Tx) (err error) {
		r.aside, err = payments.MakeAside(ctx, tx)
		return err
	}); err != nil {
		return err
	}
	if err := r.inbox.DB.QueryRow(ctx, "select count(*) from inbox_events where status <> 'parked'").Scan(&r.all); err != nil {
		return err
	}
	if err := r.takeIn(ctx, r.readAll); err != nil {
		return err
	}
	// What came meanwhile, so that little is left for when everybody waits.
	if err := r.takeIn(ctx, r.readRest); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, r.inbox.DB, func(tx pgx.Tx) error { return r.aside.Analyze(ctx, tx) })
}

// catchUp holds the books within tx, takes in what is left, and forgets whoever
// was erased meanwhile.
func (r *rebuilding) catchUp(ctx context.Context, tx pgx.Tx) error {
	if err := payments.Hold(ctx, tx); err != nil {
		return err
	}
	if err := r.takeIn(ctx, r.readRest); err != nil {
		return err
	}
	return r.inbox.transaction(ctx, func(aside pgx.Tx) error {
		if err := r.aside.Go(ctx, aside); err != nil {
			return err
		}
		return r.aside.Forget(ctx, aside)
	})
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
			if err := r.aside.Go(ctx, aside); err != nil {
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

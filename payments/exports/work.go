package exports

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/report"
)

const (
	// beatEvery is how often whoever carries a run out says so, stores how far it is,
	// and learns whether it is to end.
	beatEvery = time.Second
	// lostAfter is when a run of which nothing was heard is somebody else's to carry
	// out. Who cannot say so for longer than silentFor gives up before that.
	lostAfter = time.Minute
	silentFor = 40 * time.Second
	// endWithin bounds the writing down of what became of a run, while the service stops
	// or the database comes back.
	endWithin = 15 * time.Second
)

var (
	errCancelled = errors.New("somebody cancelled it")
	errLost      = errors.New("another copy of the service carries it out by now")
	errSilent    = errors.New("the database did not answer for too long")
)

// Work carries out the run that waits for the longest, to its end; it does nothing
// where none waits. What becomes of the run stands in its row. The error is that of a
// row that could not be read or written: Mind puts the run right. Where ctx ends, the
// run is put back, and that counts for no try.
func (r *Runs) Work(ctx context.Context) error {
	run, erased, found, err := r.claim(ctx)
	if err != nil || !found {
		return err
	}
	j := &job{runs: r, run: run}
	why := j.carryOut(ctx)
	ended := j.settle(ctx, why, erased)
	if ended != nil {
		j.discard()
	}
	return ended
}

// claim takes the oldest run that waits, so that no other copy does. erased is how many
// erasures there were before its snapshot.
func (r *Runs) claim(ctx context.Context) (run Run, erased int64, found bool, err error) {
	err = pgx.BeginFunc(ctx, r.DB, func(tx pgx.Tx) error {
		waiting, err := many(ctx, tx, `r.state = 'waiting' order by r.ordered_at, r.run_id limit 1 for update of r skip locked`)
		if err != nil || len(waiting) == 0 {
			return err
		}
		if run = waiting[0]; run.CancelledBy != "" { // while it was put back
			return r.end(ctx, tx, run.ID, Cancelled, `failure = ''`)
		}
		if erased, err = erasures(ctx, tx); err != nil {
			return err
		}
		found, run.Attempt = true, run.Attempt+1
		_, err = tx.Exec(ctx, `update export_runs set state = 'running', attempt = $2, begun_at = $3, beat_at = clock_timestamp(), rows = 0
			where run_id = $1`, run.ID, run.Attempt, r.Now())
		return err
	})
	if err != nil {
		return run, 0, false, fmt.Errorf("looking for an export that waits: %w", err)
	}
	return run, erased, found, nil
}

// erasures is how many people, and things of theirs, the books know to be erased.
func erasures(ctx context.Context, db querier) (n int64, err error) {
	rows, err := db.Query(ctx, `select (select count(*) from erasures) + (select count(*) from erased_objects)`)
	if err != nil {
		return 0, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
}

// job is a run that is being carried out.
type job struct {
	runs     *Runs
	run      Run
	rows     atomic.Int64
	file     *part // nil before it was made, and once it is gone
	manifest report.Manifest
	name     string // what people call the file, once it is written
	sum      string // its SHA-256, in hexadecimal
}

// carryOut writes the file, up to its name. The error is why there is none.
func (j *job) carryOut(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	silent := make(chan struct{})
	go func() {
		defer close(silent)
		j.beat(ctx, stop)
	}()
	defer func() { stop(nil); <-silent }()
	err := j.write(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause // what it failed by is only how it ended
	}
	return err
}

func (j *job) write(ctx context.Context) (err error) {
	if j.file, err = j.runs.create(ctx, j.run); err != nil {
		return err
	}
	if books, ok := ReadFormat(j.run.Format); ok {
		err = j.writeBooks(ctx, books)
	} else {
		err = j.writeReport(ctx)
	}
	if err != nil {
		return err
	}
	j.rows.Store(j.manifest.Rows)
	return j.file.finish()
}

// writeReport writes a report in one of the formats that all have.
func (j *job) writeReport(ctx context.Context) (err error) {
	e := report.Export{Report: j.run.Report, Query: j.run.Query, Format: j.run.Format, Progress: j.rows.Store, Months: j.runs.Months}
	if needsRoom(j.run.Format) {
		dir, leave, err := j.room()
		if err != nil {
			return err
		}
		defer leave()
		e.TempDir = dir
	}
	j.manifest, err = e.Write(ctx, j.runs.DB, j.file)
	j.name, j.sum = FileName(j.run.Order), j.manifest.SHA256
	return err
}

// beat says that the run is being carried out, and stops it where it is not to be.
func (j *job) beat(ctx context.Context, stop context.CancelCauseFunc) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	heard := j.runs.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		within, cancel := context.WithTimeout(ctx, silentFor/4)
		var cancelledBy string
		err := j.runs.DB.QueryRow(within, `update export_runs set rows = $3, beat_at = clock_timestamp()
			where run_id = $1 and attempt = $2 and state = 'running' returning cancelled_by`,
			j.run.ID, j.run.Attempt, j.rows.Load()).Scan(&cancelledBy)
		cancel()
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			stop(errLost)
		case err != nil && j.runs.Now().Sub(heard) > silentFor:
			stop(errSilent)
		case err != nil:
		case cancelledBy != "":
			stop(errCancelled)
		default:
			heard = j.runs.Now()
		}
	}
}

// settle writes down what became of the run. It tries for a while where the database
// does not answer, and also where ctx has ended.
func (j *job) settle(ctx context.Context, why error, erased int64) error {
	stopped := ctx.Err() != nil && errors.Is(why, context.Canceled)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	if why != nil {
		j.discard()
	}
	var err error
	var became State
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		err = pgx.BeginFunc(ctx, j.runs.DB, func(tx pgx.Tx) error {
			mine, err := one(ctx, tx, `r.run_id = $1 and r.attempt = $2 and r.state = 'running' for update of r`, j.run.ID, j.run.Attempt)
			switch {
			case payments.CodeOf(err) == payments.NotFound:
				return errLost
			case err != nil:
				return err
			}
			became, err = j.become(ctx, tx, mine, why, stopped, erased)
			return err
		})
		if err == nil || errors.Is(err, errLost) {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("writing down what became of the export %s: %w", j.run.ID, err)
		case <-time.After(wait):
		}
	}
	if err != nil {
		j.runs.Log.Warn("an export was carried out too slowly, and put back meanwhile", "export", j.run.ID)
	}
	if err != nil || became != Done {
		j.discard()
	}
	return nil
}

// become is the transaction that settle makes; it holds the run's row.
func (j *job) become(ctx context.Context, tx pgx.Tx, now Run, why error, stopped bool, erased int64) (State, error) {
	r := j.runs
	switch {
	case now.CancelledBy != "": // maybe in its last second
		return Cancelled, r.end(ctx, tx, now.ID, Cancelled, `failure = ''`)
	case why == nil:
		return Done, j.done(ctx, tx, erased)
	case stopped:
		return Waiting, r.putBack(ctx, tx, now.ID, "The service was stopped meanwhile; it goes on by itself.", 0)
	}
	r.Log.Error("an export was not written", "export", now.ID, "report", now.Report, "attempt", now.Attempt, "error", why)
	words, again := reason(why)
	return "", r.setBack(ctx, tx, now, words, again)
}

// setBack tries a run again that came to nothing, or ends it where that is no use.
func (r *Runs) setBack(ctx context.Context, tx pgx.Tx, run Run, words string, again bool) error {
	var setbacks int
	if err := tx.QueryRow(ctx, `select setbacks + 1 from export_runs where run_id = $1`, run.ID).Scan(&setbacks); err != nil {
		return err
	}
	if again && setbacks < Tries {
		return r.putBack(ctx, tx, run.ID, words+" It is tried again.", 1)
	}
	if again {
		words += fmt.Sprintf(" It was tried %d times.", setbacks)
	}
	return r.end(ctx, tx, run.ID, Failed, `failure = $4, setbacks = $5`, words, setbacks)
}

// putBack lets a run wait again, and wakes somebody for it.
func (r *Runs) putBack(ctx context.Context, tx pgx.Tx, id, words string, setbacks int) error {
	if _, err := tx.Exec(ctx, `update export_runs set state = 'waiting', failure = $2, setbacks = setbacks + $3, woken_at = clock_timestamp(), rows = 0
		where run_id = $1`, id, words, setbacks); err != nil {
		return err
	}
	return r.Queue.Wake(ctx, tx, id)
}

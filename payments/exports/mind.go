package exports

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
)

// wakeAgain is after what time somebody is woken again for a run that waits: the job of
// before may have died with its copy of the service.
const wakeAgain = time.Minute

// Mind puts back what a copy of the service that died was carrying out, and wakes
// somebody for runs that wait for long. Call it several times a minute.
func (r *Runs) Mind(ctx context.Context) error {
	rows, err := r.DB.Query(ctx, `select run_id from export_runs where state = 'running' and beat_at < clock_timestamp() - $1::interval order by run_id`, lostAfter)
	if err != nil {
		return fmt.Errorf("looking after exports: %w", err)
	}
	lost, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, id := range lost {
		err = errors.Join(err, r.rescue(ctx, id)) // each by itself: one that cannot be ended keeps none of the others
	}
	err = errors.Join(err, pgx.BeginFunc(ctx, r.DB, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `update export_runs set woken_at = clock_timestamp() where run_id in (select run_id from export_runs
			where state = 'waiting' and woken_at < clock_timestamp() - $1::interval for update skip locked) returning run_id`, wakeAgain)
		if err != nil {
			return err
		}
		waiting, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, id := range waiting {
			err = errors.Join(err, r.Queue.Wake(ctx, tx, id))
		}
		return err
	}))
	if err != nil {
		return fmt.Errorf("looking after exports: %w", err)
	}
	return nil
}

// rescue puts one run back of which nothing is heard, or ends it.
func (r *Runs) rescue(ctx context.Context, id string) error {
	return pgx.BeginFunc(ctx, r.DB, func(tx pgx.Tx) error {
		lost, err := many(ctx, tx, `r.run_id = $2 and r.state = 'running' and r.beat_at < clock_timestamp() - $1::interval for update of r skip locked`, lostAfter, id)
		if err != nil || len(lost) == 0 {
			return err
		}
		if lost[0].CancelledBy != "" {
			return r.end(ctx, tx, id, Cancelled, `failure = ''`)
		}
		r.Log.Warn("nothing is heard of an export: it is tried again, or has failed", "export", id, "attempt", lost[0].Attempt)
		return r.setBack(ctx, tx, lost[0], "The copy of the service that was at it has stopped.", true)
	})
}

// straysAfter is how long a file that belongs to no run may be being written.
const straysAfter = 10 * time.Minute

// Sweep removes files whose time is over, those that may name somebody who was erased
// since, and what copies of the service that died left behind. Call it every minute.
func (r *Runs) Sweep(ctx context.Context) error {
	if err := r.expire(ctx); err != nil {
		return fmt.Errorf("removing exports: %w", err)
	}
	names, err := os.ReadDir(r.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was ever written; doctor tells of a folder that is missing
	}
	if err != nil {
		return fmt.Errorf("removing exports: %w", err)
	}
	var failed error
	for _, entry := range names {
		own, ok := ownedBy(entry)
		if !ok {
			continue
		}
		kept, err := r.keeps(ctx, own)
		if err == nil && !kept {
			err = os.RemoveAll(filepath.Join(r.Dir, entry.Name()))
		}
		if err != nil {
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil {
		return fmt.Errorf("removing exports: %w", failed)
	}
	return nil
}

// expire notes which files are to go. They are given to nobody from then on.
func (r *Runs) expire(ctx context.Context) error {
	now := r.Now()
	_, err := r.DB.Exec(ctx, `update export_runs set removed_at = $1, removed = case when ended_at < $2 then 'expired' else 'erased' end
		where state = 'done' and removed = '' and (ended_at < $2 or report = any($3)
			and erased < (select count(*) from erasures) + (select count(*) from erased_objects))`, now, now.Add(-KeepFor), personal())
	return err
}

// ownFile is what a run's file is called, whole or not, and the folder of what is not
// the file yet.
func ownFile() *regexp.Regexp {
	return regexp.MustCompile(`^\.?((exp_[a-z2-7]{26})\.[0-9]+\.[a-z]+)(\.part|\.tmp)?$`)
}

// keeps tells whether something in the folder is still somebody's.
func (r *Runs) keeps(ctx context.Context, own owned) (bool, error) {
	found, err := many(ctx, r.DB, `r.run_id = $1`, own.run)
	if err != nil {
		return true, err
	}
	if len(found) == 0 { // of another database, or from before a backup was brought back
		return r.Now().Sub(own.changed) < KeepFor, nil
	}
	run := found[0]
	switch {
	case run.State == Running && storedName(run) == own.stored:
		return true, nil
	case own.room: // no other try reads it, and who is slow comes to nothing anyway
		return false, nil
	case run.State == Done && run.Stored == own.stored:
		return run.Removed == Kept, nil
	}
	return r.Now().Sub(own.changed) < straysAfter, nil
}

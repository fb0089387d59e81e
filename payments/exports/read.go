package exports

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/readerfund/readerfund/payments"
)

// Open gives the file of a run that is done, to be closed by the caller. Errors:
// *payments.Error of code NotFound; Gone where the file was removed, or is not in the
// folder; Busy where the run has not ended; Invalid where no file came of it.
func (r *Runs) Open(ctx context.Context, id string) (Run, *os.File, error) {
	if err := r.expire(ctx); err != nil { // so that nothing erased is given out until the next Sweep
		return Run{}, nil, unavailable("looking for an export", err)
	}
	run, err := r.Get(ctx, id)
	switch {
	case err != nil:
		return run, nil, err
	case !run.State.Ended():
		return run, nil, &payments.Error{Code: payments.Busy, Sentence: "This export is not ready yet."}
	case run.State != Done:
		return run, nil, &payments.Error{Code: payments.Invalid, Sentence: "No file came of this export."}
	case run.Removed == Erased:
		return run, nil, gone("This file was removed, because somebody's data were erased after it was written. Order it again: it then no longer names them.", nil)
	case run.Removed == Expired:
		return run, nil, gone(fmt.Sprintf("This file was removed after %d days. Order it again.", int(KeepFor/(24*time.Hour))), nil)
	}
	f, err := os.Open(filepath.Join(r.Dir, run.Stored))
	if errors.Is(err, fs.ErrNotExist) {
		return run, nil, gone("The file is not in the folder of exports. Several copies of the service have to share that folder (EXPORT_DIR).", err)
	}
	if err != nil {
		return run, nil, &payments.Error{Code: payments.Unavailable, Sentence: "The file cannot be read at the moment: the service's log says why.", Err: err}
	}
	return run, f, nil
}

func gone(sentence string, err error) error {
	return &payments.Error{Code: payments.Gone, Sentence: sentence, Err: err}
}

// Standing is what a person who looks after exports wants to know.
type Standing struct {
	Waiting, Running int64
	WaitingSince     time.Time // when the one that waits for the longest was ordered; zero where none does
	SilentSince      time.Time // of those that are carried out, when the most silent was last heard of
	Failed           int64     // of the last day
}

// Standing reads it.
func (r *Runs) Standing(ctx context.Context) (Standing, error) {
	var s Standing
	var since, silent *time.Time
	err := r.DB.QueryRow(ctx, `
		select count(*) filter (where state = 'waiting'), count(*) filter (where state = 'running'),
			min(ordered_at) filter (where state = 'waiting'), min(beat_at) filter (where state = 'running'),
			(select count(*) from export_runs where state = 'failed' and ended_at > $1 and ordered_at > $2)
		from export_runs where state in ('waiting', 'running')`, r.Now().Add(-24*time.Hour), r.Now().Add(-48*time.Hour)).
		Scan(&s.Waiting, &s.Running, &since, &silent, &s.Failed)
	if err != nil {
		return s, unavailable("looking at exports", err)
	}
	if since != nil {
		s.WaitingSince = *since
	}
	if silent != nil {
		s.SilentSince = *silent
	}
	return s, nil
}

package exports_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports"
)

// A run that waits is cancelled at once, one that runs within two seconds; neither
// leaves a file, and who cancelled it stands there.
func TestCancelling(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	waits := h.ordered(october())
	if err := h.Cancel(t.Context(), waits, "staff_ada"); err != nil {
		t.Fatal(err)
	}
	if r := h.is(waits, exports.Cancelled); r.CancelledBy != "staff_ada" || r.EndedAt.IsZero() {
		t.Errorf("%+v", r)
	}
	h.works() // nothing is left to do
	release := h.held()
	defer release()
	runs := h.ordered(october())
	done := h.begun(t.Context(), runs)
	asked := time.Now()
	if err := errors.Join(h.Cancel(t.Context(), runs, "staff_ada"), h.Cancel(t.Context(), runs, "staff_bob")); err != nil {
		t.Fatal(err)
	}
	h.returned(done)
	if took := time.Since(asked); took > 10*time.Second { // a second or two, on a machine that has time
		t.Errorf("it took %v", took)
	}
	if r := h.is(runs, exports.Cancelled); r.CancelledBy != "staff_ada" || len(h.files()) != 0 || len(h.ended) != 2 {
		t.Errorf("%+v %v", r, h.files())
	}
	if err := h.Cancel(t.Context(), runs, "staff_ada"); payments.CodeOf(err) != payments.Gone {
		t.Error(err)
	}
	if err := h.Cancel(t.Context(), "exp_none", "staff_ada"); payments.CodeOf(err) != payments.NotFound {
		t.Error(err)
	}
	if _, _, err := h.Open(t.Context(), runs); payments.CodeOf(err) != payments.Invalid {
		t.Error(err)
	}
}

// A copy of the service that is killed in the middle leaves a run that another one
// carries out, and no short file under any name that is given out.
func TestAKilledCopy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	release := h.held()
	defer release()
	id := h.ordered(october())
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), copyOf+"="+h.DB.Config().ConnString(), copyInto+"="+h.Dir)
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h.until("the other copy begins", func() bool { return h.run(id).State == exports.Running && len(h.files()) == 1 })
	beat := h.run(id).BeatAt
	h.until("the other copy is heard of again", func() bool { return h.run(id).BeatAt.After(beat) })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("it ended well")
	}
	release()
	h.works() // the run is not anybody's to take yet
	if err := h.Mind(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.is(id, exports.Running)
	h.exec(`update export_runs set beat_at = beat_at - interval '2 minutes'`)
	if err := h.Mind(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := h.is(id, exports.Waiting); !strings.Contains(r.Failure, "has stopped. It is tried again.") || h.bell.rung.Load() != 2 {
		t.Errorf("%+v, woken %d", r, h.bell.rung.Load())
	}
	h.works()
	if r := h.is(id, exports.Done); r.Attempt != 2 || r.Failure != "" || r.Rows != 2500 {
		t.Errorf("%+v", r)
	}
	if err := h.Sweep(t.Context()); err != nil || len(h.files()) != 2 {
		t.Errorf("what may still be being written is there: %v %v", h.files(), err)
	}
	for _, name := range h.files() {
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(h.Dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Sweep(t.Context()); err != nil || len(h.files()) != 1 || h.files()[0] != h.run(id).Stored {
		t.Errorf("%v %v", h.files(), err)
	}
}

// A run that nobody can carry out fails after three tries, and says so.
func TestARunThatKillsItsCopies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.ordered(october())
	for range exports.Tries {
		h.exec(`update export_runs set state = 'running', attempt = attempt + 1, begun_at = now(), beat_at = now() - interval '2 minutes'`)
		if err := h.Mind(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if r := h.is(id, exports.Failed); !strings.Contains(r.Failure, "has stopped. It was tried 3 times.") || len(h.ended) != 1 {
		t.Errorf("%+v", r)
	}
	if s, err := h.Standing(t.Context()); err != nil || s.Failed != 1 || s.Waiting != 0 {
		t.Errorf("%+v %v", s, err)
	}
}

// A copy that was silent for too long, and finds its run done by another, writes over
// nothing.
func TestASlowCopyWritesOverNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	release := h.held()
	id := h.ordered(october())
	done := h.begun(t.Context(), id)
	// While its beats meet a row that somebody holds, it is taken for lost.
	h.exec(`update export_runs set state = 'waiting', attempt = attempt + 1 where run_id = $1`, id)
	h.returned(done)
	if len(h.files()) != 0 {
		t.Error(h.files())
	}
	release()
	h.works()
	if r := h.is(id, exports.Done); r.Attempt != 3 || len(h.files()) != 1 || len(h.ended) != 1 {
		t.Errorf("%+v %v", r, h.files())
	}
}

// A service that is stopped puts its run back, and that is no try.
func TestAServiceThatStops(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	release := h.held()
	defer release()
	id := h.ordered(october())
	for range exports.Tries + 1 {
		ctx, stop := context.WithCancel(t.Context())
		done := h.begun(ctx, id)
		stop()
		h.returned(done)
		h.is(id, exports.Waiting)
	}
	if len(h.files()) != 0 || h.bell.rung.Load() != exports.Tries+2 {
		t.Errorf("%v, woken %d", h.files(), h.bell.rung.Load())
	}
	release()
	h.works()
	h.is(id, exports.Done)
}

// A database that is restarted costs a try, and no run.
func TestAConnectionThatBreaks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	release := h.held()
	defer release()
	id := h.ordered(october())
	done := h.begun(t.Context(), id)
	h.until("its connection is ended", func() bool {
		var ended int
		if err := h.DB.QueryRow(t.Context(), `select count(pg_terminate_backend(pid)) from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock'`).Scan(&ended); err != nil {
			t.Fatal(err)
		}
		return ended > 0
	})
	h.returned(done)
	if r := h.is(id, exports.Waiting); !strings.HasSuffix(r.Failure, "It is tried again.") || len(h.files()) != 0 {
		t.Errorf("%+v", r)
	}
	release()
	h.works()
	h.is(id, exports.Done)
}

// A disk that is full, and a folder that is none, end a run in words for staff.
func TestAFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.ordered(october())
	if err := os.Mkdir(h.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(h.Dir, "."+id+".1.csv.part")); err != nil {
		t.Fatal(err)
	}
	h.works()
	if r := h.is(id, exports.Failed); !strings.Contains(r.Failure, "no room left on the disk") || strings.Contains(r.Failure, h.Dir) || len(h.files()) != 0 {
		t.Errorf("%+v %v", r, h.files())
	}
	good := h.Dir
	h.Dir = filepath.Join(t.TempDir(), "file", "exports")
	if err := os.WriteFile(filepath.Dir(h.Dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := exports.Writable(h.Dir); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Error(err)
	}
	id = h.ordered(october())
	h.works()
	if r := h.is(id, exports.Failed); !strings.Contains(r.Failure, "EXPORT_DIR; readerfund doctor") {
		t.Errorf("%+v", r)
	}
	h.Dir = good
	if err := errors.Join(exports.Writable(good), exports.Writable(filepath.Join(good, "not", "there", "yet"))); err != nil || len(h.files()) != 0 {
		t.Error(err, h.files())
	}
}

// Two copies share the work: each run is carried out once.
func TestTwoCopies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	pool, err := pgxpool.NewWithConfig(t.Context(), h.DB.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	other := *h.Runs
	other.DB = pool
	const runs = 12
	for range runs {
		h.ordered(october())
	}
	var group sync.WaitGroup
	for _, copies := range []*exports.Runs{h.Runs, &other} {
		group.Go(func() {
			for range runs { // each could do all of them
				if err := copies.Work(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	p, err := h.List(t.Context(), exports.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Runs {
		if r.State != exports.Done || r.Attempt != 1 {
			t.Errorf("%+v", r)
		}
	}
	if len(p.Runs) != runs || len(h.ended) != runs || len(h.files()) != runs {
		t.Errorf("%d runs, %d told, %d files", len(p.Runs), len(h.ended), len(h.files()))
	}
}

// Files go after thirty days; the run and its manifest stay. What is not a run's file is
// left alone.
func TestFilesGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.ordered(october())
	h.works()
	own := filepath.Join(h.Dir, "exp_of_mine.csv")
	if err := os.WriteFile(own, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h.later.Store(int64(exports.KeepFor - time.Minute))
	if err := h.Sweep(t.Context()); err != nil || len(h.files()) != 2 {
		t.Errorf("%v %v", h.files(), err)
	}
	h.later.Store(int64(exports.KeepFor + time.Minute))
	if err := h.Sweep(t.Context()); err != nil || len(h.files()) != 1 {
		t.Errorf("%v %v", h.files(), err)
	}
	if r := h.is(id, exports.Done); r.Removed != exports.Expired || r.Manifest == "" || r.SHA256 == "" {
		t.Errorf("%+v", r)
	}
	if _, _, err := h.Open(t.Context(), id); payments.CodeOf(err) != payments.Gone || !strings.Contains(err.Error(), "after 30 days") {
		t.Error(err)
	}
}

// A file that was written before somebody was erased is given to nobody any more; one
// that is ordered again is.
func TestAnErasureRemovesWhatMayNameThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.ordered(october())
	h.works()
	h.exec(`insert into erasures (address, until, erased_at) values (sha256('a'), 0, now())`)
	after := h.ordered(october())
	h.works()
	if err := h.Sweep(t.Context()); err != nil || len(h.files()) != 1 || h.files()[0] != h.run(after).Stored {
		t.Errorf("%v %v", h.files(), err)
	}
	if r := h.is(before, exports.Done); r.Removed != exports.Erased {
		t.Errorf("%+v", r)
	}
	if _, _, err := h.Open(t.Context(), before); payments.CodeOf(err) != payments.Gone || !strings.Contains(err.Error(), "removed, because somebody") {
		t.Error(err)
	}
}

// A run that waits for long has somebody woken for it, once a minute.
func TestRunsThatNobodyTakes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ordered(october())
	h.exec(`update export_runs set woken_at = woken_at - interval '61 seconds'`)
	if err := errors.Join(h.Mind(t.Context()), h.Mind(t.Context())); err != nil || h.bell.rung.Load() != 2 {
		t.Errorf("woken %d, %v", h.bell.rung.Load(), err)
	}
}

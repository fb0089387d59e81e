package saved_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/exports/saved"
)

func TestAScheduleOrdersEachPeriodOnce(t *testing.T) {
	h := newHouse(t, "2026-10-15T12:00:00Z")
	e := h.save(h.monthly())
	if at := e.Next.At.Format(time.RFC3339); at != "2026-11-01T06:00:00+01:00" {
		t.Fatalf("the next turn is at %s", at)
	}
	h.order(0)
	h.at("2026-11-01T05:00:00Z")
	h.order(1)
	h.order(0)
	h.work(1)
	turn := h.last(e.ID)
	run, err := h.runs.Get(t.Context(), turn.Run)
	if err != nil || turn.State != saved.Done || run.State != exports.Done {
		t.Fatalf("%+v, %v", turn, err)
	}
	if from, to := run.Query.From.Format(time.RFC3339), run.Query.To.Format(time.RFC3339); from != "2026-10-01T00:00:00+02:00" || to != "2026-11-01T00:00:00+01:00" {
		t.Errorf("the period is %s to %s", from, to)
	}
	if run.Name != "donations-2026-10.csv" || run.Title != "Month end" || run.Saved != e.ID || run.By != saved.BySchedule {
		t.Errorf("%+v", run)
	}
	if e, err = h.book.Get(t.Context(), e.ID); err != nil || e.Next.At.Format(time.RFC3339) != "2026-12-01T06:00:00+01:00" {
		t.Errorf("the next turn is at %s, %v", e.Next.At, err)
	}
	if n := len(h.noted); n != 2 || h.noted[1].Who != saved.BySchedule || h.noted[1].Action != "order an export" || h.noted[1].Object != run.ID {
		t.Errorf("written down: %+v", h.noted)
	}
}

// Replicas that look at the same moment order one run together.
func TestReplicasOrderOnce(t *testing.T) {
	h := newHouse(t, "2026-11-20T12:00:00Z")
	daily := h.monthly()
	daily.Schedule = saved.Schedule{Every: saved.Daily, Minute: 60}
	daily.Span = saved.Yesterday
	for _, name := range []string{"one", "two", "three"} {
		daily.Name = name
		h.save(daily)
	}
	h.at("2026-11-23T12:00:00Z")
	var all sync.WaitGroup
	var mu sync.Mutex
	ordered := 0
	for range 6 {
		all.Go(func() {
			n, err := h.book.OrderDue(t.Context())
			mu.Lock()
			defer mu.Unlock()
			if ordered += n; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var runs, periods int
	if err := h.db.QueryRow(t.Context(), `select count(*), count(distinct (saved, begins)) from export_runs`).Scan(&runs, &periods); err != nil {
		t.Fatal(err)
	}
	if ordered != 9 || runs != 9 || periods != 9 {
		t.Errorf("%d were ordered, there are %d runs of %d periods; want 9", ordered, runs, periods)
	}
}

// failing is a queue of runs that breaks at first, as where the service dies before it
// has committed.
type failing struct {
	saved.Orderer
	left int
}

var errDied = errors.New("the service died")

func (f *failing) Order(ctx context.Context, tx pgx.Tx, o exports.Order) (string, error) {
	id, err := f.Orderer.Order(ctx, tx, o)
	if f.left--; f.left >= 0 {
		return "", errDied
	}
	return id, err
}

// A crash in the midst of ordering leaves nothing behind, and the next look orders all.
func TestACrashWhileOrdering(t *testing.T) {
	h := newHouse(t, "2026-10-15T12:00:00Z")
	e := h.save(h.monthly())
	other := h.monthly()
	other.Name = "Another"
	h.save(other)
	h.at("2026-11-01T05:00:00Z")
	h.book.Runs = &failing{h.runs, 1}
	if n, err := h.book.OrderDue(t.Context()); n != 1 || !errors.Is(err, errDied) {
		t.Fatalf("%d were ordered, %v: one that fails keeps none of the others", n, err)
	}
	h.order(1)
	h.order(0)
	if n := len(h.turns(e.ID)); n != 1 {
		t.Errorf("%d turns", n)
	}
}

// While the service was down turns were missed: the latest are caught up, each with the
// period that was due then.
func TestCatchingUp(t *testing.T) {
	h := newHouse(t, "2026-10-01T12:00:00Z")
	daily := h.monthly()
	daily.Schedule, daily.Span, daily.Zone = saved.Schedule{Every: saved.Daily, Minute: 60}, saved.Yesterday, time.UTC
	e := h.save(daily)
	h.at("2026-10-04T00:30:00Z") // 2 and 3 October were missed, 4 October is not due yet
	h.order(2)
	h.at("2026-10-20T12:00:00Z") // 4 to 20 October
	h.order(saved.CaughtUp)
	h.order(0)
	var days []string
	passed := 0
	for _, turn := range h.turns(e.ID) {
		run, err := h.runs.Get(t.Context(), turn.Run)
		if err != nil {
			t.Fatal(err)
		}
		days = append(days, run.Query.From.Format(time.DateOnly))
		passed += turn.Passed
	}
	if got := strings.Join(days, " "); got != "2026-10-19 2026-10-18 2026-10-17 2026-10-16 2026-10-15 2026-10-14 2026-10-13 2026-10-02 2026-10-01" || passed != 10 {
		t.Errorf("caught up: %s; %d passed over", got, passed)
	}
}

// A run that fails is ordered again after a while, a few times; then the turn has
// failed, and says why.
func TestARunThatFailsIsTriedAgain(t *testing.T) {
	h := newHouse(t, "2026-10-15T12:00:00Z")
	e := h.save(h.monthly())
	h.at("2026-11-01T05:00:00Z")
	h.order(1)
	for try := 1; try <= saved.Tries; try++ {
		h.fail(h.last(e.ID).Run, "There is no room left.")
		turn := h.last(e.ID)
		if turn.Why != "There is no room left." || turn.Tries != try {
			t.Fatalf("%+v", turn)
		}
		s, err := h.book.Stand(t.Context())
		if err != nil || len(s.Amiss) != 1 || s.Amiss[0] != (saved.Amiss{Name: "Month end", Why: turn.Why}) {
			t.Fatalf("%+v, %v", s, err)
		}
		if try == saved.Tries {
			break
		}
		h.order(0)
		h.later(turn.AgainAt.Sub(h.now))
		h.order(1)
		h.order(0)
	}
	if turn := h.last(e.ID); turn.State != saved.Failed || len(h.turns(e.ID)) != 1 {
		t.Errorf("%+v", turn)
	}
	h.later(7 * 24 * time.Hour)
	h.order(0)
	// The next one ends well: nothing is amiss any more.
	h.at("2026-12-01T05:00:00Z")
	h.order(1)
	h.work(1)
	if s, err := h.book.Stand(t.Context()); err != nil || len(s.Amiss) > 0 || s.Turns[saved.Failed] != 1 || s.Turns[saved.Done] != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// fail ends a run as one that nobody could write.
func (h *house) fail(run, why string) {
	h.Helper()
	err := pgx.BeginFunc(h.Context(), h.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(h.Context(), `update export_runs set state = 'failed', ended_at = now(), failure = $2 where run_id = $1`, run, why); err != nil {
			return err
		}
		r, err := h.runs.Get(h.Context(), run)
		if err != nil {
			return err
		}
		r.State, r.Failure = exports.Failed, why
		return h.book.Ended(h.Context(), tx, r)
	})
	if err != nil {
		h.Fatal(err)
	}
}

func TestWhatSomebodyCancelledIsNotTriedAgain(t *testing.T) {
	h := newHouse(t, "2026-10-15T12:00:00Z")
	e := h.save(h.monthly())
	run, err := h.book.RunNow(t.Context(), saved.By{Who: "staff_s", Address: "192.0.2.1"}, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.runs.Cancel(t.Context(), run, "staff_s"); err != nil {
		t.Fatal(err)
	}
	h.later(24 * time.Hour)
	h.order(0)
	if turn := h.last(e.ID); turn.State != saved.Cancelled || turn.Run != run || turn.OrderedBy != "staff_s" {
		t.Errorf("%+v", turn)
	}
}

// By hand an export runs as of today, beside its schedule.
func TestRunNow(t *testing.T) {
	h := newHouse(t, "2026-11-23T23:30:00Z") // it is 24 November in Berlin
	soFar := h.monthly()
	soFar.Span, soFar.Schedule = saved.YearSoFar, saved.Schedule{}
	e := h.save(soFar)
	h.later(366 * 24 * time.Hour)
	h.order(0) // it has no schedule
	h.at("2026-11-23T23:30:00Z")
	id, err := h.book.RunNow(t.Context(), saved.By{Who: "staff_s", Address: "192.0.2.1"}, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if run, err := h.runs.Get(t.Context(), id); err != nil || run.Query.From.Format(time.DateOnly) != "2026-01-01" || run.Query.To.Format(time.DateOnly) != "2026-11-24" {
		t.Errorf("%+v, %v", run, err)
	}
	// Pressed twice, it is one run; once that has ended, it is another.
	twice, err := h.book.RunNow(t.Context(), saved.By{Who: "staff_s"}, e.ID)
	if err != nil || twice != id || len(h.turns(e.ID)) != 1 {
		t.Errorf("pressed twice: %s and %s, %v", id, twice, err)
	}
	h.work(1)
	if third, err := h.book.RunNow(t.Context(), saved.By{Who: "staff_s", Address: "192.0.2.1"}, e.ID); err != nil || third == id {
		t.Errorf("pressed again: %s, %v", third, err)
	} else {
		id = third
	}
	if last := h.noted[len(h.noted)-1]; last.Who != "staff_s" || last.Address != "192.0.2.1" || last.Object != id || !strings.Contains(last.Detail, e.ID) {
		t.Errorf("written down: %+v", last)
	}
	if _, err := h.book.RunNow(t.Context(), saved.By{Who: "staff_s"}, "sav_nobody"); payments.CodeOf(err) != payments.NotFound {
		t.Errorf("one that there is not: %v", err)
	}
}

// A schedule that is changed by a copy of the service whose clock is behind goes on.
func TestAClockThatIsBehind(t *testing.T) {
	h := newHouse(t, "2026-11-30T12:00:00Z")
	e := h.save(h.monthly())
	h.at("2026-12-01T05:00:01Z")
	h.order(1)
	h.at("2026-12-01T04:59:59Z")
	e.Schedule.Every = saved.Daily
	if err := h.book.Change(t.Context(), saved.By{Who: "staff_s"}, e); err != nil {
		t.Fatal(err)
	}
	h.at("2026-12-01T05:00:02Z")
	h.order(0)
	h.at("2026-12-02T05:00:02Z")
	h.order(1)
}

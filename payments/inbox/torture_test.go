package inbox_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// tortureVariable asks for more: READERFUND_TORTURE=histories,shuffles[,first].
const tortureVariable = "READERFUND_TORTURE"

// torture is how much is tried.
type torture struct {
	histories, shuffles int
	first               uint64 // the seed of the first history
}

func tortureAsked(t *testing.T) (asked torture, large bool) {
	t.Helper()
	asked = torture{histories: 4, shuffles: 4, first: 1}
	value := os.Getenv(tortureVariable)
	if value == "" {
		return asked, false
	}
	if n, err := fmt.Sscanf(value, "%d,%d,%d", &asked.histories, &asked.shuffles, &asked.first); n < 2 {
		t.Fatalf("%s=%q: send histories,shuffles or histories,shuffles,first, such as 200,20: %v", tortureVariable, value, err)
	}
	return asked, true
}

// olderAndNewer are the versions that a history is told in, beside the base: each
// has a shape of its own.
func olderAndNewer() []string {
	return []string{
		"2020-03-02", "2020-08-27", "2022-08-01", "2022-11-15", "2024-04-10", "2024-10-28.acacia",
		"2025-03-31.basil", "2025-09-30.clover", "2026-03-25.dahlia", "2026-09-30.endive",
	}
}

// tortured is a history to tell.
type tortured struct {
	seed     uint64
	steps    int
	versions []string // beside the base
	histories.History
	happened []string // in words
}

// playTortured plays the history of a seed. Every fourth hurries: things happen
// within one second, where no one can say from Stripe's events which came last;
// its books must converge, but may differ from the truth.
func playTortured(t testing.TB, seed uint64, steps int) tortured {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 3))
	all := olderAndNewer()
	h := tortured{seed: seed, steps: steps, versions: []string{all[random.IntN(6)], all[6+random.IntN(4)]}}
	h.play(t, histories.Seeded(seed))
	return h
}

func (h *tortured) hurried() bool { return h.seed%4 == 0 }

func (h *tortured) play(t testing.TB, choose histories.Choose) {
	t.Helper()
	spec, err := stripeSpec()
	if err != nil {
		t.Fatal(err)
	}
	w, err := histories.New(t.Context(), histories.Options{
		Seed: h.seed, Choose: choose, Versions: append([]string{histories.Base}, h.versions...), Spec: spec, Hurried: h.hurried(),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Play(h.steps)
	h.History, err = w.History()
	h.happened = w.Told()
	if closed := w.Close(); err != nil || closed != nil {
		t.Fatalf("%v, %v, after\n%s", err, closed, strings.Join(h.happened, "\n"))
	}
}

// check tells the history straight, compares the books with the truth, and then
// tells it in every other way, each into a database of its own. (Emptying one
// takes 13 ms, a new one 45 ms; what is new is empty whatever tables there are.)
func (h *tortured) check(t *testing.T, shuffles int) (tellingsDone int) {
	t.Helper()
	if len(h.Events) == 0 {
		return 0
	}
	reference := pgtest.New(t)
	straight(h.Events).hear(t, reference, rand.New(rand.NewPCG(h.seed, 4)))
	nothingParked(t, reference)
	if !h.hurried() {
		h.isTrue(t, reference)
	}
	want := digest(t, reference)
	for i, tl := range tellings(h.seed, shuffles, h.History, h.versions) {
		t.Run(tl.name, func(t *testing.T) {
			db := pgtest.New(t)
			tl.hear(t, db, rand.New(rand.NewPCG(h.seed, uint64(i)+100)))
			nothingParked(t, db)
			if tl.less && !h.hurried() {
				h.isTrue(t, db)
			}
			if tl.less || digest(t, db) == want {
				return
			}
			t.Errorf("the digest differs from that of the straight telling:\n%s", strings.Join(unlike(rowLines(t, reference), rowLines(t, db)), "\n"))
		})
	}
	if t.Failed() {
		t.Logf("history %d of %d steps, told at %v:\n%s", h.seed, h.steps, h.versions, strings.Join(h.happened, "\n"))
	}
	return shuffles
}

func (h *tortured) isTrue(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	for _, difference := range untrue(t, db, h.Truth) {
		t.Errorf("the books are not the truth: %s", difference)
	}
}

// tortureSteps is how many things happen in a history.
const tortureSteps = 25

// regressions are histories that are always told: each has shown a mistake that
// the others before it did not. What a seed tells follows from the choices that
// histories make, so that a change there asks for seeds that show it again.
func regressions() []tortured {
	return []tortured{
		{seed: 11, steps: tortureSteps}, // the attempt that paid is not the first one of its payment
		{seed: 14, steps: tortureSteps}, // a payout that was paid fails
		{seed: 45, steps: tortureSteps}, // a refund fails after the charge was last told of
	}
}

// Whatever happens to gifts, in whatever order, version, number and batches it
// is told, and however often the service restarts meanwhile: the same books, and
// those of the stand-in's own account to the cent.
func TestAnyHistoryToldInAnyWay(t *testing.T) {
	asked, large := tortureAsked(t)
	all := regressions()
	for i := range asked.histories {
		all = append(all, tortured{seed: asked.first + uint64(i), steps: tortureSteps})
	}
	began := time.Now()
	var done, told, failed atomic.Int64
	defer func() {
		if large {
			fmt.Printf("torture: %d histories, %d tellings, %d histories failed, in %s\n", done.Load(), told.Load(), failed.Load(), time.Since(began).Round(time.Second))
		}
	}()
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var running sync.WaitGroup
	for _, h := range all {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			ok := t.Run(fmt.Sprintf("history %d", h.seed), func(t *testing.T) {
				h := playTortured(t, h.seed, h.steps)
				told.Add(int64(h.check(t, asked.shuffles)))
			})
			if !ok {
				failed.Add(1)
			}
			if n := done.Add(1); large && n%10 == 0 {
				fmt.Printf("torture: %d of %d histories, %s\n", n, len(all), time.Since(began).Round(time.Second))
			}
		})
	}
	running.Wait()
}

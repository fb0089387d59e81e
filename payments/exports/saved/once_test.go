package saved_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/exports"
	"github.com/readerfund/readerfund/payments/exports/saved"
)

// The end of a run whose transaction fails is told again: the turn ends once, and each
// reader is told once.
func TestACrashBetweenTheRunAndItsLetters(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.monthly()
	e.Folder, e.Readers = "month-end", []string{h.staff("b", "finance")}
	e = h.save(e)
	ended, times := h.runs.Ended, 0
	h.runs.Ended = func(ctx context.Context, tx pgx.Tx, r exports.Run) error {
		if err := ended(ctx, tx, r); err != nil {
			return err
		}
		if times++; times < 3 {
			return errDied
		}
		return nil
	}
	h.runNow(e.ID)
	if turn := h.last(e.ID); times != 3 || turn.State != saved.Done || turn.Letters != 1 {
		t.Fatalf("told %d times: %+v", times, turn)
	}
	h.place(1)
	h.send(saved.Sent, nil)
	h.send(saved.Nothing, nil)
}

// Replicas that look at the same moment send each letter once, and put each file once.
func TestReplicasTellAndPlaceOnce(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	readers := []string{h.staff("b", "finance"), h.staff("c", "admin"), h.staff("d", "finance")}
	for i := range 4 {
		e := h.monthly()
		e.Name, e.Folder, e.Readers = fmt.Sprint("Number ", i), fmt.Sprint("folder-", i), readers
		h.runNow(h.save(e).ID)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	told, placed := map[string]int{}, 0
	for range 4 {
		all.Go(func() {
			n, err := h.folders.Place(t.Context())
			for outcome := saved.Sent; outcome != saved.Nothing && err == nil; {
				outcome, err = h.letters.SendNext(t.Context(), func(_ context.Context, l saved.Letter) error {
					mu.Lock()
					defer mu.Unlock()
					told[l.Export+" to "+l.To]++
					return nil
				})
			}
			mu.Lock()
			defer mu.Unlock()
			if placed += n; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if placed != 4 || len(told) != 12 {
		t.Errorf("%d files were put, and told were: %v", placed, told)
	}
	for what, n := range told {
		if n != 1 {
			t.Errorf("%s: %d times", what, n)
		}
	}
}

// A letter that was sent is noted, also where the service ends just then.
func TestASentLetterIsNotedWhileTheServiceEnds(t *testing.T) {
	h := newHouse(t, "2026-11-23T12:00:00Z")
	e := h.monthly()
	e.Readers = []string{h.staff("b", "finance")}
	h.runNow(h.save(e).ID)
	ctx, end := context.WithCancel(t.Context())
	outcome, err := h.letters.SendNext(ctx, func(context.Context, saved.Letter) error { end(); return nil })
	if outcome != saved.Sent || err != nil || !errors.Is(ctx.Err(), context.Canceled) {
		t.Fatalf("%q, %v", outcome, err)
	}
	h.send(saved.Nothing, nil)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

const (
	// mostHistories are played at most; a file that needs fewer events plays fewer.
	mostHistories = 120
	steps         = 20 // things that happen in each
	// leastTold is how many events a history of that many steps has at least on
	// average, to play no more than are needed.
	leastTold = 100
)

func (o options) histories() uint64 { return min(mostHistories, o.events/leastTold+1) }

// play plays the histories, on every processor, and returns their events at the
// wanted version in the order of time.
func (o options) play(ctx context.Context) ([]template, error) {
	spec, err := stripefake.LoadSpec()
	if err != nil {
		return nil, fmt.Errorf("read Stripe's document: %w", err)
	}
	told := make([][]template, o.histories())
	failed := make([]error, len(told))
	var running sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	seed := o.seed * mostHistories
	for i := range told {
		slots <- struct{}{}
		own := seed
		running.Go(func() {
			defer func() { <-slots }()
			told[i], failed[i] = o.playOne(ctx, own, spec)
		})
		seed++
	}
	running.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	all := slices.Concat(told...)
	slices.SortStableFunc(all, func(a, b template) int { return a.created.Compare(b.created) })
	if len(all) == 0 {
		return nil, fmt.Errorf("no event is told at version %s", o.version)
	}
	return all, nil
}

func (o options) playOne(ctx context.Context, seed uint64, spec *stripefake.Spec) (_ []template, err error) {
	w, err := histories.New(ctx, histories.Options{Seed: seed, Versions: []string{o.version}, Spec: spec})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	w.Play(steps)
	w.Advance(400 * 24 * time.Hour) // what recurs is renewed for a year
	h, err := w.History()
	if err != nil {
		return nil, err
	}
	var out []template
	for _, e := range h.Events {
		body, ok := e.Shapes[o.version]
		if !ok {
			continue // of a type that this version does not tell
		}
		t, err := newTemplate(body)
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", e.ID, err)
		}
		out = append(out, t)
	}
	return out, nil
}

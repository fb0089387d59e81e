package stripefake

import (
	"context"
	"fmt"
	"time"
)

// now is the stand-in's time, UTC: the base clock and what it was moved by.
func (s *Server) now() time.Time { return s.opts.Clock().Add(s.st.Offset).UTC() }

// unix is now in Unix seconds, the unit of Stripe's timestamps.
func (s *Server) unix() int64 { return s.now().Unix() }

// Now returns the stand-in's time, UTC.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// Advance moves the clock by d and runs, in order and each at its own time,
// everything that falls due: settlements, renewals, expiries, deliveries and
// their retries. Between two moments it waits for the deliveries under way, so
// that a receiver sees time pass. It returns once all of it was attempted, with
// an error if d is negative or ctx ends first.
func (s *Server) Advance(ctx context.Context, d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("the clock only moves forward, not by %s", d)
	}
	s.advancing.Lock()
	defer s.advancing.Unlock()

	s.mu.Lock()
	target := s.now().Add(d)
	s.mu.Unlock()
	for {
		s.mu.Lock()
		s.runDue() //nolint:contextcheck // a delivery outlives the request that moved the clock
		if s.inFlight > 0 {
			moved := s.moved
			s.mu.Unlock()
			if err := s.waitFor(ctx, moved); err != nil {
				return fmt.Errorf("advance the clock: %w", err)
			}
			continue
		}
		now := s.now()
		if !now.Before(target) {
			s.mu.Unlock()
			return nil
		}
		next := target
		if first, ok := s.st.Jobs.first(); ok && first.Due.Before(target) {
			next = first.Due
		}
		if next.After(now) {
			s.st.Offset += next.Sub(now)
			s.touch()
		}
		s.mu.Unlock()
	}
}

// waitFor waits until moved is closed.
func (s *Server) waitFor(ctx context.Context, moved <-chan struct{}) error {
	select {
	case <-moved:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return errClosed
	}
}

// nextPeriod returns the n-th time after anchor at the given interval. Months
// keep the anchor's day where they have it and end on their last day where
// they do not, as Stripe's billing cycle anchor does.
// https://docs.stripe.com/billing/subscriptions/billing-cycle
func nextPeriod(anchor time.Time, interval string, count, n int) time.Time {
	switch interval {
	case "day":
		return anchor.AddDate(0, 0, count*n)
	case "week":
		return anchor.AddDate(0, 0, 7*count*n)
	}
	months := count * n
	if interval == "year" {
		months *= 12
	}
	first := time.Date(anchor.Year(), anchor.Month(), 1, anchor.Hour(), anchor.Minute(), anchor.Second(), 0, time.UTC).AddDate(0, months, 0)
	lastDay := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(anchor.Day(), lastDay)-1)
}

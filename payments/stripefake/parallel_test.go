package stripefake_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// TestEverythingAtOnce pays, moves the clock, asks and delivers in parallel;
// what it holds is that nothing is lost or done twice, and that the race
// detector has nothing to say.
func TestEverythingAtOnce(t *testing.T) {
	s := newStand(t, stripefake.Options{Backoff: soon()})
	s.inbox.answers(func(n int) int {
		if n%3 == 0 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	s.product()
	const readers, gifts = 6, 5
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			for range gifts {
				made, err := s.stripe.CheckoutSessions.New(s.sessionParams("usd", 2500, ""))
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := s.http.PostForm(made.URL, card("4242424242424242"))
				if err != nil {
					t.Error(err)
					return
				}
				if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusSeeOther {
					t.Errorf("paying answered %d, %v", resp.StatusCode, err)
				}
				s.Truth()
			}
		})
	}
	for range 3 {
		all.Go(func() {
			if err := s.Advance(t.Context(), time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.flush()
	if got := len(s.Truth().Payments); got != readers*gifts {
		t.Errorf("%d payments, want %d", got, readers*gifts)
	}
	arrived := map[string]bool{}
	for _, e := range s.inbox.events() {
		arrived[e.ID] = true
	}
	if log := s.log(); len(arrived) != len(log) {
		t.Errorf("%d events arrived of %d", len(arrived), len(log))
	}
}

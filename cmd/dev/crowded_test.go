package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Readers whom Stripe's rate limit holds up, with scripts and without, see a page
// that looks again by itself for as long as it takes, and leads on to the one session
// of their gift, however often its address was opened meanwhile.
func TestBrowserWaitsBehindACrowd(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral", "TRUSTED_PROXIES=127.0.0.1")
	tab := openScriptedBrowser(t, 4*time.Minute)
	// Each in a language of their own: a campaign's product is made once for each, so
	// that both make two calls, and one in a second is not enough for them.
	for i, with := range []string{"with scripts", "without scripts"} {
		e := editions()[3*i]
		t.Run(e.language+" "+with, func(t *testing.T) {
			r := s.travels(t, tab, e, with == "with scripts", i+1)
			patience, cancel := context.WithTimeout(tab, 100*time.Second) // each look of the waiting page takes seconds
			defer cancel()
			r.patience = patience
			r.opens("/articles/" + r.article)
			crowd := s.crowd(t)
			r.chooses("one_time", "50")
			r.does(see(`html[lang="` + r.language + `"] .going`))
			first, err := r.loadedAt()
			if err != nil {
				t.Fatal(err)
			}
			checkout := r.evaluated(t, tab, "", "location.pathname")
			if !strings.HasPrefix(checkout, "/checkout/") {
				t.Fatalf("waiting at %s", checkout)
			}
			if a := s.get(t, checkout); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || a.header.Get("Refresh") == "" {
				t.Errorf("opened once more: %d %v", a.status, a.header)
			}
			r.until(t, func() bool {
				at, err := r.loadedAt()
				return err == nil && at != first // while one page follows another there is none to ask
			})
			r.does(see(`html[lang="` + r.language + `"] .going`))
			crowd()
			r.does(see(`#card_number`)) // by itself, and one call in a second is the limit still
			page := r.evaluated(t, tab, "", "location.href")
			s.control(t, http.MethodPost, "/_control/faults", `{}`)
			if again := s.payPage(t, checkout); again != page {
				t.Errorf("the checkout leads to %s, its reader is at %s", again, page)
			}
			r.pays(goodCard)
			r.isThanked("50")
			if n := len(s.standIn.Truth().Sessions); n != i+1 {
				t.Errorf("%d sessions for %d checkouts", n, i+1)
			}
			r.isCounted("one_time", "end")
		})
	}
	s.agreesWithStripe(t)
}

// loadedAt tells one loading of the page that is shown from another.
func (r *traveller) loadedAt() (float64, error) {
	return chromedp.Run(r.patience, chromedp.Evaluate[float64]("performance.timeOrigin"))
}

// crowd has Stripe take one call in a second, and others make it, until the crowd is
// sent away. The limit stays.
func (s *testStack) crowd(t *testing.T) (away func()) {
	t.Helper()
	s.control(t, http.MethodPost, "/_control/faults", `{"rate_limit": 1}`)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		call := time.NewTicker(3 * time.Millisecond)
		defer call.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-call.C:
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.stripe+"/v1/balance", nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer sk_test_crowd")
			res, err := s.reader.Do(req)
			if err != nil {
				continue // sent away in the middle of a call
			}
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	away = func() {
		cancel()
		all.Wait()
	}
	t.Cleanup(away)
	return away
}

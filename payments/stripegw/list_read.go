package stripegw

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76"
	"golang.org/x/time/rate"
)

// DefaultReadsPerSecond is how many calls a second the reading of lists makes at
// most, of each process. It leaves room for readers who pay at the same moment: a
// sandbox allows 25 calls a second, a live account 100
// (https://docs.stripe.com/rate-limits).
const DefaultReadsPerSecond = 12

const readsAtOnce = 4

// maxReads bounds how often one page is asked for: with the rests between, about
// four minutes.
const maxReads = 10

// saidFrom is from which attempt on somebody who waits is told, after some four
// seconds: to be busy for a moment is nothing.
const saidFrom = 4

// listReader is what lists are read with: without the client's own retries, which
// sleep without looking at the context, and within limits of its own.
type listReader struct {
	backend stripe.Backend
	key     string
	limit   *rate.Limiter
	now     func() time.Time
}

func newListReader(key string, perSecond int, config stripe.BackendConfig) *listReader {
	config.MaxNetworkRetries = stripe.Int64(0)
	return &listReader{
		backend: stripe.GetBackendWithConfig(stripe.APIBackend, &config), key: key,
		limit: rate.NewLimiter(rate.Limit(cmp.Or(perSecond, DefaultReadsPerSecond)), readsAtOnce), now: time.Now,
	}
}

// answer keeps what Stripe wrote, byte by byte.
type answer struct {
	stripe.APIResource
	raw json.RawMessage
}

// UnmarshalJSON is how the client hands over a body.
func (a *answer) UnmarshalJSON(b []byte) error {
	a.raw = append(json.RawMessage(nil), b...)
	return nil
}

// read asks for path until Stripe answers and decodes the answer into v. at is
// when Stripe read what it answers with, or somewhat before.
func (g *Gateway) read(ctx context.Context, path string, v any) (at time.Time, err error) {
	for attempt := 1; ; attempt++ {
		if err := g.reads.limit.Wait(ctx); err != nil {
			return time.Time{}, err
		}
		var got answer
		asked := g.reads.now()
		err := g.reads.backend.CallRaw(http.MethodGet, path, g.reads.key, nil, &stripe.Params{Context: ctx}, &got)
		if err == nil {
			return g.reads.moment(&got, asked), json.Unmarshal(got.raw, v)
		}
		refused, known := errors.AsType[*stripe.Error](err)
		if ctx.Err() != nil {
			return time.Time{}, ctx.Err()
		}
		if known && !transient(refused) || attempt == maxReads {
			return time.Time{}, err
		}
		rest := restBefore(attempt, refused)
		level := slog.LevelDebug
		if attempt >= saidFrom {
			level = slog.LevelWarn
		}
		g.log.Log(ctx, level, "Stripe is away or busy; asking again", "attempt", attempt, "of", maxReads, "rest", rest.Round(100*time.Millisecond), "error", err)
		if err := wait(ctx, rest); err != nil {
			return time.Time{}, err
		}
	}
}

// moment is a time by Stripe's clock at which it had not read yet what it
// answered with: the answer's own time, less what the call took, less the second
// that a header cannot tell apart. Without a header our clock has to do.
func (r *listReader) moment(got *answer, asked time.Time) time.Time {
	now := r.now()
	answered := now
	if got.LastResponse != nil {
		if at, err := http.ParseTime(got.LastResponse.Header.Get("Date")); err == nil {
			answered = at
		}
	}
	return answered.Add(asked.Sub(now) - time.Second)
}

// transient tells a refusal that the same question overcomes later.
func transient(refused *stripe.Error) bool {
	return refused.HTTPStatusCode == http.StatusTooManyRequests || refused.HTTPStatusCode == http.StatusConflict ||
		refused.HTTPStatusCode >= http.StatusInternalServerError
}

// maxRest bounds one rest between two attempts.
const maxRest = time.Minute

// restBefore is how long to rest after an attempt: as Stripe asks, else half a
// second, doubling. The part at random keeps replicas from coming back at once.
func restBefore(attempt int, refused *stripe.Error) time.Duration {
	rest := 500 * time.Millisecond << min(attempt-1, 7)
	if refused != nil && refused.LastResponse != nil {
		if seconds, err := strconv.Atoi(refused.LastResponse.Header.Get("Retry-After")); err == nil && seconds >= 0 {
			rest = max(rest/4, time.Duration(min(seconds, int(maxRest/time.Second)))*time.Second)
		}
	}
	rest = min(rest, maxRest)
	return rest + time.Duration(rand.Int64N(int64(rest/4)+1)) //nolint:gosec // spreading needs no secrecy
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

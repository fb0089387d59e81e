package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// replayTo posts the events to an endpoint. Only what the source needs is
// configured: a file can be posted from a machine without a database.
func (c *cli) replayTo(ctx context.Context, f replayFlags, since time.Duration) error {
	needs := []app.Need{app.NeedWebhook}
	switch {
	case f.stripe:
		needs = append(needs, app.NeedStripe)
	case f.parked:
		needs = append(needs, app.NeedDatabase)
	}
	cfg, log, err := c.config(needs...)
	if err != nil {
		return err
	}
	p := &poster{
		to: f.to, secret: cfg.StripeWebhookSecrets[0].Reveal(), limit: rate.NewLimiter(rate.Limit(f.rate), 1),
		answers: map[int]int{}, told: c.telling("replay"), refused: c.refused,
		http: &http.Client{
			Timeout: 30 * time.Second,
			// Stripe takes a redirect for a failure too.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	switch {
	case f.stripe:
		err = app.NewSource(cfg, log).Events(ctx, time.Now().Add(-since), f.undelivered, func(events []json.RawMessage) error {
			for _, raw := range events {
				if err := p.post(ctx, 0, raw); err != nil {
					return err
				}
			}
			return nil
		})
	case f.parked:
		_, in, done, opened := c.inbox(ctx)
		if opened != nil {
			return opened
		}
		defer done()
		err = in.EachParked(ctx, func(raw []byte) error { return p.post(ctx, 0, raw) })
	default:
		err = c.postFile(ctx, f, p)
	}
	if err != nil {
		return err
	}
	return c.endPosting(p)
}

func (c *cli) postFile(ctx context.Context, f replayFlags, p *poster) error {
	r, closeFile, err := c.open(f.file)
	if err != nil {
		return err
	}
	defer closeFile()
	err = inbox.Entries(r, func(number int, raw []byte) error {
		if number < f.line {
			return nil
		}
		if why := inbox.NoEvent(raw); why != nil {
			p.tally.Broken++
			c.leftOut(number, why)
			return nil
		}
		if err := p.post(ctx, number, raw); err != nil {
			return fmt.Errorf("%w; go on with --from-line %d", err, number)
		}
		return nil
	}, func(number int, err error) {
		if number >= f.line {
			p.tally.Broken++
			c.leftOut(number, err)
		}
	})
	return err
}

func (c *cli) refused(number int, raw []byte, status int) {
	var e struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(raw, &e) // whatever it is, it was posted
	where := "event " + e.ID
	if number > 0 {
		where = fmt.Sprintf("line %d, %s", number, where)
	}
	_, _ = fmt.Fprintf(c.stderr, "%s: answered %d\n", where, status)
}

// endPosting prints how the events were answered, and the contract's last line.
func (c *cli) endPosting(p *poster) error {
	if len(p.answers) > 0 {
		var statuses []int
		for status := range p.answers {
			statuses = append(statuses, status)
		}
		slices.Sort(statuses)
		var words []string
		for _, status := range statuses {
			words = append(words, fmt.Sprintf("%d with %d", p.answers[status], status))
		}
		_, _ = fmt.Fprintf(c.stdout, "answered: %s\n", strings.Join(words, ", "))
	}
	_, _ = fmt.Fprintln(c.stdout, p.tally)
	if p.tally.New != p.tally.Events || p.tally.Broken > 0 {
		return errCheck
	}
	return nil
}

// poster posts events to an endpoint as Stripe would.
type poster struct {
	to, secret string
	http       *http.Client
	limit      *rate.Limiter
	told       *telling
	refused    func(number int, raw []byte, status int)

	answers map[int]int // by status
	tally   inbox.Tally
}

// maxPosts bounds how often one event is posted.
const maxPosts = 5

// post posts one event until it is answered for good. An error means that the
// endpoint cannot be reached.
func (p *poster) post(ctx context.Context, number int, raw []byte) error {
	for attempt := 1; ; attempt++ {
		if err := p.limit.Wait(ctx); err != nil {
			return err
		}
		status, rest, err := p.once(ctx, raw)
		again := err != nil || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if again && attempt < maxPosts {
			if err := pause(ctx, max(rest, 250*time.Millisecond<<(attempt-1))); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("after %d events: %s cannot be reached: %w", p.tally.Events, p.to, err)
		}
		p.answers[status]++
		p.tally.Events++
		if status >= 200 && status <= 299 {
			p.tally.New++
		} else {
			p.refused(number, raw, status)
		}
		p.told.tell(p.tally.Events, "posted")
		return nil
	}
}

// once gives the answer, and how long it asks to wait where it does.
func (p *poster) once(ctx context.Context, raw []byte) (status int, rest time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.to, bytes.NewReader(raw))
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Stripe-Signature", stripegw.Sign(raw, p.secret, time.Now()))
	res, err := p.http.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close() //nolint:errcheck // the status is all that counts
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)); err != nil {
		return 0, 0, err
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 {
		rest = time.Duration(min(seconds, 60)) * time.Second
	}
	return res.StatusCode, rest, nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/readerfund/readerfund/payments/stripegw"
)

// stripeAnswersWithin bounds how long doctor waits to hear from Stripe: one that is
// away is said to be away soon, and once.
const stripeAnswersWithin = 5 * time.Second

// heard is what Stripe answered doctor.
type heard struct {
	check   Check
	away    bool          // it cannot be reached, or answers nothing of use: what else would be asked need not be
	standIn bool          // it is a stand-in
	ahead   time.Duration // how far its clock is ahead of ours; 0 where it was not told
}

// hearStripe asks Stripe beside other checks; what it gives waits for the answer.
func hearStripe(ctx context.Context, cfg Config, now func() time.Time, log *slog.Logger) func() heard {
	answer := make(chan heard, 1)
	go func() { answer <- askStripe(ctx, cfg, now, log) }()
	return sync.OnceValue(func() heard { return <-answer })
}

// askStripe asks for the account's endpoints: that needs a good key, and tells
// whether Stripe knows where to post. And it looks at Stripe's clock.
func askStripe(ctx context.Context, cfg Config, now func() time.Time, log *slog.Logger) heard {
	ctx, cancel := context.WithTimeout(ctx, stripeAnswersWithin)
	defer cancel()
	h := heard{check: Check{Name: "stripe"}, standIn: cfg.StripeAPIBase != ""}
	c, gateway := &h.check, newGateway(cfg, log)
	endpoints, err := gateway.Endpoints(ctx)
	if err != nil {
		c.Wrong = oneLine(err)
		c.Do = "wait some minutes: Stripe is busy or broken (https://status.stripe.com); its balance is compared with the clearing account then"
		switch {
		case strings.Contains(c.Wrong, "status 401") || strings.Contains(c.Wrong, "status 403"):
			c.Do = "check STRIPE_SECRET_KEY in Stripe's dashboard, Developers, API keys"
		case strings.Contains(c.Wrong, "status 429") || strings.Contains(c.Wrong, "status 5"):
			h.away = true
		case !strings.Contains(c.Wrong, "refused by Stripe"): // nothing answered at all
			h.away = true
			c.Wrong = "cannot be reached: " + c.Wrong
			c.Do = "see whether this machine reaches Stripe; until then its balance is not compared with the clearing account"
			if h.standIn {
				c.Do = "start the stand-in (make run), or leave STRIPE_API_BASE out for Stripe itself; " +
					"until then its balance is not compared with the clearing account"
			}
		}
		return h
	}
	// A key that may not read the balance does not tell the time: nothing is said of it.
	if theirs, err := gateway.Clock(ctx); err == nil {
		h.ahead = theirs.Sub(now())
	}
	ours := cfg.BaseURL + "/webhooks/stripe"
	switch {
	case slices.Contains(endpoints, ours):
		c.Found = fmt.Sprintf("answers at API version %s and posts events to %s", stripegw.Version, ours)
	case cfg.StripeTestMode():
		c.Found = fmt.Sprintf("answers at API version %s in test mode; no endpoint posts to %s, "+
			"which is right while stripe listen forwards events", stripegw.Version, ours)
	default:
		c.Wrong = "no endpoint posts events to " + ours
		c.Do = "run readerfund stripe setup, or add it in Stripe's dashboard, Developers, Webhooks; docs/stripe-test-mode.md lists the events"
	}
	return h
}

// clock ends the check of clocks, after that of the database agrees.
func (h heard) clock(c Check) Check {
	switch {
	case h.ahead.Abs() <= maxClockDrift:
		c.Found = "agrees with the database's"
		if !h.away && h.ahead != 0 {
			c.Found += " and Stripe's"
		}
	case h.standIn:
		c.Found = fmt.Sprintf("agrees with the database's; the stand-in's is %s, and what it tells is of that time", apart(h.ahead))
	default:
		c.Wrong = fmt.Sprintf("Stripe's clock is %s", apart(h.ahead))
		c.Do = "set this machine's clock right (timedatectl): else signatures of events are refused, and reports end too soon or too late"
	}
	return c
}

// apart is how far a clock is from this machine's, for people.
func apart(ahead time.Duration) string {
	far := ahead.Abs().Round(time.Second).String()
	if ahead.Abs() >= 48*time.Hour {
		far = fmt.Sprintf("%d days", int(ahead.Abs().Round(24*time.Hour).Hours()/24))
	}
	if ahead < 0 {
		return far + " behind this machine's"
	}
	return far + " ahead of this machine's"
}

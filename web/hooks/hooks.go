// Package hooks is the route on which Stripe tells what happened. It bounds and
// reads the raw body, has its signature checked and hands it to the inbox; it
// answers 200 only after the inbox has it durably.
package hooks

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// Verifier checks that a body was signed by Stripe. The signature is the whole
// Stripe-Signature header (https://docs.stripe.com/webhooks#verify-manually).
type Verifier interface {
	Verify(body []byte, signature string, now time.Time) error
}

// Inbox stores an event, raw as received, and takes its facts into the books.
// Once it returns nil the event survives a crash.
type Inbox interface {
	Receive(ctx context.Context, raw []byte) error
}

// Metrics counts deliveries by what became of them.
type Metrics interface {
	WebhookReceived(outcome Outcome)
}

// Outcome is what became of a delivery.
type Outcome string

// The outcomes.
const (
	Stored       Outcome = "stored"        // 200
	BadSignature Outcome = "bad_signature" // 400
	TooLarge     Outcome = "too_large"     // 413
	Unreadable   Outcome = "unreadable"    // 400: the sender went away in the middle of the body
	NotStored    Outcome = "not_stored"    // 503
)

// Options is what the route works with. All are needed.
type Options struct {
	Verifier Verifier
	Inbox    Inbox
	Metrics  Metrics
	Log      *slog.Logger
	Now      func() time.Time
}

const (
	// maxBody bounds an event. Stripe's largest, an invoice of many lines, is
	// far below it.
	maxBody = 1 << 20
	// storeWithin is how long storing may take. Stripe waits longer than that for
	// an answer, and delivers again where it gets none.
	storeWithin = 15 * time.Second
	// retryAfter is a hint only: Stripe keeps to its own schedule.
	retryAfter = "10"
)

// Mount adds POST /webhooks/stripe.
func Mount(r gin.IRouter, o Options) {
	r.POST("/webhooks/stripe", o.receive)
}

func (o Options) receive(c *gin.Context) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			o.answer(c, TooLarge, http.StatusRequestEntityTooLarge, "an event has at most 1 MiB", nil)
			return
		}
		o.answer(c, Unreadable, http.StatusBadRequest, "the body could not be read", err)
		return
	}
	if err := o.Verifier.Verify(body, c.GetHeader("Stripe-Signature"), o.Now()); err != nil {
		o.answer(c, BadSignature, http.StatusBadRequest, "the signature does not hold", err)
		return
	}
	// The event is here, whole and genuine. That the sender hangs up now, or the
	// proxy loses patience, is no reason to lose it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), storeWithin)
	defer cancel()
	if err := o.Inbox.Receive(ctx, body); err != nil {
		c.Header("Retry-After", retryAfter)
		o.answer(c, NotStored, http.StatusServiceUnavailable, "the event could not be stored; please deliver it again", err)
		return
	}
	o.answer(c, Stored, http.StatusOK, "stored", nil)
}

func (o Options) answer(c *gin.Context, outcome Outcome, status int, sentence string, err error) {
	o.Metrics.WebhookReceived(outcome)
	if outcome != Stored {
		o.Log.WarnContext(c.Request.Context(), "webhook refused", "outcome", outcome, "error", err)
	}
	c.Header("Cache-Control", "no-store")
	c.String(status, "%s\n", sentence)
}

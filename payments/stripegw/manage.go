package stripegw

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// ChangeAmount changes what a subscription of one item charges from its next
// period on: nothing is charged or credited for the current one
// (https://docs.stripe.com/billing/subscriptions/prorations#disable-prorations).
// Errors are *payments.Error: Busy, Gone or Refused.
func (g *Gateway) ChangeAmount(ctx context.Context, subscription string, amount money.Amount, key string) error {
	return g.change(ctx, subscription, key, func(s *stripe.Subscription) (*stripe.SubscriptionParams, error) {
		if s.Items == nil || len(s.Items.Data) != 1 || s.Items.HasMore {
			return nil, errors.New("it has several items: change its amount in Stripe's dashboard")
		}
		item := s.Items.Data[0]
		price := item.Price
		if price == nil || price.Product == nil || price.Recurring == nil {
			return nil, errors.New("its price is not told whole")
		}
		if price.UnitAmount == amount.Minor && string(price.Currency) == amount.Currency.Code() && item.Quantity == 1 {
			return nil, nil
		}
		return &stripe.SubscriptionParams{
			ProrationBehavior: stripe.String("none"),
			Items: []*stripe.SubscriptionItemsParams{{
				ID: stripe.String(item.ID), Quantity: stripe.Int64(1),
				PriceData: &stripe.SubscriptionItemPriceDataParams{
					Currency: stripe.String(amount.Currency.Code()), Product: stripe.String(price.Product.ID), UnitAmount: stripe.Int64(amount.Minor),
					Recurring: &stripe.SubscriptionItemPriceDataRecurringParams{
						Interval: stripe.String(string(price.Recurring.Interval)), IntervalCount: stripe.Int64(price.Recurring.IntervalCount),
					},
				},
			}},
		}, nil
	})
}

// PauseUntil collects nothing before a time: invoices of the meantime are void, and
// so are those that were made before and would be charged, or tried again
// (https://docs.stripe.com/billing/subscriptions/pause-payment). Errors are
// *payments.Error: Busy, Gone or Refused.
func (g *Gateway) PauseUntil(ctx context.Context, subscription string, until time.Time, key string) error {
	err := g.change(ctx, subscription, key, func(s *stripe.Subscription) (*stripe.SubscriptionParams, error) {
		if p := s.PauseCollection; p != nil && string(p.Behavior) == "void" && p.ResumesAt == until.Unix() {
			return nil, nil
		}
		return &stripe.SubscriptionParams{PauseCollection: &stripe.SubscriptionPauseCollectionParams{
			Behavior: stripe.String("void"), ResumesAt: stripe.Int64(until.Unix()),
		}}, nil
	})
	if err != nil {
		return err
	}
	// After the pause: what is made before it takes hold is found too.
	err = g.forgiveDue(ctx, subscription, key)
	if payments.CodeOf(err) == payments.Refused {
		// It pauses all the same: that nothing was changed would be wrong.
		return &payments.Error{
			Code: payments.Busy, RetryAfter: time.Minute, Err: fmt.Errorf("subscription %s pauses, and an invoice made before cannot be made void: %w", subscription, err),
			Sentence: "Your gift pauses, but a payment that was due before may still be tried. Please try again in a moment.",
		}
	}
	return err
}

// ResumeNow ends a pause. Errors are *payments.Error: Busy, Gone or Refused.
func (g *Gateway) ResumeNow(ctx context.Context, subscription, key string) error {
	return g.change(ctx, subscription, key, func(s *stripe.Subscription) (*stripe.SubscriptionParams, error) {
		if s.PauseCollection == nil || s.PauseCollection.Behavior == "" {
			return nil, nil
		}
		params := &stripe.SubscriptionParams{}
		params.AddExtra("pause_collection", "") // unset, for which the library has no word
		return params, nil
	})
}

// CancelNow ends a subscription at once, and tells Stripe why. Stripe ignores
// idempotency keys where something is deleted, and no longer knows a subscription
// that has ended: whether it ended by an earlier call of ours is seen from when.
// Errors are *payments.Error: Busy, Gone where it had ended before asked, Refused.
func (g *Gateway) CancelNow(ctx context.Context, subscription, feedback, comment string, asked time.Time) error {
	params := &stripe.SubscriptionCancelParams{}
	params.Context = ctx
	if feedback != "" || comment != "" {
		params.CancellationDetails = &stripe.SubscriptionCancelCancellationDetailsParams{}
		if feedback != "" {
			params.CancellationDetails.Feedback = stripe.String(feedback)
		}
		if comment != "" {
			params.CancellationDetails.Comment = stripe.String(comment)
		}
	}
	for attempt := 1; ; attempt++ {
		_, err := g.api.Subscriptions.Cancel(subscription, params)
		if err == nil {
			return nil
		}
		if !missing(err) && !failedThere(err) {
			return explainChange(err)
		}
		s, looked := g.subscription(ctx, subscription)
		switch {
		case looked != nil:
			return explainChange(looked)
		case hasEnded(s) && !time.Unix(s.CanceledAt, 0).Before(stripesTime(err, asked).Add(-cancelSlack)):
			return nil
		case hasEnded(s):
			return endedAlready(err)
		case attempt == maxAttempts:
			return explainChange(err)
		}
	}
}

// cancelSlack is how far the clocks of this machine and the database may be apart;
// doctor complains of more.
const cancelSlack = 30 * time.Second

// stripesTime is what Stripe's clock said at a time of ours, as far as the answer
// tells: it carries the time at which it was made.
func stripesTime(answer error, at time.Time) time.Time {
	refused, ok := errors.AsType[*stripe.Error](answer)
	if !ok || refused.LastResponse == nil {
		return at
	}
	theirs, err := http.ParseTime(refused.LastResponse.Header.Get("Date"))
	if err != nil {
		return at
	}
	return theirs.Add(-time.Since(at))
}

// change brings a subscription to what params says of it, which gives nil where it
// is so already. Each attempt looks first: an answer that was lost, or that Stripe
// keeps repeating as its own failure, may have been carried out all the same.
func (g *Gateway) change(ctx context.Context, id, key string, params func(*stripe.Subscription) (*stripe.SubscriptionParams, error)) error {
	for attempt := 1; ; attempt++ {
		s, err := g.subscription(ctx, id)
		if err != nil {
			return explainChange(err)
		}
		if hasEnded(s) {
			return endedAlready(nil)
		}
		p, err := params(s)
		if err != nil {
			return &payments.Error{
				Code: payments.Refused, Err: fmt.Errorf("subscription %s: %w", id, err),
				Sentence: "This cannot be changed here. Nothing was changed; please write to us.",
			}
		}
		if p == nil {
			return nil
		}
		p.Context = ctx
		p.SetIdempotencyKey(attemptKey(key, attempt))
		if _, err = g.api.Subscriptions.Update(id, p); err == nil {
			return nil
		}
		if !failedThere(err) || attempt == maxAttempts {
			return explainChange(err)
		}
	}
}

func attemptKey(key string, attempt int) string {
	if attempt == 1 {
		return key
	}
	return fmt.Sprintf("%s-%d", key, attempt)
}

func (g *Gateway) subscription(ctx context.Context, id string) (*stripe.Subscription, error) {
	params := &stripe.SubscriptionParams{}
	params.Context = ctx
	return g.api.Subscriptions.Get(id, params)
}

// hasEnded tells the two states that a subscription does not leave
// (https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses).
func hasEnded(s *stripe.Subscription) bool {
	return s.Status == stripe.SubscriptionStatusCanceled || s.Status == stripe.SubscriptionStatusIncompleteExpired
}

func missing(err error) bool {
	refused, ok := errors.AsType[*stripe.Error](err)
	return ok && refused.HTTPStatusCode == http.StatusNotFound
}

// failedThere tells a failure on Stripe's side, after which nobody knows whether
// the call was carried out.
func failedThere(err error) bool {
	refused, ok := errors.AsType[*stripe.Error](err)
	return ok && refused.HTTPStatusCode >= http.StatusInternalServerError
}

func endedAlready(err error) error {
	return &payments.Error{
		Code: payments.Gone, Err: err,
		Sentence: "This recurring donation has ended already. Nothing more will be charged.",
	}
}

// explainChange is explain in the words of a reader who changes something.
func explainChange(err error) error {
	if payments.CodeOf(err) != "" {
		return err
	}
	if missing(err) {
		return endedAlready(err)
	}
	e, ok := errors.AsType[*payments.Error](explain(err))
	if !ok {
		return err
	}
	switch e.Code {
	case payments.Busy:
		e.Sentence = "Our payment provider is busy, and we cannot tell whether your change was made. Please try again in a moment."
	case payments.Gone:
		e.Sentence = "This form is too old. Please open the page again."
	default:
		e.Sentence = "Our payment provider does not take this change. Nothing was changed; please write to us."
	}
	return e
}

package stripegw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments"
)

// refundKey is where a refund's metadata say which order of ours it carries out.
const refundKey = "readerfund_refund"

// maxReplays bounds how many failures Stripe may keep repeating for one order.
const maxReplays = 20

// GiveBack makes the refund that an order asks for, once, however often it is
// called for the order: it looks first whether Stripe has it already, since an
// answer may have been lost longer ago than Stripe keeps idempotency keys
// (https://docs.stripe.com/api/idempotent_requests). Stripe repeats a failure of its
// own under the same key: then the next key is tried, after another look.
//
// Errors are *payments.Error: Busy where nobody knows yet whether it was made, and
// the same call later finds out; NotFound and Refused where Stripe made none.
func (g *Gateway) GiveBack(ctx context.Context, o payments.RefundOrder) (payments.StripeAnswer, error) {
	for attempt := 1; ; attempt++ {
		made, found, err := g.ordered(ctx, o)
		if err != nil {
			return payments.StripeAnswer{}, looked(o.Tried || attempt > 1, fmt.Errorf("looking at the refunds of the payment: %w", err))
		}
		if found {
			return made, nil
		}
		if attempt == 1 {
			if err := g.sameMoney(ctx, o); err != nil {
				return payments.StripeAnswer{}, err
			}
		}
		asked := g.reads.now()
		refund, err := g.api.Refunds.New(refundParams(ctx, o, attemptKey("refund-"+o.ID, attempt)))
		if err == nil {
			got := answer{APIResource: refund.APIResource, raw: refund.LastResponse.RawJSON}
			return payments.StripeAnswer{ID: refund.ID, Status: string(refund.Status), Object: got.raw, Version: Version,
				At: g.reads.moment(&got, asked)}, nil
		}
		if !repeated(err) || attempt == maxReplays {
			return payments.StripeAnswer{}, explainRefund(err)
		}
	}
}

func refundParams(ctx context.Context, o payments.RefundOrder, key string) *stripe.RefundParams {
	params := &stripe.RefundParams{Amount: stripe.Int64(o.Amount.Minor), Reason: stripe.String(o.Reason)}
	params.Context = ctx
	params.SetIdempotencyKey(key)
	params.AddMetadata(refundKey, o.ID)
	params.AddExpand("balance_transaction") // what it took from the account is known at once
	if o.PaymentIntent != "" {
		params.PaymentIntent = stripe.String(o.PaymentIntent)
	} else {
		params.Charge = stripe.String(o.Charge)
	}
	return params
}

// ordered looks for the refund of an order among those of its payment.
func (g *Gateway) ordered(ctx context.Context, o payments.RefundOrder) (made payments.StripeAnswer, found bool, err error) {
	q := query{"expand[]": "data.balance_transaction"}
	if o.PaymentIntent != "" {
		q["payment_intent"] = o.PaymentIntent
	} else {
		q["charge"] = o.Charge
	}
	var seen places
	for after := ""; ; {
		asked := q
		if after != "" {
			asked = q.with("starting_after", after)
		}
		got, at, err := g.page(ctx, asked.path("refunds"))
		if err != nil {
			return made, false, err
		}
		for _, object := range got.Data {
			var r struct {
				ID       string            `json:"id"`
				Status   string            `json:"status"`
				Metadata map[string]string `json:"metadata"`
			}
			if err := json.Unmarshal(object, &r); err != nil {
				return made, false, fmt.Errorf("a refund is not readable: %w", err)
			}
			if r.Metadata[refundKey] == o.ID {
				return payments.StripeAnswer{ID: r.ID, Status: r.Status, Object: object, Version: Version, At: at}, true, nil
			}
		}
		if !got.More || len(got.Data) == 0 {
			return made, false, nil
		}
		if after, err = seen.next(after, got.Data[len(got.Data)-1]); err != nil {
			return made, false, err
		}
	}
}

// sameMoney refuses where the payer saw another currency than the one Stripe keeps
// the charge in (https://docs.stripe.com/payments/currencies/localize-prices/adaptive-pricing):
// an amount of the gift would be taken for one of the charge.
func (g *Gateway) sameMoney(ctx context.Context, o payments.RefundOrder) error {
	if o.Charge == "" {
		return nil
	}
	var ch struct {
		Currency string `json:"currency"`
	}
	if _, err := g.read(ctx, "/v1/charges/"+o.Charge, &ch); err != nil {
		return looked(o.Tried, fmt.Errorf("looking at the charge: %w", err))
	}
	if ch.Currency == o.Amount.Currency.Code() {
		return nil
	}
	return &payments.Error{Code: payments.Refused,
		Sentence: fmt.Sprintf("The reader paid in %s and Stripe keeps the charge in %q: give it back in Stripe's dashboard, which knows the rate.",
			o.Amount.Currency, ch.Currency)}
}

// repeated tells a failure of Stripe's own that it keeps for this key.
func repeated(err error) bool {
	refused, ok := errors.AsType[*stripe.Error](err)
	return ok && failedThere(err) && refused.LastResponse != nil && refused.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

// looked is explainRefund for what only looked. Where an earlier try may have been
// heard, Stripe's refusal to show what it made is no refusal to make it.
func looked(tried bool, err error) error {
	if payments.CodeOf(err) == "" {
		err = explainRefund(err)
	}
	if code := payments.CodeOf(err); !tried || code == payments.Busy {
		return err
	}
	return &payments.Error{Code: payments.Busy, RetryAfter: time.Minute, Err: err,
		Sentence: "Stripe does not let this key look whether an earlier try of this order was heard: is it the key of that account and mode, " +
			"and may it read charges and refunds? Once it may, it is found out by itself. Do not order it again before."}
}

// explainRefund says in words of the trade what Stripe refuses
// (https://docs.stripe.com/error-codes, https://docs.stripe.com/refunds).
func explainRefund(err error) error {
	refused, ok := errors.AsType[*stripe.Error](err)
	if !ok || transient(refused) || refused.Type == stripe.ErrorTypeIdempotency {
		return &payments.Error{Code: payments.Busy, RetryAfter: time.Minute, Err: err,
			Sentence: "Stripe does not answer at the moment: whether it was given back is not known yet. It is found out by itself within minutes."}
	}
	e := &payments.Error{Code: payments.Refused, Err: said(refused)}
	switch {
	case refused.HTTPStatusCode == http.StatusUnauthorized || refused.HTTPStatusCode == http.StatusForbidden:
		e.Sentence = "Stripe does not let this key make refunds: a restricted key needs the permission to write refunds and to read charges. Then order it again."
	case refused.HTTPStatusCode == http.StatusNotFound:
		e.Code, e.Sentence = payments.NotFound, "Stripe has no such payment under this key: is it of another account, or of the other mode (test or live)?"
	case refused.Code == stripe.ErrorCodeChargeAlreadyRefunded:
		e.Sentence = "All of it was given back at Stripe already. The books hear of that by readerfund reconcile."
	case refused.Code == stripe.ErrorCodeAmountTooLarge:
		e.Sentence = "Less than that is left of the payment at Stripe: something was given back there. The books hear of that by readerfund reconcile."
	case refused.Code == stripe.ErrorCodeChargeDisputed, refused.Code == stripe.ErrorCodeRefundDisputedPayment:
		e.Sentence = "The reader disputes this payment at their bank: what is decided there gives it back, or does not."
	case refused.Code == stripe.ErrorCodeBalanceInsufficient, refused.Code == stripe.ErrorCodeInsufficientFunds:
		e.Sentence = "The balance at Stripe is too small for this refund: wait for the next payments, or add funds in Stripe's dashboard. Then order it again."
	case refused.Code == stripe.ErrorCodeChargeNotRefundable:
		e.Sentence = "This payment cannot be given back at Stripe: it has not succeeded, or its method does not allow it."
	default:
		e.Sentence = "Stripe refuses this refund: " + refused.Msg
	}
	return e
}

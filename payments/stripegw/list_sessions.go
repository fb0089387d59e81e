package stripegw

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/readerfund/readerfund/payments"
)

// SessionsOf hands on the Checkout sessions, with their lines, on which a payment was
// made (id is a payment intent's, pi_…) or a subscription begun (sub_…); for most there
// is one, for what did not begin at Checkout none
// (https://docs.stripe.com/api/checkout/sessions/list). at and errors are as with
// Objects.
func (g *Gateway) SessionsOf(ctx context.Context, id string, page func(sessions []json.RawMessage, at time.Time) error) error {
	by := "payment_intent"
	switch {
	case strings.HasPrefix(id, "sub_"):
		by = "subscription"
	case !strings.HasPrefix(id, "pi_"):
		return &payments.Error{Code: payments.Refused, Sentence: "Stripe finds sessions by a payment intent or a subscription.",
			Err: fmt.Errorf("%q is neither", id)}
	}
	return g.whole(ctx, "checkout/sessions", query{by: id, "expand[]": "data.line_items"}, "", page)
}

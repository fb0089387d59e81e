package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/readerfund/readerfund/payments"
)

// mostBelongings bounds for how many charges of one run all that belongs to them is
// asked for: where so much is missing, an import is the better way.
const mostBelongings = 1000

// belongings takes in what belongs to charges that were missing and that says
// whose gift each is: its payment intent, and the invoice, subscription and customer
// of a recurring gift.
func (r *reconciling) belongings(ctx context.Context, charges []json.RawMessage) error {
	for _, object := range charges {
		if r.asks++; r.asks > mostBelongings {
			if r.asks == mostBelongings+1 {
				r.Log.Warn("many charges are missing: run readerfund import, which takes in all that belongs to them",
					"since", r.out.Since.Format(time.DateOnly))
			}
			return nil
		}
		var c struct {
			Intent   reference `json:"payment_intent"`
			Invoice  reference `json:"invoice"`
			Customer reference `json:"customer"`
		}
		if err := json.Unmarshal(object, &c); err != nil {
			return fmt.Errorf("reading a charge: %w", err)
		}
		if _, err := r.fetch(ctx, "payment_intents/", c.Intent); err != nil {
			return err
		}
		invoice, err := r.fetch(ctx, "invoices/", c.Invoice)
		if err != nil {
			return err
		}
		if invoice == nil {
			continue
		}
		var i struct {
			Subscription reference `json:"subscription"`
		}
		if err := json.Unmarshal(invoice, &i); err != nil {
			return fmt.Errorf("reading an invoice: %w", err)
		}
		if _, err := r.fetch(ctx, "subscriptions/", i.Subscription); err != nil {
			return err
		}
		if _, err := r.fetch(ctx, "customers/", c.Customer); err != nil {
			return err
		}
	}
	return nil
}

// fetch takes in one object, and gives it; nil where there is none.
func (r *reconciling) fetch(ctx context.Context, path string, id reference) (json.RawMessage, error) {
	if id == "" {
		return nil, nil
	}
	object, at, err := r.Stripe.Object(ctx, path+url.PathEscape(string(id)))
	if payments.CodeOf(err) == payments.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return object, r.take(ctx, "reconciled")([]json.RawMessage{object}, at)
}

// reference is the id of another object, which may stand there whole.
type reference string

// UnmarshalJSON reads either, and "" of anything else.
func (r *reference) UnmarshalJSON(raw []byte) error {
	var id string
	if json.Unmarshal(raw, &id) != nil {
		id = idOf(raw)
	}
	*r = reference(id)
	return nil
}

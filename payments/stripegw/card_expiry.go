package stripegw

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
)

// CardOf is the last month in which the card that a subscription is charged to next
// can be charged: year * 100 + month. It is 0 where that is no card, or a card that
// Stripe does not show. Stripe charges what the subscription itself names, else what
// its customer does
// (https://docs.stripe.com/billing/subscriptions/payment-methods-setting). Errors are
// *payments.Error: NotFound, Busy or Refused.
func (g *Gateway) CardOf(ctx context.Context, subscription string) (expires int64, err error) {
	var s struct {
		Customer ref `json:"customer"`
		Method   ref `json:"default_payment_method"`
		Source   ref `json:"default_source"`
	}
	if err := g.look(ctx, "subscriptions/"+url.PathEscape(subscription), &s); err != nil {
		return 0, fmt.Errorf("looking at a subscription: %w", err)
	}
	method := s.Method
	if method == "" {
		method = s.Source
	}
	if method == "" && s.Customer != "" {
		var cu struct {
			Settings maybe[struct {
				Method ref `json:"default_payment_method"`
			}] `json:"invoice_settings"`
			Source ref `json:"default_source"`
		}
		if err := g.look(ctx, "customers/"+url.PathEscape(string(s.Customer)), &cu); err != nil {
			return 0, fmt.Errorf("looking at a customer: %w", err)
		}
		if method = cu.Settings.it.Method; method == "" {
			method = cu.Source
		}
	}
	if method == "" {
		return 0, nil
	}
	var m struct {
		Card maybe[card] `json:"card"`
	}
	if err := g.look(ctx, "payment_methods/"+url.PathEscape(string(method)), &m); err != nil {
		return 0, fmt.Errorf("looking at a payment method: %w", err)
	}
	return m.Card.it.expires(), nil
}

// look reads an object by its path below /v1/ into one of this room's shapes.
func (g *Gateway) look(ctx context.Context, path string, shape any) error {
	var raw json.RawMessage
	if _, err := g.read(ctx, "/v1/"+path, &raw); err != nil {
		return sorted(err)
	}
	if err := unmarshalWhole(raw, shape); err != nil {
		return fmt.Errorf("%s is not readable: %w", path, err)
	}
	return nil
}

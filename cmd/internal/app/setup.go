package app

import (
	"context"
	"log/slog"

	"github.com/readerfund/readerfund/payments/stripegw"
)

// WebhookPath and ManagePath are where, below BASE_URL, Stripe posts events and
// its portal leads readers back to.
const (
	WebhookPath = "/webhooks/stripe"
	ManagePath  = "/manage"
)

// SetUpStripe registers what the service needs at Stripe: the endpoint for events
// and the configuration of the billing portal. What is there already is brought
// up to date. An endpoint that was registered is given back with an error of the
// portal's too: its secret is shown only once.
func SetUpStripe(ctx context.Context, cfg Config, log *slog.Logger) (stripegw.Endpoint, stripegw.Portal, error) {
	gateway := newGateway(cfg, log)
	endpoint, err := gateway.SetUpEndpoint(ctx, cfg.BaseURL+WebhookPath)
	if err != nil {
		return endpoint, stripegw.Portal{}, err
	}
	portal, err := gateway.SetUpPortal(ctx)
	return endpoint, portal, err
}

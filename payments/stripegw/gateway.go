package stripegw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/readerfund/readerfund/payments"
)

// Version is the API version whose shapes this room asks for.
const Version = stripe.APIVersion

// Options say how to reach Stripe.
type Options struct {
	Key     string
	APIBase string // "" for Stripe itself; another address only for a stand-in
	BaseURL string // of this service, without a slash at the end: where readers come back to
	HTTP    *http.Client
	Log     *slog.Logger
	// ReadsPerSecond bounds the reading of lists; 0 for DefaultReadsPerSecond.
	ReadsPerSecond int
}

// Gateway calls Stripe.
type Gateway struct {
	api     *client.API
	reads   *listReader // of lists
	baseURL string
	log     *slog.Logger
	// known are the products that exist by this process's own call.
	// Another replica makes the same call, which changes nothing.
	known sync.Map
}

// New makes a gateway. It does not call Stripe yet.
func New(o Options) *Gateway {
	config := &stripe.BackendConfig{
		HTTPClient:        o.HTTP,
		LeveledLogger:     quiet{o.Log},
		MaxNetworkRetries: stripe.Int64(1),
		EnableTelemetry:   stripe.Bool(false),
	}
	if o.APIBase != "" {
		config.URL = stripe.String(o.APIBase)
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, config)
	// A client of its own, never stripe.Key: two gateways may stand side by side.
	api := client.New(o.Key, &stripe.Backends{API: backend, Connect: backend, Uploads: backend})
	return &Gateway{api: api, reads: newListReader(o.Key, o.ReadsPerSecond, *config), baseURL: o.BaseURL, log: o.Log}
}

// Endpoints lists the addresses that this Stripe account posts events to, those
// that are disabled left out. Asking also proves that the key is good. The error
// is Stripe's own, for operators.
func (g *Gateway) Endpoints(ctx context.Context) ([]string, error) {
	params := &stripe.WebhookEndpointListParams{}
	params.Context = ctx
	params.Limit = stripe.Int64(100)
	var urls []string
	all := g.api.WebhookEndpoints.List(params)
	for all.Next() {
		if e := all.WebhookEndpoint(); e.Status == "enabled" {
			urls = append(urls, e.URL)
		}
	}
	if refused, ok := errors.AsType[*stripe.Error](all.Err()); ok {
		return nil, fmt.Errorf("refused by Stripe with status %d: %s", refused.HTTPStatusCode, refused.Msg)
	}
	return urls, all.Err()
}

// explain sorts Stripe's refusals into what a caller can do about them
// (https://docs.stripe.com/error-handling, https://docs.stripe.com/rate-limits).
func explain(err error) error {
	refused, ok := errors.AsType[*stripe.Error](err)
	switch {
	case !ok, refused.HTTPStatusCode >= 500, refused.HTTPStatusCode == http.StatusTooManyRequests,
		refused.HTTPStatusCode == http.StatusConflict:
		return &payments.Error{
			Code: payments.Busy, RetryAfter: 3 * time.Second, Err: err,
			Sentence: "Our payment provider is busy. Nothing was charged; this page goes on by itself.",
		}
	case refused.Type == stripe.ErrorTypeIdempotency:
		// Our own configuration changed between two calls for one checkout.
		return &payments.Error{
			Code: payments.Gone, Err: err,
			Sentence: "This payment page can no longer be opened. Nothing was charged; please choose your gift again.",
		}
	default:
		return &payments.Error{
			Code: payments.Refused, Err: err,
			Sentence: "We cannot open the payment page. Nothing was charged; please try again later.",
		}
	}
}

// quiet gives stripe-go's own remarks to our log, as details: each failure is
// logged once by whoever handles it.
type quiet struct{ log *slog.Logger }

func (q quiet) say(format string, v []any) {
	q.log.Debug("stripe client", "format", format, "arguments", len(v))
}

// Debugf is part of stripe-go's logger.
func (q quiet) Debugf(format string, v ...any) { q.say(format, v) }

// Infof is part of stripe-go's logger.
func (q quiet) Infof(format string, v ...any) { q.say(format, v) }

// Warnf is part of stripe-go's logger.
func (q quiet) Warnf(format string, v ...any) { q.say(format, v) }

// Errorf is part of stripe-go's logger.
func (q quiet) Errorf(format string, v ...any) { q.say(format, v) }

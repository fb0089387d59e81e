package stripegw

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/stripe/stripe-go/v76"
)

// Endpoint is where Stripe posts events, after SetUpEndpoint.
type Endpoint struct {
	ID      string
	Secret  string   // with which Stripe signs; only where it was made just now, Stripe never shows it again
	Made    bool     // just now
	Changed bool     // it was there, and posts other events now or was switched off
	Others  []string // ids of endpoints of the same address at another API version
}

// SetUpEndpoint registers an address for the events that Decode understands, at
// this room's API version. One that is there already is brought up to date.
// Errors are Stripe's own, for operators.
func (g *Gateway) SetUpEndpoint(ctx context.Context, url string) (Endpoint, error) {
	var ours *stripe.WebhookEndpoint
	var out Endpoint
	list := &stripe.WebhookEndpointListParams{}
	list.Context = ctx
	list.Limit = stripe.Int64(100)
	all := g.api.WebhookEndpoints.List(list)
	for all.Next() {
		switch e := all.WebhookEndpoint(); {
		case e.URL != url:
		case e.APIVersion == Version && ours == nil:
			ours = e
		default:
			out.Others = append(out.Others, e.ID)
		}
	}
	if err := all.Err(); err != nil {
		return out, refused("listing the endpoints", err)
	}
	params := &stripe.WebhookEndpointParams{EnabledEvents: stripe.StringSlice(Events())}
	params.Context = ctx
	if ours == nil {
		params.URL, params.APIVersion = stripe.String(url), stripe.String(Version)
		params.Description = stripe.String("Readerfund")
		made, err := g.api.WebhookEndpoints.New(params)
		if err != nil {
			return out, refused("registering "+url, err)
		}
		out.ID, out.Secret, out.Made = made.ID, made.Secret, true
		return out, nil
	}
	out.ID = ours.ID
	if ours.Status == "enabled" && covers(ours.EnabledEvents, Events()) {
		return out, nil
	}
	// What somebody added stays.
	wanted := slices.Concat(Events(), ours.EnabledEvents)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	if slices.Contains(wanted, "*") {
		wanted = []string{"*"}
	}
	params.EnabledEvents, params.Disabled = stripe.StringSlice(wanted), stripe.Bool(false)
	if _, err := g.api.WebhookEndpoints.Update(ours.ID, params); err != nil {
		return out, refused("changing the endpoint "+ours.ID, err)
	}
	out.Changed = true
	return out, nil
}

func covers(has, wanted []string) bool {
	return slices.Contains(has, "*") || !slices.ContainsFunc(wanted, func(e string) bool { return !slices.Contains(has, e) })
}

// Portal is the configuration of Stripe's billing portal, after SetUpPortal.
type Portal struct {
	ID      string
	Made    bool // just now
	Changed bool // it was there, and leads elsewhere or lets customers do something else now
}

// SetUpPortal makes the configuration of the billing portal that CardPage uses: the
// card can be changed there and nothing else, since everything else has a page of
// ours. What a newsroom changes of it in the dashboard stays, but for the two things
// that CardPage needs. Errors are Stripe's own, for operators.
func (g *Gateway) SetUpPortal(ctx context.Context) (Portal, error) {
	portal, err := g.setUpPortal(ctx)
	if err != nil {
		return portal, refused("configuring the billing portal", err)
	}
	return portal, nil
}

func (g *Gateway) setUpPortal(ctx context.Context) (Portal, error) {
	ours, err := g.portalConfiguration(ctx)
	if err != nil {
		return Portal{}, err
	}
	returnURL := g.baseURL + "/manage"
	params := &stripe.BillingPortalConfigurationParams{
		DefaultReturnURL: stripe.String(returnURL),
		Features: &stripe.BillingPortalConfigurationFeaturesParams{
			PaymentMethodUpdate: &stripe.BillingPortalConfigurationFeaturesPaymentMethodUpdateParams{Enabled: stripe.Bool(true)},
		},
	}
	params.Context = ctx
	if ours == nil {
		// The parameter is required, its fields are not: Stripe shows the links of the
		// account's public details.
		params.BusinessProfile = &stripe.BillingPortalConfigurationBusinessProfileParams{Headline: stripe.String("")}
		params.AddMetadata(markKey, markValue)
		made, err := g.api.BillingPortalConfigurations.New(params)
		if err != nil {
			return Portal{}, err
		}
		return Portal{ID: made.ID, Made: true}, nil
	}
	if f := ours.Features; ours.DefaultReturnURL == returnURL && f != nil && f.PaymentMethodUpdate != nil && f.PaymentMethodUpdate.Enabled {
		return Portal{ID: ours.ID}, nil
	}
	if _, err := g.api.BillingPortalConfigurations.Update(ours.ID, params); err != nil {
		return Portal{}, err
	}
	return Portal{ID: ours.ID, Changed: true}, nil
}

// refused tells an operator what Stripe said.
func refused(doing string, err error) error {
	if e, ok := errors.AsType[*stripe.Error](err); ok {
		return fmt.Errorf("%s: refused by Stripe with status %d: %s", doing, e.HTTPStatusCode, e.Msg)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

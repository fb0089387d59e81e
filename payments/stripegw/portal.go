package stripegw

import (
	"context"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments"
)

// CardPage makes a session of Stripe's billing portal in which the customer gives
// another card for one subscription, and which leads back to returnURL
// (https://docs.stripe.com/customer-management/portal-deep-links). What pays each of
// the customer's subscriptions stays until another card is given. Errors are
// *payments.Error: Busy, Gone or Refused.
func (g *Gateway) CardPage(ctx context.Context, customer, subscription, returnURL, language string) (string, error) {
	if err := g.followCustomer(ctx, customer, subscription); err != nil {
		return "", explainChange(err)
	}
	params := &stripe.BillingPortalSessionParams{
		Customer: stripe.String(customer), ReturnURL: stripe.String(returnURL), Locale: stripe.String(portalLocale(language)),
		FlowData: &stripe.BillingPortalSessionFlowDataParams{
			Type: stripe.String("payment_method_update"),
			AfterCompletion: &stripe.BillingPortalSessionFlowDataAfterCompletionParams{
				Type:     stripe.String("redirect"),
				Redirect: &stripe.BillingPortalSessionFlowDataAfterCompletionRedirectParams{ReturnURL: stripe.String(returnURL)},
			},
		},
	}
	params.Context = ctx
	// Where it is not there and cannot be made, as without the right to, there may be
	// the account's default, once somebody has saved one in Stripe's dashboard.
	ours, err := g.setUpPortal(ctx)
	switch {
	case err == nil:
		params.Configuration = stripe.String(ours.ID)
	case payments.CodeOf(explainChange(err)) != payments.Refused:
		return "", explainChange(err)
	}
	session, err := g.api.BillingPortalSessions.New(params)
	if err != nil {
		return "", explainChange(err)
	}
	return session.URL, nil
}

// The mark by which our portal configuration is found again.
const (
	markKey   = "readerfund"
	markValue = "reader_page"
)

// portalConfiguration finds the active one that SetUpPortal made; nil where there
// is none.
func (g *Gateway) portalConfiguration(ctx context.Context) (*stripe.BillingPortalConfiguration, error) {
	params := &stripe.BillingPortalConfigurationListParams{Active: stripe.Bool(true)}
	params.Context = ctx
	params.Limit = stripe.Int64(100)
	all := g.api.BillingPortalConfigurations.List(params)
	for all.Next() {
		if c := all.BillingPortalConfiguration(); c.Metadata[markKey] == markValue {
			return c, nil
		}
	}
	return nil, all.Err()
}

// portalLocales are the portal's languages beside those of the payment page
// (https://docs.stripe.com/api/customer_portal/sessions/create#create_portal_session-locale).
const portalLocales = " en-AU en-CA en-IE en-IN en-NZ en-SG "

func portalLocale(language string) string {
	if language != "" && strings.Contains(portalLocales, " "+language+" ") {
		return language
	}
	return locale(language)
}

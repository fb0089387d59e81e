package stripegw

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments"
)

// OpenSession makes the Stripe Checkout session of a checkout, or finds the one
// it made before: every parameter comes from the committed checkout, and its id
// is the idempotency key (https://docs.stripe.com/api/idempotent_requests).
// Errors are *payments.Error: Busy, Gone or Refused.
func (g *Gateway) OpenSession(ctx context.Context, c payments.Checkout) (payments.OpenSession, error) {
	product, err := g.product(ctx, c)
	if err != nil {
		return payments.OpenSession{}, explain(err)
	}
	for attempt := 1; ; attempt++ {
		params := g.sessionParams(c, product)
		params.Context = ctx
		params.SetIdempotencyKey(sessionKey(c, attempt))
		session, err := g.api.CheckoutSessions.New(params)
		if err == nil {
			return openSession(session), nil
		}
		if !replayedFailure(err) || attempt == maxAttempts {
			return payments.OpenSession{}, explain(err)
		}
		// Stripe failed on its side, answers so for as long as it keeps the key,
		// and may have made the session all the same.
		session, found, err := g.findSession(ctx, c)
		if err != nil {
			return payments.OpenSession{}, explain(err)
		}
		if found {
			return g.foundSession(session)
		}
	}
}

// maxAttempts bounds the keys that one checkout uses up.
const maxAttempts = 3

func sessionKey(c payments.Checkout, attempt int) string {
	if attempt == 1 {
		return "checkout-" + c.ID
	}
	return fmt.Sprintf("checkout-%s-%d", c.ID, attempt)
}

// replayedFailure tells that Stripe repeated a stored answer of its own failure
// (https://docs.stripe.com/api/idempotent_requests: "including 500 errors").
func replayedFailure(err error) bool {
	refused, ok := errors.AsType[*stripe.Error](err)
	return ok && refused.HTTPStatusCode >= 500 && refused.LastResponse != nil &&
		refused.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

// findSession looks for the checkout's session among those made since the
// checkout was committed, newest first.
func (g *Gateway) findSession(ctx context.Context, c payments.Checkout) (_ *stripe.CheckoutSession, found bool, _ error) {
	params := &stripe.CheckoutSessionListParams{}
	params.Context = ctx
	params.Limit = stripe.Int64(100)
	all := g.api.CheckoutSessions.List(params)
	for all.Next() {
		session := all.CheckoutSession()
		if session.ClientReferenceID == c.ID {
			return session, true, nil
		}
		if session.Created < c.CreatedAt.Add(-clockDrift).Unix() {
			break
		}
	}
	return nil, false, all.Err()
}

// clockDrift is how far Stripe's clock may be behind ours. Past half of it, no
// webhook's signature would be taken any more.
const clockDrift = 2 * tolerance

// foundSession is where a session leads that was made some time ago: it may have
// been paid or have expired since.
func (g *Gateway) foundSession(s *stripe.CheckoutSession) (payments.OpenSession, error) {
	open := openSession(s)
	switch s.Status {
	case stripe.CheckoutSessionStatusComplete:
		open.URL = g.baseURL + "/thanks?session_id=" + url.QueryEscape(s.ID)
	case stripe.CheckoutSessionStatusExpired:
		return payments.OpenSession{}, &payments.Error{
			Code:     payments.Gone,
			Sentence: "This payment page has expired. Nothing was charged; please choose your gift again.",
		}
	}
	return open, nil
}

func openSession(s *stripe.CheckoutSession) payments.OpenSession {
	return payments.OpenSession{ID: s.ID, URL: s.URL, ExpiresAt: time.Unix(s.ExpiresAt, 0)}
}

// product makes sure that a campaign has its one product for readers of a language,
// under an id of our choosing, so that every replica and every restart finds the
// same one. A product has one name, which stands on Stripe's page: the campaign's
// name differs by language. Nothing but the checkout decides the id, so that asking
// again for a session asks for the same.
func (g *Gateway) product(ctx context.Context, c payments.Checkout) (string, error) {
	id := "readerfund_" + c.Attribution.Campaign
	if c.Language != "" {
		id += "_" + strings.ToLower(c.Language)
	}
	if _, ok := g.known.Load(id); ok {
		return id, nil
	}
	params := &stripe.ProductParams{ID: stripe.String(id), Name: stripe.String(c.CampaignName)}
	params.AddMetadata(payments.MetaCampaign, c.Attribution.Campaign)
	params.Context = ctx
	_, err := g.api.Products.New(params)
	if refused, ok := errors.AsType[*stripe.Error](err); ok && refused.Code == stripe.ErrorCodeResourceAlreadyExists {
		// The campaign may have been renamed, or its product archived, since.
		again := &stripe.ProductParams{Name: stripe.String(c.CampaignName), Active: stripe.Bool(true)}
		again.Context = ctx
		_, err = g.api.Products.Update(id, again)
	}
	if err != nil {
		return "", err
	}
	g.known.Store(id, true)
	return id, nil
}

func (g *Gateway) sessionParams(c payments.Checkout, product string) *stripe.CheckoutSessionParams {
	price := &stripe.CheckoutSessionLineItemPriceDataParams{
		Currency:   stripe.String(c.Amount.Currency.Code()),
		UnitAmount: stripe.Int64(c.Amount.Minor),
		Product:    stripe.String(product),
	}
	params := &stripe.CheckoutSessionParams{
		ClientReferenceID: stripe.String(c.ID),
		SuccessURL:        stripe.String(g.baseURL + "/thanks?session_id={CHECKOUT_SESSION_ID}"),
		CancelURL:         stripe.String(g.absolute(wayBack(c.Attribution, c.Language))),
		LineItems:         []*stripe.CheckoutSessionLineItemParams{{PriceData: price, Quantity: stripe.Int64(1)}},
	}
	params.Locale = stripe.String(locale(c.Language))
	// What the reader is charged for stands beside the button of Stripe's page, and
	// on the receipt and in the dashboard.
	description := c.CampaignName
	if c.FeeNote != "" {
		description += " – " + c.FeeNote
		params.CustomText = &stripe.CheckoutSessionCustomTextParams{
			Submit: &stripe.CheckoutSessionCustomTextSubmitParams{Message: stripe.String(c.FeeNote)},
		}
	}
	description = cut(description, maxDescription)
	metadata := c.Attribution.Metadata()
	params.Metadata = metadata
	// Stripe does not copy a session's metadata to what the session makes.
	if !c.Kind.Recurring() {
		params.Mode = stripe.String(string(stripe.CheckoutSessionModePayment))
		params.SubmitType = stripe.String(string(stripe.CheckoutSessionSubmitTypeDonate))
		params.PaymentIntentData = &stripe.CheckoutSessionPaymentIntentDataParams{
			Metadata: metadata, Description: stripe.String(description),
		}
		if c.StatementSuffix != "" {
			params.PaymentIntentData.StatementDescriptorSuffix = stripe.String(c.StatementSuffix)
		}
		return params
	}
	params.Mode = stripe.String(string(stripe.CheckoutSessionModeSubscription))
	price.Recurring = &stripe.CheckoutSessionLineItemPriceDataRecurringParams{Interval: stripe.String(c.Kind.Interval())}
	params.SubscriptionData = &stripe.CheckoutSessionSubscriptionDataParams{
		Metadata: metadata, Description: stripe.String(description),
	}
	return params
}

// maxDescription is how many characters Stripe takes in the description of a
// subscription (https://docs.stripe.com/api/checkout/sessions/create).
const maxDescription = 500

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// locales are the languages of Stripe's payment page
// (https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-locale).
const locales = " bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR " +
	"ro ru sk sl sv th tr vi zh zh-HK zh-TW "

// locale finds Stripe's language for a page's: its own, else that without the
// region, else whatever the reader's browser asks for.
func locale(language string) string {
	base, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, base} {
		if l != "" && strings.Contains(locales, " "+l+" ") {
			return l
		}
	}
	return "auto"
}

// wayBack is the page a reader returns to who leaves Stripe's: the one the
// checkout began on, which may be another site's that shows the ask. An article
// has its language, a campaign's page is asked for in that of the checkout.
func wayBack(a payments.Attribution, language string) string {
	if isAddress(a.Article) {
		return a.Article
	}
	if a.Article != "" {
		return "/articles/" + url.PathEscape(a.Article) + "#support"
	}
	page := "/donate/" + url.PathEscape(a.Campaign)
	if language == "" {
		return page
	}
	return page + "?lang=" + url.QueryEscape(language)
}

// isAddress tells a page of another site from the slug of an article.
func isAddress(article string) bool {
	return strings.HasPrefix(article, "https://") || strings.HasPrefix(article, "http://")
}

// absolute puts our address before a page of ours.
func (g *Gateway) absolute(page string) string {
	if isAddress(page) {
		return page
	}
	return g.baseURL + page
}

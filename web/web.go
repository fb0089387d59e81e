// Package web is the edge of the service: the router, what every answer carries,
// and the pages and routes of its rooms.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/web/fixed"
	"github.com/readerfund/readerfund/web/hooks"
	"github.com/readerfund/readerfund/web/reader"
)

// Metrics is told what happens, for whoever counts it.
type Metrics interface {
	reader.Metrics
	hooks.Metrics
	// RequestServed is called after each answer. route is the pattern, such as
	// /articles/:slug, or "" where none matched.
	RequestServed(method, route string, status int, took time.Duration)
}

// Options is what the service's pages and routes work with. Newsroom, Checkouts,
// Gifts, Verifier, Inbox and BaseURL are needed; the rest has safe zero values.
type Options struct {
	Newsroom  *campaign.Newsroom
	Checkouts reader.Checkouts
	Gifts     reader.Gifts
	Verifier  hooks.Verifier
	Inbox     hooks.Inbox

	// BaseURL is where readers reach the service: scheme and host, without a
	// slash at its end.
	BaseURL string

	// PayOrigins are the origins that a posted form may be redirected to on its
	// way to the payment page, beside Stripe's own: the stand-in's, in development.
	PayOrigins []string

	// TrustedProxies are the addresses or CIDRs whose X-Forwarded-For is believed.
	TrustedProxies []string

	// CountryHeader is the header in which a trusted proxy tells the reader's
	// country, such as CF-IPCountry; "" where none does.
	CountryHeader string

	// Receipts and Printer make the PDF of a receipt; nil where there is none.
	Receipts reader.Receipts
	Printer  reader.Printer

	// Giving tells how goals stand; nil shows them without figures.
	Giving reader.Giving

	// Views counts how often asks were seen; nil counts none.
	Views reader.Views

	// Press prepares pages and files; its zero value does it well.
	Press fixed.Press

	// DonationsPerMinute bounds how many gifts one client address may begin; 0 is
	// reader.DefaultDonationsPerMinute.
	DonationsPerMinute int

	// Manage is what the reader's own page works with; nil where there is none.
	Manage *reader.Manage

	// Finance answers below /finance, with who is let in; nil where there is no desk.
	Finance http.Handler

	// Ready tells whether a donation can be taken; nil is always.
	Ready func(context.Context) error

	Metrics Metrics
	Log     *slog.Logger
	Now     func() time.Time
}

// New builds the handler of everything the service serves to the outside. It
// fails where a template, a sentence or an option is wrong.
func New(o Options) (http.Handler, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	pages, err := reader.New(reader.Options{
		Newsroom: o.Newsroom, Checkouts: o.Checkouts, Gifts: o.Gifts, Giving: o.Giving, Views: o.Views, Metrics: o.Metrics,
		BaseURL: o.BaseURL, Log: o.Log, Now: o.Now, DonationsPerMinute: o.DonationsPerMinute, Manage: o.Manage, Press: o.Press,
		Receipts: o.Receipts, Printer: o.Printer, CountryHeader: o.CountryHeader, BelievesCountry: believes(o.TrustedProxies),
	})
	if err != nil {
		return nil, fmt.Errorf("the reader's pages: %w", err)
	}
	protect, err := crossOrigin(o.BaseURL, o.Newsroom.Site.Embed.Origins, pages)
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	if err := engine.SetTrustedProxies(o.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w; write addresses or ranges, such as 10.0.0.0/8", err)
	}
	engine.HandleMethodNotAllowed = true
	// Gin's own redirects go round the middleware and believe X-Forwarded-Prefix.
	engine.RedirectTrailingSlash, engine.RedirectFixedPath = false, false
	engine.Use(o.observe, o.recovery(pages), headers(o.BaseURL, o.PayOrigins), protect)
	engine.NoRoute(func(c *gin.Context) { pages.Problem(c, http.StatusNotFound) })
	engine.NoMethod(func(c *gin.Context) { pages.Problem(c, http.StatusMethodNotAllowed) })
	o.mountHealth(engine)
	pages.Mount(engine)
	if o.Finance != nil {
		mountFinance(engine, o.Finance)
	}
	hooks.Mount(engine, hooks.Options{Verifier: o.Verifier, Inbox: o.Inbox, Metrics: o.Metrics, Log: o.Log, Now: o.Now})
	return gzhttp.GzipHandler(engine), nil
}

// complete checks what is needed and fills in what is not.
func (o *Options) complete() error {
	switch {
	case o.Newsroom == nil || o.Checkouts == nil || o.Gifts == nil || o.Verifier == nil || o.Inbox == nil:
		return errors.New("web: Newsroom, Checkouts, Gifts, Verifier and Inbox are all needed")
	case o.BaseURL == "":
		return errors.New("web: BaseURL is needed")
	}
	if o.Metrics == nil {
		o.Metrics = uncounted{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return nil
}

// uncounted is the Metrics of those who count nothing.
type uncounted struct{}

func (uncounted) CheckoutStarted(payments.Kind, money.Currency)    {}
func (uncounted) WebhookReceived(hooks.Outcome)                    {}
func (uncounted) RequestServed(string, string, int, time.Duration) {}

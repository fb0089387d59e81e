package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/web/reader"
)

// stripeCheckout is where Stripe shows its payment page
// (https://docs.stripe.com/security/guide#content-security-policy).
const stripeCheckout = "https://checkout.stripe.com"

// stripePortal is where Stripe shows the page on which a card is changed
// (https://docs.stripe.com/api/customer_portal/sessions/object#portal_session_object-url).
const stripePortal = "https://billing.stripe.com"

// headers sets what every answer carries. The policy allows nothing but our own
// style, script and pictures. Chromium holds form-action against every redirect that
// follows a posted form, so the payment page's origin must be in it, and on the
// reader's own pages that of the billing portal.
func headers(baseURL string, payOrigins []string) gin.HandlerFunc {
	policyWith := func(pages ...string) string {
		actions := slices.Concat([]string{"'self'"}, pages, payOrigins)
		return "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action " +
			strings.Join(actions, " ") + "; frame-ancestors 'none'; base-uri 'none'"
	}
	giving, own := policyWith(stripeCheckout), policyWith(stripeCheckout, stripePortal)
	secure := strings.HasPrefix(baseURL, "https://")
	return func(c *gin.Context) {
		h := c.Writer.Header()
		policy := giving
		if strings.HasPrefix(c.Request.URL.Path, "/manage/") {
			policy = own
		}
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		c.Next()
	}
}

// crossOrigin refuses what browsers post from other sites. Stripe's webhooks are
// no browser's and carry their own proof.
//
// hosts are the origins whose pages show the ask: a gift may begin there, and
// nothing else may be posted from there. What /donate starts is only shown on
// Stripe's page, where the reader decides.
func crossOrigin(baseURL string, hosts []string, pages *reader.Pages) (gin.HandlerFunc, error) {
	base, err := url.Parse(baseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("the base address %q is not absolute; write it as https://www.newsroom.example", baseURL)
	}
	own, giving := http.NewCrossOriginProtection(), http.NewCrossOriginProtection()
	// Behind a proxy that changes Host, the browser's Origin is still this one.
	origin := base.Scheme + "://" + base.Host
	if err := errors.Join(own.AddTrustedOrigin(origin), giving.AddTrustedOrigin(origin)); err != nil {
		return nil, fmt.Errorf("the base address %q: %w", baseURL, err)
	}
	for _, host := range hosts {
		if err := giving.AddTrustedOrigin(host); err != nil {
			return nil, fmt.Errorf("the origin %q of the site file: %w", host, err)
		}
	}
	return func(c *gin.Context) {
		protection := own
		if c.Request.URL.Path == "/donate" {
			protection = giving
		}
		// What is sent to /seen is held against its origin there: whatever it is, the
		// answer is the same.
		if !strings.HasPrefix(c.Request.URL.Path, "/webhooks/") && c.Request.URL.Path != "/seen" && protection.Check(c.Request) != nil {
			c.Abort()
			pages.Problem(c, http.StatusForbidden)
			return
		}
		c.Next()
	}, nil
}

package reader

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// checkout sends a reader on to Stripe's payment page. Its address can be opened
// again at any time: it always leads to the same session.
func (p *Pages) checkout(c *gin.Context) error {
	id := c.Param("id")
	c.Header("Cache-Control", "no-store")
	if onlyLooks(c) {
		return nil
	}
	onward, err := p.Checkouts.Continue(c.Request.Context(), id)
	switch payments.CodeOf(err) {
	case payments.NotFound:
		return notFound("error.404.checkout")
	case payments.Gone:
		return p.gone(c, onward)
	case payments.Refused:
		p.Log.ErrorContext(c.Request.Context(), "no payment page", "error", err)
		return &pageError{status: http.StatusServiceUnavailable, key: "error.503.refused", language: onward.Checkout.Language}
	case payments.Busy, payments.Unavailable:
		p.Log.WarnContext(c.Request.Context(), "reader waits for the payment page", "error", err)
		return p.wait(c, onward, id, err)
	}
	if err != nil {
		return err
	}
	if onward.URL == "" {
		c.Redirect(http.StatusSeeOther, thanksAddress(onward.SessionID))
		return nil
	}
	c.Redirect(http.StatusSeeOther, onward.URL)
	return nil
}

// onlyLooks answers whoever looks at an address on the way to the payment page, and
// does not go there: only a reader who comes makes a session.
func onlyLooks(c *gin.Context) bool {
	switch {
	case c.Request.Method == http.MethodHead:
		c.Status(http.StatusOK)
	case Prefetched(c.Request):
		c.Status(http.StatusServiceUnavailable) // browsers throw away a prefetch that failed
	default:
		return false
	}
	return true
}

// Prefetched tells whether a browser asks ahead of its reader
// (https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header; older ones send
// Purpose).
func Prefetched(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") || strings.HasPrefix(r.Header.Get("Purpose"), "prefetch")
}

func (p *Pages) gone(c *gin.Context, onward payments.Onward) error {
	words := p.in(onward.Checkout.Language)
	m, err := p.say(words, "gone.title", "gone.lead")
	if err != nil {
		return err
	}
	a := onward.Checkout.Attribution
	body, err := p.renderMessage(words, m, a.Article, a.Campaign)
	if err != nil {
		return err
	}
	p.write(c, http.StatusGone, body)
	return nil
}

// wait shows the waiting page, which loads this address again.
func (p *Pages) wait(c *gin.Context, onward payments.Onward, id string, cause error) error {
	words := p.in(onward.Checkout.Language)
	m, err := p.say(words, "waiting.title", "waiting.lead", "waiting.next")
	if err != nil {
		return err
	}
	label, err := words.text("waiting.link")
	if err != nil {
		return err
	}
	m.Live = true
	m.Links = []link{{Href: "/checkout/" + id, Label: label, Main: true}}
	body, err := p.renderMessage(words, m, "", "")
	if err != nil {
		return err
	}
	after := retryAfter(cause) + spread(id)
	setRetryAfter(c, after)
	goOn(c, after, "/checkout/"+id)
	p.write(c, http.StatusServiceUnavailable, body)
	return nil
}

// spread keeps readers who were sent away in the same second from coming back in
// the same second.
func spread(id string) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return time.Duration(h.Sum32()%3) * time.Second
}

// goOn makes the browser load an address by itself after a time. It is a header
// rather than an element of the page, so that the page itself stays the same.
func goOn(c *gin.Context, after time.Duration, address string) {
	c.Header("Refresh", fmt.Sprintf("%d; url=%s", int64(after/time.Second), address))
}

func thanksAddress(session string) string { return "/thanks?session_id=" + url.QueryEscape(session) }

package reader

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// handler answers a request or says why it cannot; adapt words the why.
type handler func(*gin.Context) error

// pageError is a failure of the pages' own, with the key of its words.
type pageError struct {
	status     int
	key        string // key.title and key.lead are in the catalogue
	language   string // of the reader, where it is known from the checkout
	retryAfter time.Duration
}

func (e *pageError) Error() string { return e.key }

func notFound(key string) error { return &pageError{status: http.StatusNotFound, key: key} }

// statusOf is the one table from the kinds of failure to HTTP.
func statusOf(code payments.Code) int {
	switch code {
	case payments.Invalid:
		return http.StatusUnprocessableEntity
	case payments.NotFound:
		return http.StatusNotFound
	case payments.Gone:
		return http.StatusGone
	case payments.Busy, payments.Unavailable, payments.Refused:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// statusClientGone is what nginx logs when the browser hung up; nobody receives it.
const statusClientGone = 499

func (p *Pages) adapt(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		err := h(c)
		if err == nil {
			return
		}
		ctx := c.Request.Context()
		if errors.Is(err, context.Canceled) && ctx.Err() != nil {
			c.AbortWithStatus(statusClientGone)
			return
		}
		if e, ok := errors.AsType[*pageError](err); ok {
			p.problemPage(c, cmp.Or(e.language, p.asked(c)), e.status, e.key, e.retryAfter)
			return
		}
		status, retry := http.StatusInternalServerError, time.Duration(0)
		if e, ok := errors.AsType[*payments.Error](err); ok {
			status, retry = statusOf(e.Code), e.RetryAfter
		}
		if status >= http.StatusInternalServerError {
			p.Log.ErrorContext(ctx, "request failed", "route", c.FullPath(), "status", status, "error", err)
		}
		p.problemPage(c, p.asked(c), status, "error."+strconv.Itoa(status), retry)
	}
}

// Problem answers with the page for a status: 403, 404, 405, 500 and the others
// that have words in the catalogue.
func (p *Pages) Problem(c *gin.Context, status int) {
	p.problemPage(c, p.asked(c), status, "error."+strconv.Itoa(status), 0)
}

func (p *Pages) problemPage(c *gin.Context, language string, status int, key string, retryAfter time.Duration) {
	around := surroundings{}
	if signpost(key) && !ownPage(c.Request.URL.Path) {
		p.varyByCurrency(c)
		around = surroundings{banner: true, currency: p.currencyOf(c)}
	}
	body, err := p.renderProblem(p.in(language), status, key, around)
	if err != nil {
		p.Log.ErrorContext(c.Request.Context(), "no page for a failure", "status", status, "error", err)
		body = p.lastHelp
	}
	setRetryAfter(c, retryAfter)
	p.write(c, status, body)
}

func (p *Pages) renderProblem(words *catalogue, status int, key string, around surroundings) ([]byte, error) {
	title, err := words.text(key + ".title")
	if err != nil {
		return nil, err
	}
	lead, err := words.text(key + ".lead")
	if err != nil {
		return nil, err
	}
	// Whoever meets a failure while giving wants to know one thing.
	through, err := words.text("give.through")
	if err != nil {
		return nil, err
	}
	m := message{
		Mark: strconv.Itoa(status), Title: title, Paragraphs: []string{lead}, Around: around,
		Links: []link{{Href: p.giftAddress(p.known(words.tag)), Label: through}},
	}
	return p.renderMessage(words, m, "", "")
}

// setRetryAfter rounds up: a reader sent back too early is sent away again.
func setRetryAfter(c *gin.Context, d time.Duration) {
	if d > 0 {
		c.Header("Retry-After", strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10))
	}
}

// write answers with a page that is one reader's and must not be kept.
func (p *Pages) write(c *gin.Context, status int, body []byte) {
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex")
	c.Data(status, htmlType, body)
}

const htmlType = "text/html; charset=utf-8"

// retryAfter is how long an error asks to wait: a few seconds where it does not say.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*payments.Error](err); ok && e.RetryAfter > 0 {
		return e.RetryAfter
	}
	return 2 * time.Second
}

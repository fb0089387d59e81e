package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/web/reader"
)

// observe gives each request an id, and logs and counts its answer. It writes the
// route's pattern rather than the address: the address of a checkout or of a
// thank-you page is a key to one reader's gift.
func (o *Options) observe(c *gin.Context) {
	began := time.Now()
	id := rand.Text()
	c.Header("X-Request-Id", id)
	c.Next()

	took := time.Since(began)
	status := c.Writer.Status()
	level := slog.LevelInfo
	// A page that is not to be prefetched answers so, and nothing is wrong.
	if status >= http.StatusInternalServerError && (status != http.StatusServiceUnavailable || !reader.Prefetched(c.Request)) {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("method", c.Request.Method), slog.String("route", c.FullPath()), slog.Int("status", status),
		slog.Duration("took", took), slog.Int("bytes", c.Writer.Size()), slog.String("request_id", id),
	}
	if c.FullPath() == "" {
		attrs = append(attrs, slog.String("path", c.Request.URL.Path))
	}
	o.Log.LogAttrs(c.Request.Context(), level, "request", attrs...)
	o.Metrics.RequestServed(c.Request.Method, c.FullPath(), status, took)
}

// recovery turns a panic into the page for failures. What was panicked with and
// where goes to the log only.
func (o *Options) recovery(pages *reader.Pages) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause) // net/http's own way to hang up
			}
			o.Log.ErrorContext(c.Request.Context(), "panic", "route", c.FullPath(), "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			c.Abort()
			if !c.Writer.Written() {
				pages.Problem(c, http.StatusInternalServerError)
			}
		}()
		c.Next()
	}
}

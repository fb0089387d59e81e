package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// readyWithin is how long the check of readiness may take: less than any
// balancer waits.
const readyWithin = 2 * time.Second

// mountHealth adds GET /healthz (the process answers) and GET /readyz (it can
// take a donation).
func (o *Options) mountHealth(r gin.IRouter) {
	alive := func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		c.String(http.StatusOK, "ok\n")
	}
	r.GET("/healthz", alive)
	r.HEAD("/healthz", alive)
	r.GET("/readyz", o.ready)
	r.HEAD("/readyz", o.ready)
}

// ready names the kind of what is missing and nothing more; the log has the rest.
func (o *Options) ready(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if o.Ready != nil {
		ctx, cancel := context.WithTimeout(c.Request.Context(), readyWithin)
		defer cancel()
		if err := o.Ready(ctx); err != nil {
			o.Log.WarnContext(ctx, "not ready", "error", err)
			code := payments.CodeOf(err)
			if code == "" {
				code = payments.Unavailable
			}
			c.String(http.StatusServiceUnavailable, "not ready: %s\n", code)
			return
		}
	}
	c.String(http.StatusOK, "ready\n")
}

package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/web/auth"
)

// mountFinance adds the finance desk. Its handler knows its own pages, whom they are
// for, and what its answers carry; the router tells it the client's address.
func mountFinance(r gin.IRouter, desk http.Handler) {
	serve := func(c *gin.Context) {
		desk.ServeHTTP(c.Writer, c.Request.WithContext(auth.WithAddress(c.Request.Context(), c.ClientIP())))
	}
	r.Any("/finance", serve)
	r.Any("/finance/*page", serve)
}

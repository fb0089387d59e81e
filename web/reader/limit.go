package reader

import (
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/httprate"
)

// limitWindow is over what time gifts are counted.
const limitWindow = time.Minute

// newLimiter counts by client. It tells clients nothing of its state: whoever
// tries cards need not know how close to the limit to stay.
func newLimiter(perMinute int) *httprate.RateLimiter {
	return httprate.NewRateLimiter(perMinute, limitWindow, httprate.WithResponseHeaders(httprate.ResponseHeaders{}))
}

// limited tells whether a client has begun too many gifts. A loopback address is
// a proxy on this machine whom nobody listed as trusted, or a developer; to count
// it as one reader would shut out all of them.
func (p *Pages) limited(c *gin.Context) bool {
	address := c.ClientIP()
	if ip, err := netip.ParseAddr(address); err == nil && ip.Unmap().IsLoopback() {
		return false
	}
	return p.limiter.OnLimit(c.Writer, c.Request, httprate.CanonicalizeIP(address))
}

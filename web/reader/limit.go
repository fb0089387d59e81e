package reader

import (
	"net/netip"
	"net/url"
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

// limited tells whether a client has begun too many gifts. Where the service's
// own address is a loopback one it is a developer's, who gives all day.
func (p *Pages) limited(c *gin.Context) bool {
	if p.development {
		return false
	}
	return p.limiter.OnLimit(c.Writer, c.Request, httprate.CanonicalizeIP(c.ClientIP()))
}

// loopback tells whether an address of ours is for this machine alone.
func loopback(baseURL string) bool {
	u, err := url.Parse(baseURL)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Unmap().IsLoopback()
}

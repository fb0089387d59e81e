package reader

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments/manage"
)

// changeLooks are how long a page of the reader's own waits before it looks again
// whether Stripe has told of a change. Seconds are the rule; then it stops, and the
// reader can load it.
func changeLooks() []time.Duration {
	return []time.Duration{2 * time.Second, 3 * time.Second, 5 * time.Second, 8 * time.Second, 13 * time.Second, 20 * time.Second}
}

// awaits makes the page at a path load itself again while one of the recurring
// donations on it is being changed.
func (v *visit) awaits(c *gin.Context, path string, all ...manage.Recurring) {
	changing := slices.ContainsFunc(all, func(r manage.Recurring) bool { return r.Running() && r.Changing != "" })
	v.again = changing && lookAgain(c, v.at(path), changeLooks())
}

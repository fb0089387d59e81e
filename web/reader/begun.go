package reader

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// giftsCookie remembers which gifts this browser began, so that its reader can ask
// what became of them and is warned before giving twice. It holds the random ids
// of checkouts and goes to the two addresses that need it: pages that caches keep
// never see it.
const giftsCookie = "gifts"

const (
	// begunLife is how long a browser remembers a gift that it began.
	begunLife = 30 * 24 * time.Hour
	// begunMost is how many gifts it remembers: more than somebody who tries amounts
	// begins within the hour in which a second gift is asked about.
	begunMost = 12
	// idLength is that of a checkout's id.
	idLength = 26
)

// begunHere are the ids of the checkouts that this browser began, the latest
// first. Whatever else stands in the cookie is left out.
func begunHere(r *http.Request) []string {
	var ids []string
	for _, cookie := range r.CookiesNamed(giftsCookie) {
		for id := range strings.SplitSeq(cookie.Value, ".") {
			if len(id) == idLength && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids[:min(len(ids), begunMost)]
}

// remember adds a checkout to those that this browser began.
func (p *Pages) remember(c *gin.Context, id string) {
	ids := slices.DeleteFunc(begunHere(c.Request), func(known string) bool { return known == id })
	ids = append([]string{id}, ids...)
	for _, path := range []string{"/donate", giftPath} {
		p.setCookie(c, giftsCookie, strings.Join(ids[:min(len(ids), begunMost)], "."), path, begunLife)
	}
}

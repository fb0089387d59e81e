package reader

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// The addresses of articles and campaigns with a slash at their end, as people and
// other programs write them, lead to the one without: a page has one address. What
// does not exist leads nowhere, and the way is made of the newsroom's own names, so
// that nobody is sent to another site.

func (p *Pages) articleWithSlash(c *gin.Context) error {
	a, ok := p.Newsroom.Article(c.Param("slug"))
	if !ok {
		return notFound("error.404")
	}
	redirectTo(c, articleAddress(a))
	return nil
}

func (p *Pages) wholePageWithSlash(c *gin.Context) error {
	appeal, ok := p.Newsroom.AppealIn(c.Param("campaign"), p.asked(c), p.Now())
	if !ok {
		return notFound("error.404.campaign")
	}
	redirectTo(c, pageAddress(appeal.Campaign))
	return nil
}

// redirectTo sends to an address of this site for good, with the request's query.
func redirectTo(c *gin.Context, address string) {
	if query := c.Request.URL.RawQuery; query != "" {
		address += "?" + query
	}
	c.Redirect(http.StatusPermanentRedirect, address)
}

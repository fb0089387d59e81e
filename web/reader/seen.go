package reader

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/httprate"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/seen"
)

// Views counts how often asks were really seen.
type Views interface {
	// Seen takes a view; false where it takes no more for the moment.
	Seen(v seen.View) bool
	// Told says what became of something that was sent as a view.
	Told(outcome Telling)
}

// Telling is what became of something that was sent as a view.
type Telling string

// What becomes of a view, or of what poses as one.
const (
	ViewCounted  Telling = "counted"
	ViewCrawler  Telling = "crawler"  // no person's browser
	ViewForeign  Telling = "foreign"  // from a page of another site, or from no page
	ViewTooMany  Telling = "too_many" // more than one address can have seen
	ViewBroken   Telling = "broken"   // no form, or a huge one
	ViewUnknown  Telling = "unknown"  // an appeal, variant, placement or article that the newsroom does not have
	ViewPostpone Telling = "full"     // more different ones at once than are kept in memory
)

// Tellings lists all of them, for whoever counts.
func Tellings() []Telling {
	return []Telling{ViewCounted, ViewCrawler, ViewForeign, ViewTooMany, ViewBroken, ViewUnknown, ViewPostpone}
}

// viewsPerMinute bounds what one client address is believed to have seen. A page
// has a handful of asks, and an office some dozens of readers.
const viewsPerMinute = 300

// maxBeacon bounds what a page sends when an ask was seen, in bytes.
const maxBeacon = 8 << 10

// seenAddress is where pages tell that an ask was seen. It is let through from
// other sites' pages: whoever sends it may do no more than be counted, or not.
const seenAddress = "/seen"

// sighting is an ask as its page marks it, so that it can tell that it was seen.
type sighting struct {
	Placement campaign.Placement
	Appeal    *campaign.Appeal
	Article   string // slug, or the address of another site's page; "" for none
}

// sightingOf is nil where there is no appeal.
func sightingOf(at campaign.Placement, appeal *campaign.Appeal, article string) *sighting {
	if appeal == nil {
		return nil
	}
	return &sighting{at, appeal, article}
}

// seen counts a view. The answer is the same whatever was sent: it is for a page
// that nobody looks at any more, and tells those who try things nothing.
func (p *Pages) seen(c *gin.Context) error {
	outcome := p.view(c)
	if p.Views != nil {
		p.Views.Told(outcome)
	}
	c.Header("Cache-Control", "no-store")
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}

func (p *Pages) view(c *gin.Context) Telling {
	c.Writer.Header().Add("Vary", "Origin")
	own, host := p.senderOf(c)
	switch {
	case !own && host == "":
		return ViewForeign
	case isCrawler(c.Request.UserAgent()):
		return ViewCrawler
	case !p.development && p.sights.OnLimit(c.Writer, c.Request, httprate.CanonicalizeIP(c.ClientIP())):
		return ViewTooMany
	}
	form, ok := beacon(c)
	if !ok {
		return ViewBroken
	}
	v, ok := p.viewOf(form, own)
	switch {
	case !ok:
		return ViewUnknown
	case p.Views == nil || !p.Views.Seen(v):
		return ViewPostpone
	}
	return ViewCounted
}

// senderOf tells from whose page a view comes: our own, or that of another site
// which may show appeals. Browsers say it in headers that no page can change.
func (p *Pages) senderOf(c *gin.Context) (own bool, host string) {
	origin := c.GetHeader("Origin")
	switch {
	case c.GetHeader("Sec-Fetch-Site") == "same-origin", origin == p.BaseURL:
		return true, ""
	case origin != "" && p.Newsroom.Site.Embed.Allows(origin):
		c.Header("Access-Control-Allow-Origin", origin)
		return false, origin
	}
	return false, ""
}

// beacon reads what a page sent; false for what no page of ours sends.
func beacon(c *gin.Context) (url.Values, bool) {
	kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, false
	}
	r := c.Request
	r.Body = http.MaxBytesReader(c.Writer, r.Body, maxBeacon)
	if err := r.ParseForm(); err != nil {
		return nil, false
	}
	return r.PostForm, true
}

// viewOf is the view that a page tells of, if it is of an ask that the newsroom
// makes there. own is whether the page is one of ours.
func (p *Pages) viewOf(form url.Values, own bool) (seen.View, bool) {
	base, ok := p.Newsroom.Appeal(form.Get(fieldAppeal))
	if !ok || base.Campaign != form.Get(fieldCampaign) {
		return seen.View{}, false
	}
	appeal, ok := base.Named(form.Get(fieldVariant))
	if !ok {
		return seen.View{}, false
	}
	at, article := campaign.Placement(form.Get(fieldPlacement)), form.Get(fieldArticle)
	if at == campaign.PlacementEmbed || at == campaign.PlacementPage {
		page, ok := p.Newsroom.Site.Embed.Page(article)
		if !ok && article != "" {
			return seen.View{}, false
		}
		article, _, _ = strings.Cut(page, "?") // queries are without end
	} else if _, ok := p.Newsroom.Article(article); !ok && article != "" {
		return seen.View{}, false
	}
	// Another site's page shows the ask for such pages only, and pages of ours do not
	// show that one, unless the newsroom's own are at the same address; the page of a
	// campaign asks with whatever appeal runs.
	elsewhere := at == campaign.PlacementEmbed
	if own && elsewhere && !p.Newsroom.Site.Embed.Allows(p.BaseURL) {
		return seen.View{}, false
	}
	if !own && !elsewhere || !elsewhere && at != campaign.PlacementPage && !slices.Contains(appeal.Placements, at) {
		return seen.View{}, false
	}
	return seen.View{Campaign: appeal.Campaign, Appeal: appeal.ID, Variant: appeal.Variant, Placement: string(at), Article: article}, true
}

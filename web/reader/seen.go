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
	ViewBroken   Telling = "broken"   // no form, a huge one, or one that no page sends
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

// maxBeacon bounds what a page sends of the asks that were seen on it, in bytes.
const maxBeacon = 8 << 10

// mostPlacements bounds of how many asks a page can tell at once: those of
// campaign.Placements and the one on other sites' pages.
const mostPlacements = 6

// seenAddress is where pages tell which asks were seen. It is let through from
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

// seen counts views. The answer is the same whatever was sent: it is for a page
// that nobody looks at any more, and tells those who try things nothing.
func (p *Pages) seen(c *gin.Context) error {
	outcomes := p.views(c)
	if p.Views != nil {
		for _, outcome := range outcomes {
			p.Views.Told(outcome)
		}
	}
	c.Header("Cache-Control", "no-store")
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}

// views counts what a page tells of, and says what became of each view; once of
// what is not read, or is nothing that a page sends.
func (p *Pages) views(c *gin.Context) []Telling {
	c.Writer.Header().Add("Vary", "Origin")
	own, host := p.senderOf(c)
	switch {
	case !own && host == "":
		return []Telling{ViewForeign}
	case isCrawler(c.Request.UserAgent()):
		return []Telling{ViewCrawler}
	}
	told, ok := beacon(c)
	// Each view is one of those that an address may have in a minute, however they come.
	counting := c.Request.WithContext(httprate.WithIncrement(c.Request.Context(), max(1, len(told))))
	switch {
	case !p.development && p.sights.OnLimit(c.Writer, counting, httprate.CanonicalizeIP(c.ClientIP())):
		return slices.Repeat([]Telling{ViewTooMany}, max(1, len(told)))
	case !ok:
		return []Telling{ViewBroken}
	}
	outcomes := make([]Telling, 0, len(told))
	for _, view := range told {
		outcomes = append(outcomes, p.view(view, own))
	}
	return outcomes
}

func (p *Pages) view(told url.Values, own bool) Telling {
	v, ok := p.viewOf(told, own)
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
func beacon(c *gin.Context) ([]url.Values, bool) {
	kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, false
	}
	r := c.Request
	r.Body = http.MaxBytesReader(c.Writer, r.Body, maxBeacon)
	if err := r.ParseForm(); err != nil {
		return nil, false
	}
	return viewsIn(r.PostForm)
}

// viewsIn takes apart what a page tells of: its views stand one after the other, the
// fields of each in the same order. A page tells of a placement once, and has one
// article; who tells of one placement twice, of more than there are, or of two articles
// is none of our pages.
func viewsIn(form url.Values) ([]url.Values, bool) {
	placements := form[fieldPlacement]
	articles := form[fieldArticle]
	if len(placements) > mostPlacements || slices.ContainsFunc(articles, func(a string) bool { return a != articles[0] }) {
		return nil, false
	}
	views := make([]url.Values, max(1, len(placements)))
	for i := range views {
		views[i] = url.Values{}
		for _, name := range []string{fieldCampaign, fieldAppeal, fieldVariant, fieldPlacement, fieldArticle} {
			if all := form[name]; i < len(all) {
				views[i].Set(name, all[i])
			}
		}
		if i > 0 && slices.Contains(placements[:i], placements[i]) {
			return nil, false
		}
	}
	return views, true
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
		// What is seen on a page whose address is too long to keep is counted without it,
		// as gifts from there are.
		if !ok && article != "" && !p.Newsroom.Site.Embed.TooLong(article) {
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

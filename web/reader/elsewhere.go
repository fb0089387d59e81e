package reader

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// arrivedPath is where a gift that began on another site's page comes by on its way to
// the payment page. It lies below giftPath, to which giftsCookie goes.
const arrivedPath = giftPath + "/:id"

// arrivedLife is how long a browser has for that way: one redirect.
const arrivedLife = 5 * time.Minute

// fromAnotherSite tells whether a form was sent from another site's page. Browsers
// then keep back cookies that are SameSite=Lax (RFC 6265bis, 5.2), and so nothing is
// known of the gifts that the browser began. Those too old for Sec-Fetch-Site name the
// origin; a page of a sibling host is taken for another site there, which costs a redirect.
func (p *Pages) fromAnotherSite(c *gin.Context) bool {
	if site := c.GetHeader("Sec-Fetch-Site"); site != "" {
		return site == "cross-site"
	}
	origin := c.GetHeader("Origin")
	return origin != "" && origin != p.BaseURL
}

// bringHome sends a reader from another site's page to an address of ours by GET, with
// which the cookies come. The cookie that goes there alone is added to those that the
// browser has, and takes the place of none; it shows that this browser began the gift,
// and not whoever made a link to that address.
func (p *Pages) bringHome(c *gin.Context, id string) {
	at := giftPath + "/" + url.PathEscape(id)
	p.setCookie(c, giftsCookie, id, at, arrivedLife)
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, at)
}

// arrived does for a gift from another site's page what donate does for ours once the
// cookies are there: it warns of a second payment, leads to a payment page that is open
// for the same decision, or remembers the gift. A checkout that is left for another
// one's page never gets a session.
func (p *Pages) arrived(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	if onlyLooks(c) {
		return nil
	}
	id := c.Param("id")
	if !slices.Contains(begunHere(c.Request), id) {
		toCheckout(c, id)
		return nil
	}
	others := p.before(c)
	at := slices.IndexFunc(others, func(g payments.Gift) bool { return g.Began.ID == id })
	if at < 0 || others[at].Began.Session.ID != "" {
		// The books cannot be read, or the reader was on the payment page before.
		p.remember(c, id)
		toCheckout(c, id)
		return nil
	}
	order := others[at].Began.Order
	order.Attribution.CheckoutID, order.Attribution.Kind = "", ""
	others = slices.Delete(others, at, at+1)
	if first, ok := likelyTwice(others, order, p.Now()); ok {
		return p.warn(c, choiceOf(order), order, first, p.known(order.Language))
	}
	if open, ok := alreadyOpen(others, order, p.Now()); ok {
		toCheckout(c, open)
		return nil
	}
	p.remember(c, id)
	toCheckout(c, id)
	return nil
}

// choiceOf is the choice that an order was made of, as a form sends it again.
func choiceOf(o payments.Order) choice {
	a := o.Attribution
	return choice{
		Frequency: string(o.Kind), Currency: string(o.Amount.Currency), Preset: plainMajor(o.Gift()),
		Campaign: a.Campaign, Appeal: a.Appeal, Variant: a.Variant, Placement: a.Placement, Article: a.Article,
		Cover:  o.CoverFees,
		wishes: wishes{Anonymous: a.Anonymous, Dedication: o.Dedication, Comment: o.Comment},
	}
}

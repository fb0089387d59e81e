// Package reader is what a reader sees: the front page, the articles with their
// calls to action, the whole-page ask, the way to Stripe's payment page and the
// page that says what became of a gift. It works without JavaScript and loads
// nothing from anybody else.
package reader

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/httprate"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/web/fixed"
)

// Checkouts starts a reader's gift and sends the reader on to Stripe.
type Checkouts interface {
	Start(ctx context.Context, o payments.Order) (payments.Checkout, error)
	Continue(ctx context.Context, id string) (payments.Onward, error)
}

// Gifts tells what became of a gift.
type Gifts interface {
	BySession(ctx context.Context, sessionID string) (payments.Gift, error)
	ByCheckouts(ctx context.Context, ids []string) ([]payments.Gift, error)
}

// Metrics counts what readers do.
type Metrics interface {
	CheckoutStarted(kind payments.Kind, currency money.Currency)
}

// Options is what the pages work with. All are needed but DonationsPerMinute.
type Options struct {
	Newsroom  *campaign.Newsroom
	Checkouts Checkouts
	Gifts     Gifts
	Metrics   Metrics
	Giving    Giving // nil: goals are shown without figures
	Views     Views  // nil: none are counted
	BaseURL   string // of canonical addresses; absolute, without a slash at its end
	Log       *slog.Logger
	Now       func() time.Time

	// Receipts and Printer make the PDF of a receipt for the reader who gave; nil
	// where there is none.
	Receipts Receipts
	Printer  Printer

	// CountryHeader is the header in which a proxy tells a reader's country, as two
	// letters of ISO 3166; "" where none does. BelievesCountry says for which
	// requests it holds; it is needed where there is a header.
	CountryHeader   string
	BelievesCountry func(*http.Request) bool

	// Press prepares pages and files; its zero value does it well.
	Press fixed.Press

	// DonationsPerMinute bounds how many gifts one client address may begin; 0 is
	// DefaultDonationsPerMinute.
	DonationsPerMinute int

	// Manage is what the reader's own page works with; nil where there is none.
	Manage *Manage
}

// DefaultDonationsPerMinute leaves room for a whole office behind one address
// and none for somebody who tries stolen cards by the hundred
// (https://docs.stripe.com/disputes/prevention/card-testing).
const DefaultDonationsPerMinute = 30

// Pages are the reader's pages.
type Pages struct {
	Options
	words     catalogues
	templates templates
	files     files
	cache     pageCache
	published map[string]*fixed.Answer // what is for programs, by address
	limiter   *httprate.RateLimiter
	links     *httprate.RateLimiter // of those that open the reader's own page
	sights    *httprate.RateLimiter // of those that tell that an ask was seen
	// development is whether readers reach the service on this machine only.
	development bool
	lastHelp    []byte // the page for when nothing else can be rendered
}

// New prepares the pages. It renders every article, so that an error in a
// template shows at start rather than to a reader.
func New(o Options) (*Pages, error) {
	if o.DonationsPerMinute == 0 {
		o.DonationsPerMinute = DefaultDonationsPerMinute
	}
	p := &Pages{Options: o, limiter: newLimiter(o.DonationsPerMinute), cache: pageCache{press: o.Press, pages: map[pageKey]*fixed.Answer{}}, development: loopback(o.BaseURL)}
	p.links = newLinkLimiter(o.Manage)
	p.sights = newLimiter(viewsPerMinute)
	var err error
	if p.words, err = loadCatalogues(o.Newsroom); err != nil {
		return nil, err
	}
	if p.files, err = loadFiles(o.Newsroom, o.Press); err != nil {
		return nil, err
	}
	if p.templates, err = p.loadTemplates(); err != nil {
		return nil, err
	}
	if p.lastHelp, err = p.renderProblem(p.in(o.Newsroom.Site.Language), http.StatusInternalServerError, "error.500", surroundings{}); err != nil {
		return nil, err
	}
	if p.published, err = p.publish(); err != nil {
		return nil, err
	}
	if o.Press.Late {
		return p, nil
	}
	if err := p.warmUp(o.Now()); err != nil {
		return nil, fmt.Errorf("rendering at start: %w", err)
	}
	return p, nil
}

// Mount adds the reader's routes.
func (p *Pages) Mount(r gin.IRouter) {
	read := func(path string, h handler) {
		r.GET(path, p.adapt(h))
		r.HEAD(path, p.adapt(h))
	}
	read("/", p.front)
	read("/articles/:slug", p.article)
	read("/articles/:slug/", p.articleWithSlash)
	read("/donate/:campaign", p.wholePage)
	read("/donate/:campaign/", p.wholePageWithSlash)
	read("/checkout/:id", p.checkout)
	read("/thanks", p.thanks)
	read("/static/:file", p.static)
	read("/donate", p.again)
	read(giftPath, p.gift)
	read(arrivedPath, p.arrived)
	if p.Receipts != nil && p.Printer != nil {
		read(thanksReceiptPath, p.thanksReceipt)
	}
	read("/embed/:campaign", p.embed)
	read("/goals/:appeal", p.goal)
	read("/sitemap.xml", p.sitemap)
	for address, file := range p.published {
		read(address, func(c *gin.Context) error {
			file.Serve(c.Writer, c.Request)
			return nil
		})
	}
	r.POST("/donate", p.adapt(p.donate))
	r.POST(seenAddress, p.adapt(p.seen))
	p.mountManage(r)
}

func (p *Pages) static(c *gin.Context) error {
	// The stylesheet of the ask is for the pages of other sites too, also of those
	// that load nothing without this word.
	c.Header("Cross-Origin-Resource-Policy", "cross-origin")
	if !p.files.Serve(c.Writer, c.Request, c.Param("file")) {
		return notFound("error.404")
	}
	return nil
}

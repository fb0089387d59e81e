package reader

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// bucketCookie keeps the bucket that a browser was given. It is a number below
// campaign.Buckets and nothing else: thousands of readers share each.
const bucketCookie = "bucket"

// bucketLife is how long a browser keeps its bucket.
const bucketLife = 180 * 24 * time.Hour

// single is for pages on which variants are compared: a browser may keep one, and
// asks each time whether it still holds; no shared cache may.
const single = "private, no-cache"

// seat is a reader's place in the experiments of one page.
type seat struct {
	bucket   int            // -1 for those who take part in none and see every appeal as it is
	drawn    bool           // the browser does not know its bucket yet
	compared bool           // an appeal that was taken for this page has variants
	currency money.Currency // that the reader most likely pays in; "" where nobody can tell
	priced   bool           // an appeal was taken for this page, and with it amounts
}

// nobody sits nowhere: every appeal is as its file has it.
func nobody() *seat { return &seat{bucket: -1} }

// seatOf finds what a request tells of its reader: a bucket and a currency.
func (p *Pages) seatOf(c *gin.Context) *seat {
	s := drawSeat(c)
	s.currency = p.currencyOf(c)
	return s
}

// drawSeat finds the bucket that a browser has, and draws one for a browser
// without. A crawler has none.
func drawSeat(c *gin.Context) *seat {
	if isCrawler(c.Request.UserAgent()) {
		return nobody()
	}
	for _, cookie := range c.Request.CookiesNamed(bucketCookie) {
		if bucket, ok := bucketFrom(cookie.Value); ok {
			return &seat{bucket: bucket}
		}
	}
	return &seat{bucket: rand.IntN(campaign.Buckets), drawn: true} //nolint:gosec // divides readers evenly and guards nothing
}

// bucketFrom reads a bucket exactly as it is written here.
func bucketFrom(text string) (int, bool) {
	bucket, err := strconv.Atoi(text)
	if err != nil || bucket < 0 || bucket >= campaign.Buckets || strconv.Itoa(bucket) != text {
		return 0, false
	}
	return bucket, true
}

// take is an appeal as this reader has it; nil stays nil.
func (s *seat) take(appeal *campaign.Appeal) *campaign.Appeal {
	if appeal == nil {
		return nil
	}
	s.priced, s.compared = true, s.compared || appeal.Experiment != nil
	return inCurrency(appeal.For(s.bucket), s.currency)
}

// heldAsks are the appeals of which nothing is shown to this reader, by where they
// would stand; nil where none does.
type heldAsks struct{ strip, inline, end, banner *campaign.Appeal }

// seated are the appeals of a page as a reader has them.
func (a asks) seated(s *seat) asks {
	seat := func(shown, held **campaign.Appeal) {
		if *shown = s.take(*shown); *shown != nil && (*shown).Held() {
			*shown, *held = nil, *shown
		}
	}
	seat(&a.strip, &a.held.strip)
	seat(&a.inline, &a.held.inline)
	seat(&a.end, &a.held.end)
	seat(&a.banner, &a.held.banner)
	return a
}

// key tells apart the pages that differ by what they do not show.
func (h heldAsks) key() string {
	return appealID(h.strip) + ";" + appealID(h.inline) + ";" + appealID(h.end) + ";" + appealID(h.banner)
}

// settle gives the browser its bucket, where a page needs it, and tells caches on
// what the page depends. It goes before the page is served.
func (p *Pages) settle(c *gin.Context, s *seat) {
	if s.priced {
		p.varyByCurrency(c)
	}
	if !s.compared {
		return
	}
	c.Writer.Header().Add("Vary", "Cookie")
	if !s.drawn {
		return
	}
	p.setCookie(c, bucketCookie, strconv.Itoa(s.bucket), "/", bucketLife)
}

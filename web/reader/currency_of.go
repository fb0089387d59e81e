package reader

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// queryCurrency carries a currency that an address names, as a link of a
// newsletter may.
const queryCurrency = "currency"

// widelySpoken are languages that say nothing about a country: each is spoken in
// many that pay in many currencies.
func widelySpoken() []string { return []string{"en", "es", "ar", "pt", "fr"} }

// currencyOf is the currency that a reader most likely pays in, of those of the
// site; "" where nothing tells it, and the appeal's own holds. The first that
// speaks decides: the address; the country as a trusted proxy tells it; the region
// of the first language that the browser asks for. Where it is only a guess, the
// form is one press away from every other.
func (p *Pages) currencyOf(c *gin.Context) money.Currency {
	if named, ok := p.namedCurrency(c); ok {
		return named
	}
	if p.CountryHeader != "" && p.BelievesCountry(c.Request) {
		if region, err := language.ParseRegion(strings.TrimSpace(c.GetHeader(p.CountryHeader))); err == nil && region.IsCountry() {
			return p.paidIn(region)
		}
	}
	tags, _, err := language.ParseAcceptLanguage(c.GetHeader("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return ""
	}
	region, sure := tags[0].Region()
	base, _ := tags[0].Base()
	own, _ := language.Make(p.Newsroom.Site.Language).Base()
	if sure != language.Exact && (base == own || slices.Contains(widelySpoken(), base.String())) {
		return ""
	}
	return p.paidIn(region)
}

// namedCurrency is the one in the address, where the site takes it.
func (p *Pages) namedCurrency(c *gin.Context) (money.Currency, bool) {
	code := money.FromCode(c.Query(queryCurrency))
	_, ok := p.Newsroom.Site.Terms(code)
	return code, ok
}

// paidIn is the currency of a region, "" where the site does not take it.
func (p *Pages) paidIn(region language.Region) money.Currency {
	unit, ok := currency.FromRegion(region)
	if !ok {
		return ""
	}
	if _, taken := p.Newsroom.Site.Terms(money.Currency(unit.String())); !taken {
		return ""
	}
	return money.Currency(unit.String())
}

// inCurrency is an appeal that has a currency chosen at first: the same appeal
// where it has that one already, or "" is asked for.
func inCurrency(appeal *campaign.Appeal, chosen money.Currency) *campaign.Appeal {
	if appeal == nil || chosen == "" || appeal.Default.Currency == chosen {
		return appeal
	}
	changed := *appeal
	changed.Default.Currency = chosen
	return &changed
}

// varyByCurrency tells caches that a page with amounts depends on where its reader
// is. It goes before the page is served, with 304 too.
func (p *Pages) varyByCurrency(c *gin.Context) {
	if _, ok := p.namedCurrency(c); ok || len(p.Newsroom.Site.Currencies) < 2 {
		return
	}
	h := c.Writer.Header()
	h.Add("Vary", "Accept-Language")
	if p.CountryHeader != "" {
		h.Add("Vary", p.CountryHeader)
	}
}

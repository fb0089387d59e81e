package reader

import (
	"strings"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// newBanner prepares the banner above a page. article is its slug, or "".
func (p *Pages) newBanner(appeal *campaign.Appeal, article, language, href, thanks string) (*strip, error) {
	return p.line(appeal, campaign.PlacementBanner, article, language, href, thanks)
}

// surroundings are what may stand around a message: a banner, with the currency
// that its reader most likely pays in ("" for the appeal's own).
type surroundings struct {
	banner   bool
	currency money.Currency
}

// bannerOf is the banner of a page that is no article, in a language and with an
// amount in a currency; nil where no appeal has one there.
func (p *Pages) bannerOf(language string, currency money.Currency) (*strip, error) {
	appeal, ok := p.Newsroom.AppealFor(&campaign.Article{Language: language}, campaign.PlacementBanner, p.Now())
	if !ok || appeal.Experiment != nil { // this page knows nothing of its reader
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	appeal = inCurrency(appeal, currency)
	return p.newBanner(appeal, "", language, p.askPage(appeal), p.askPage(appeal))
}

// signpost tells whether a message is one of those that a banner stands above:
// those of readers who lost their way. All other messages are about a gift that
// is being made, and nobody is asked in the middle of giving.
func signpost(key string) bool { return key == "error.404" || key == "error.404.campaign" }

// ownPage tells the addresses below the reader's own page, known or not: who gives
// already, and lost the way there, is not asked.
func ownPage(path string) bool { return path == managePath || strings.HasPrefix(path, managePath+"/") }

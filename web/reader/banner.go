package reader

import "github.com/readerfund/readerfund/campaign"

// newBanner prepares the banner above a page. article is its slug, or "".
func (p *Pages) newBanner(appeal *campaign.Appeal, article, language, href, thanks string) (*strip, error) {
	return p.line(appeal, campaign.PlacementBanner, article, language, href, thanks)
}

// bannerOf is the banner of a page that is no article, in a language; nil where
// no appeal has one there.
func (p *Pages) bannerOf(language string) (*strip, error) {
	appeal, ok := p.Newsroom.AppealFor(&campaign.Article{Language: language}, campaign.PlacementBanner, p.Now())
	if !ok || appeal.Experiment != nil { // this page knows nothing of its reader
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	return p.newBanner(appeal, "", language, p.askPage(appeal), p.askPage(appeal))
}

// signpost tells whether a message is one of those that a banner stands above:
// those of readers who lost their way. All other messages are about a gift that
// is being made, and nobody is asked in the middle of giving.
func signpost(key string) bool { return key == "error.404" || key == "error.404.campaign" }

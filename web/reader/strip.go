package reader

import (
	"fmt"

	"github.com/readerfund/readerfund/campaign"
)

// strip is one line with a form of one button: above an article's headline, or
// as the banner above a whole page.
type strip struct {
	place
	Text string
	Give offer
}

// newStrip prepares the strip above an article. href leads to the whole form.
func (p *Pages) newStrip(appeal *campaign.Appeal, article *campaign.Article, href, thanks string) (*strip, error) {
	return p.line(appeal, campaign.PlacementStrip, article.Slug, article.Language, href, thanks)
}

// line words the short form of an appeal with the amount that it preselects.
func (p *Pages) line(appeal *campaign.Appeal, at campaign.Placement, article, language, href, thanks string) (*strip, error) {
	s := strip{Text: appeal.Strip.Text}
	var ch choice
	s.place, ch = p.newPlace(appeal, at, article, language, href, thanks)
	f, c := appeal.Default.Frequency, appeal.Default.Currency
	var err error
	if s.Give, err = offerOf(s.words, f, appeal.Default.Amount[f][c]); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", at, appeal.ID, err)
	}
	s.Give.Value = ch.Preset
	return &s, nil
}

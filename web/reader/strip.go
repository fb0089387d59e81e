package reader

import (
	"fmt"

	"github.com/readerfund/readerfund/campaign"
)

// strip is the line above an article's headline: a form of one button.
type strip struct {
	speaker // in the appeal's language
	Action  string
	Text    string
	Fields  []option
	Give    string // the button: it says the amount that is given
	Href    string // of the whole form, for other amounts
}

// newStrip prepares the strip of an appeal. href leads to the whole form.
func (p *Pages) newStrip(appeal *campaign.Appeal, article *campaign.Article, href string) (*strip, error) {
	ch := defaultChoice(appeal, campaign.PlacementStrip, article.Slug)
	words := p.in(appeal.Language)
	f, c := appeal.Default.Frequency, appeal.Default.Currency
	give, err := words.text("strip."+ch.Frequency, "amount", appeal.Default.Amount[f][c])
	if err != nil {
		return nil, fmt.Errorf("strip of %s: %w", appeal.ID, err)
	}
	return &strip{
		speaker: speaker{words}, Action: p.formAddress(article.Language),
		Text: appeal.Strip.Text, Give: give, Href: href,
		Fields: []option{
			{Value: ch.Frequency, Label: fieldFrequency}, {Value: ch.Preset, Label: fieldAmount},
			{Value: ch.Currency, Label: fieldCurrency}, {Value: ch.Campaign, Label: fieldCampaign},
			{Value: ch.Appeal, Label: fieldAppeal}, {Value: ch.Placement, Label: fieldPlacement},
			{Value: ch.Article, Label: fieldArticle}, {Value: appeal.Variant, Label: fieldVariant},
		},
	}, nil
}

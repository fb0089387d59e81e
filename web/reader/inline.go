package reader

import (
	"fmt"
	"html/template"
	"slices"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// inline is the card between two paragraphs of an article. Readers who gave are
// thanked above or below it and have no card.
type inline struct {
	place
	Text   string
	Often  string // how often the amounts of the buttons are given
	Offers []offer
}

// Long tells whether an amount is too long for a third of a phone's width.
func (i inline) Long() bool {
	return slices.ContainsFunc(i.Offers, func(o offer) bool { return breadth(o.Label) > offerBreadth })
}

// inlineOffers is how many amounts the card has buttons for: on a phone they
// stand in one row.
const inlineOffers = 3

// offerBreadth is how many digits wide the label of a button can be so that three
// stand side by side on a screen of 320 pixels.
const offerBreadth = 7

// newInline prepares the card of an appeal.
func (p *Pages) newInline(appeal *campaign.Appeal, article *campaign.Article, href string) (*inline, error) {
	card := inline{Text: appeal.Inline.Text}
	var ch choice
	card.place, ch = p.newPlace(appeal, campaign.PlacementInline, article.Slug, article.Language, href, "")
	f, c := campaign.Frequency(ch.Frequency), money.Currency(ch.Currency)
	var err error
	if card.Often, err = card.words.text("inline." + ch.Frequency); err != nil {
		return nil, fmt.Errorf("card of %s: %w", appeal.ID, err)
	}
	presets, _ := appeal.Offers(f, c)
	for _, amount := range around(presets, appeal.Default.Amount[f][c]) {
		o, err := offerOf(card.words, f, amount)
		if err != nil {
			return nil, fmt.Errorf("card of %s: %w", appeal.ID, err)
		}
		o.Lead = amount == appeal.Default.Amount[f][c]
		card.Offers = append(card.Offers, o)
	}
	return &card, nil
}

// around are the presets beside the one that leads, in their order.
func around(presets []money.Amount, lead money.Amount) []money.Amount {
	from := max(0, slices.Index(presets, lead)-1)
	from = max(0, min(from, len(presets)-inlineOffers))
	return presets[from:min(from+inlineOffers, len(presets))]
}

// body is the text of an article, cut in two where a card stands in it.
type body struct {
	First template.HTML
	Card  *inline   // nil where none stands
	Mark  *sighting // where one would stand for others
	Rest  template.HTML
}

// newBody puts the card of an appeal, which may be nil, into an article.
func (p *Pages) newBody(a *campaign.Article, appeal *campaign.Appeal, href string) (body, error) {
	if appeal == nil {
		return body{First: a.Body}, nil
	}
	first, rest, ok := a.Cut(appeal.Inline.After)
	if !ok {
		return body{First: a.Body}, nil
	}
	card, err := p.newInline(appeal, a, href)
	return body{First: first, Card: card, Rest: rest}, err
}

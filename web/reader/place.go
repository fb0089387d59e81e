package reader

import (
	"fmt"
	"strings"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

// asks are the appeals of one page by where they stand; nil where none does.
type asks struct {
	strip, inline, end, banner *campaign.Appeal
	held                       heldAsks
}

// asksFor picks the appeals that stand beside an article now. One line above the
// headline is enough: of strip and banner the one with the higher priority stays.
func (p *Pages) asksFor(a *campaign.Article, now time.Time) asks {
	at := func(placement campaign.Placement) *campaign.Appeal { return p.appealAt(a, placement, now) }
	found := asks{
		strip: at(campaign.PlacementStrip), inline: at(campaign.PlacementInline),
		end: at(campaign.PlacementEnd), banner: at(campaign.PlacementBanner),
	}
	if found.strip != nil && found.banner != nil {
		if found.banner.Priority > found.strip.Priority {
			found.strip = nil
		} else {
			found.banner = nil
		}
	}
	return found
}

// frontAsks picks the appeals of a front page. It has no headline of one article
// for a strip to stand above: where there is no banner, the words of the strip
// stand beside the lead.
func (p *Pages) frontAsks(language string, now time.Time) asks {
	front := &campaign.Article{Language: language}
	found := asks{banner: p.appealAt(front, campaign.PlacementBanner, now), end: p.mainAppeal(front, now)}
	if found.banner == nil {
		found.strip = p.appealAt(front, campaign.PlacementStrip, now)
	}
	return found
}

func (p *Pages) appealAt(a *campaign.Article, placement campaign.Placement, now time.Time) *campaign.Appeal {
	appeal, _ := p.Newsroom.AppealFor(a, placement, now)
	return appeal
}

// key tells apart the pages that differ by their appeals.
func (a asks) key() string {
	ids := []string{appealID(a.strip), appealID(a.inline), appealID(a.end), appealID(a.banner)}
	return strings.Join(ids, ";") + ";" + a.held.key()
}

// place is what strip, card and banner have in common: each is a small form that
// begins a gift, and can be put away.
type place struct {
	speaker   // in the appeal's language
	Placement campaign.Placement
	Appeal    *campaign.Appeal
	Article   string // slug; "" on pages that are no article's
	Action    string // where the form is posted
	Fields    []option
	Href      string // of the whole form, for other amounts
	Thanks    string // address of the whole form for those who gave and would again; "" in the card, which they do not see
}

// newPlace prepares a place of an appeal. language is that of the page; href
// leads to the whole form, thanks to it where it is folded.
func (p *Pages) newPlace(appeal *campaign.Appeal, at campaign.Placement, article, language, href, thanks string) (place, choice) {
	ch := defaultChoice(appeal, at, article)
	return place{
		speaker: speaker{p.in(appeal.Language)}, Placement: at, Appeal: appeal, Article: article,
		Action: p.formAddress(language), Href: href, Thanks: thanks,
		Fields: []option{
			{Value: ch.Frequency, Label: fieldFrequency},
			{Value: ch.Currency, Label: fieldCurrency}, {Value: ch.Campaign, Label: fieldCampaign},
			{Value: ch.Appeal, Label: fieldAppeal}, {Value: ch.Placement, Label: fieldPlacement},
			{Value: ch.Article, Label: fieldArticle}, {Value: appeal.Variant, Label: fieldVariant},
		},
	}, ch
}

// Label names a place for those who cannot see it. Each on a page has a name of
// its own, or the list of a screen reader's regions tells nobody which is which.
func (p place) Label() (string, error) {
	switch p.Placement {
	case campaign.PlacementInline:
		return p.T("place.inline")
	case campaign.PlacementBanner:
		return p.T("place.banner")
	}
	return p.T("strip.label")
}

// offer is a button that gives an amount at once.
type offer struct {
	Value string // as it is posted
	Label string // the amount alone
	Give  string // what the button does: it says how often, too
	Lead  bool   // the one that the appeal preselects
}

// offerOf words the button of one amount.
func offerOf(words *catalogue, f campaign.Frequency, amount money.Amount) (offer, error) {
	label, err := words.amount(amount)
	if err != nil {
		return offer{}, err
	}
	give, err := words.text("strip."+string(f), "amount", amount)
	if err != nil {
		return offer{}, err
	}
	return offer{Value: plainMajor(amount), Label: label, Give: give}, nil
}

// settings are what early.js reads from its own tag before anything is drawn.
type settings struct {
	Asks  string // an entry for each place that is capped: placement, appeal, views, their days, days away
	Thank string // days that a single gift and a recurring one are thanked for
}

// settingsOf gathers them from the places of a page. capped are the appeals by
// placement; what is nil stands nowhere.
func (p *Pages) settingsOf(found asks) *settings {
	var all []string
	for _, at := range []struct {
		placement campaign.Placement
		appeal    *campaign.Appeal
	}{{campaign.PlacementBanner, found.banner}, {campaign.PlacementStrip, found.strip}, {campaign.PlacementInline, found.inline}} {
		if a := at.appeal; a != nil {
			all = append(all, fmt.Sprintf("%s %s %d %d %d", at.placement, a.ID, a.Cap.Views, a.Cap.Days, a.Dismissed))
		}
	}
	if len(all) == 0 && found.end == nil {
		return nil
	}
	thank := p.Newsroom.Site.Thank
	return &settings{Asks: strings.Join(all, ";"), Thank: fmt.Sprintf("%d %d", thank.OneTime, thank.Recurring)}
}

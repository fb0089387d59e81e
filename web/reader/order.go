package reader

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// problem is what a reader has to mend before a gift can start.
type problem struct {
	Field    string // "" where it is no field's
	Sentence string
	Notice   bool   // nothing is wrong: the reader is told something before it is done
	Button   string // of a notice: what the button does; "" where it says so already
}

// source is what a gift is for and where it began, of what a form said only what
// the newsroom knows. A form may be older than the content.
type source struct {
	campaign  campaign.Campaign
	appeal    *campaign.Appeal  // whose frequencies and presets hold; nil where nothing can be given to
	named     bool              // the form named this appeal and this campaign
	article   *campaign.Article // nil for none
	page      string            // the address on another site that shows the appeal; "" for none
	placement campaign.Placement
	stray     bool // the form named a campaign that does not exist or asks no more
}

// find resolves what a form said against the newsroom. An appeal that has ended
// since the reader opened the page still holds. An unknown article, appeal or
// placement is dropped, for a gift is worth more than a complete record; an
// unknown campaign is not, because it is what the reader gives to.
func (p *Pages) find(ch choice, language string, now time.Time) source {
	var s source
	if a, ok := p.Newsroom.Article(ch.Article); ok {
		s.article = a
	}
	s.page, _ = p.Newsroom.Site.Embed.Page(ch.Article)
	if ch.Placement == string(campaign.PlacementEmbed) {
		s.placement = campaign.PlacementEmbed
	}
	if at, err := campaign.ParsePlacement(ch.Placement); err == nil {
		s.placement = at
	}
	id := ch.Campaign
	if a, ok := p.Newsroom.Appeal(ch.Appeal); ok && (id == "" || id == a.Campaign) {
		s.appeal, s.named, id = a, true, a.Campaign
		if variant, ok := a.Named(ch.Variant); ok {
			s.appeal = variant // what this reader saw, not what a reader sees now
		}
	}
	if id == "" && len(p.Newsroom.Campaigns) == 1 {
		id = p.Newsroom.Campaigns[0].ID // nothing else can be meant
	}
	if s.appeal == nil {
		s.appeal, _ = p.Newsroom.AppealIn(id, language, now)
	}
	if s.appeal == nil {
		s.stray = true
		s.appeal = p.mainAppeal(&campaign.Article{Language: language}, now)
	}
	if s.appeal != nil {
		s.campaign, _ = p.Newsroom.Campaign(s.appeal.Campaign)
	}
	return s
}

// fill puts what was found back into the choice, for the form that is shown again.
func (s source) fill(ch choice) choice {
	ch.Campaign, ch.Appeal, ch.Variant, ch.Placement, ch.Article = s.campaign.ID, "", "", string(s.placement), ""
	if s.named || s.stray {
		ch.Appeal, ch.Variant = s.appeal.ID, s.appeal.Variant
	}
	if s.article != nil {
		ch.Article = s.article.Slug
	}
	if s.page != "" {
		ch.Article = s.page
	}
	return ch
}

// order checks a choice and makes an order of it. It tells all problems at once,
// in the language of the appeal that the form is shown with again. language is
// that of the page the reader began on.
func (p *Pages) order(ch choice, s source, language string) (payments.Order, []problem, error) {
	var problems []problem
	words := p.in(s.appeal.Language)
	var failed error
	add := func(field, key string, pairs ...any) {
		sentence, err := words.text(key, pairs...)
		if err != nil && failed == nil {
			failed = err
		}
		problems = append(problems, problem{Field: field, Sentence: sentence})
	}
	if s.stray {
		add("", "problem.campaign", "campaign", nameIn(s.campaign, words.tag))
	}
	f, err := campaign.ParseFrequency(ch.Frequency)
	switch {
	case err != nil:
		add(fieldFrequency, "problem.frequency")
	case !slices.Contains(s.appeal.Frequencies, f):
		add(fieldFrequency, "problem.frequency.not_offered")
	}
	terms, offered := p.Newsroom.Site.Terms(money.Currency(ch.Currency))
	var amount money.Amount
	switch {
	case ch.Currency == "":
		add(fieldCurrency, "problem.currency", "currencies", p.currencyCodes())
	case !offered:
		add(fieldCurrency, "problem.currency.not_offered", "currencies", p.currencyCodes())
	default:
		var wrong *amountProblem
		if amount, wrong = readAmount(ch.amount(), terms, p.Newsroom.Site.ContactEmail, words); wrong != nil {
			add(fieldCustom, wrong.key, wrong.pairs...)
		}
	}
	if n := utf8.RuneCountInString(ch.Dedication); n > maxDedication {
		add(fieldDedication, "problem.too_long", "n", n, "most", maxDedication)
	}
	if n := utf8.RuneCountInString(ch.Comment); n > maxComment {
		add(fieldComment, "problem.too_long", "n", n, "most", maxComment)
	}
	if len(problems) > 0 || failed != nil {
		return payments.Order{}, problems, failed
	}
	o := payments.Order{
		Kind: payments.Kind(f), Amount: amount,
		Attribution:  payments.Attribution{Campaign: s.campaign.ID, Placement: string(s.placement), Anonymous: ch.Anonymous},
		CampaignName: nameIn(s.campaign, language), CampaignLanguage: language, StatementSuffix: s.campaign.StatementSuffix, Language: language,
		Dedication: ch.Dedication, Comment: ch.Comment,
	}
	if _, translated := s.campaign.NameIn(language); !translated {
		o.CampaignLanguage = p.Newsroom.Site.Language
	}
	if s.named {
		o.Attribution.Appeal, o.Attribution.Variant = s.appeal.ID, s.appeal.Variant
	}
	if s.article != nil {
		o.Attribution.Article = s.article.Slug
	}
	if s.page != "" {
		o.Attribution.Article = s.page
	}
	if ch.Cover {
		failed = p.cover(&o, p.in(language))
	}
	return o, nil, failed
}

// nameIn is a campaign's name as readers of a language see it.
func nameIn(c campaign.Campaign, language string) string {
	name, _ := c.NameIn(language)
	return name
}

// currencyCodes words the site's currencies: "USD, EUR, GBP".
func (p *Pages) currencyCodes() string {
	var codes []string
	for _, terms := range p.Newsroom.Site.Currencies {
		codes = append(codes, string(terms.Currency))
	}
	return strings.Join(codes, ", ")
}

// mainAppeal is the appeal that a page asks with in full: the one for the end of
// the article, else any campaign's that runs; nil where none does.
func (p *Pages) mainAppeal(article *campaign.Article, now time.Time) *campaign.Appeal {
	language := p.Newsroom.Site.Language
	if article != nil {
		language = article.Language
	}
	for _, at := range []campaign.Placement{campaign.PlacementEnd, campaign.PlacementPage} {
		if a, ok := p.Newsroom.AppealFor(article, at, now); ok {
			return a
		}
	}
	for _, c := range p.Newsroom.Campaigns {
		if a, ok := p.Newsroom.AppealIn(c.ID, language, now); ok {
			return a
		}
	}
	return nil
}

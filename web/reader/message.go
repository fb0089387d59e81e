package reader

import "github.com/readerfund/readerfund/campaign"

// message is a page of a few sentences.
type message struct {
	Mark       string // a word or number above the title; may be ""
	Title      string
	Paragraphs []string
	Links      []link
	Around     surroundings
	Live       bool // it is about something that goes on: announced to those who cannot see it
	Lost       *lost
}

type link struct {
	Href  string
	Label string
	Main  bool
}

// renderMessage adds the ways back: to the article, where the reader came from
// one, and to the front page.
func (p *Pages) renderMessage(words *catalogue, m message, article, campaignID string) ([]byte, error) {
	back, err := p.ways(words, article, campaignID)
	if err != nil {
		return nil, err
	}
	m.Links = append(m.Links, back...)
	title, err := p.titled(words, m.Title)
	if err != nil {
		return nil, err
	}
	f := frame{Title: title, Private: true}
	if m.Around.banner {
		if f.Banner, err = p.bannerOf(p.known(words.tag), m.Around.currency); err != nil {
			return nil, err
		}
		if f.Banner != nil {
			f.Asks = p.settingsOf(asks{banner: f.Banner.Appeal})
		}
	}
	return p.render(words, messagePage, f, m)
}

// ways are the links back from a page that is the end of a way. With a campaign
// they begin with choosing again; its page is named only if it exists.
func (p *Pages) ways(words *catalogue, article, campaignID string) ([]link, error) {
	var all []link
	add := func(href, key string, main bool) error {
		label, err := words.text(key)
		all = append(all, link{Href: href, Label: label, Main: main})
		return err
	}
	a, known := p.Newsroom.Article(article)
	if campaignID != "" {
		if href := p.askAddress(words, a, campaignID); href != "" {
			if err := add(href, "gone.again", true); err != nil {
				return nil, err
			}
		}
	}
	if known {
		if err := add(articleAddress(a), "back.article", false); err != nil {
			return nil, err
		}
	}
	// The books may name a site that is allowed no more.
	if host, ok := p.Newsroom.Site.Embed.Page(article); ok {
		if err := add(host, "back.article", false); err != nil {
			return nil, err
		}
	}
	return all, add(p.inLanguage("/", p.known(words.tag)), "back.front", false)
}

// askAddress is where a reader can choose a gift to a campaign: the form below
// the article if it asks for that campaign, else the whole-page ask; "" where
// nothing asks for it any more.
func (p *Pages) askAddress(words *catalogue, a *campaign.Article, campaignID string) string {
	now := p.Now()
	if a != nil {
		if end, ok := p.Newsroom.AppealFor(a, campaign.PlacementEnd, now); ok && end.Campaign == campaignID {
			return articleAddress(a) + "#support"
		}
	}
	if appeal, ok := p.Newsroom.AppealIn(campaignID, p.known(words.tag), now); ok {
		return p.askPage(appeal)
	}
	return ""
}

// Slugs and campaign ids hold no character that an address would escape.
func articleAddress(a *campaign.Article) string { return "/articles/" + a.Slug }
func pageAddress(campaignID string) string      { return "/donate/" + campaignID }

// say makes a message of sentences of the catalogue: the first is the title.
func (p *Pages) say(words *catalogue, keys ...string) (message, error) {
	var m message
	for i, key := range keys {
		s, err := words.text(key)
		if err != nil {
			return m, err
		}
		if i == 0 {
			m.Title = s
		} else {
			m.Paragraphs = append(m.Paragraphs, s)
		}
	}
	return m, nil
}

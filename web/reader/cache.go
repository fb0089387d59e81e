package reader

import (
	"sync"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web/fixed"
)

// shared lets any cache keep a page for a minute, and give it out while it asks
// for a new one. Nothing on such a page belongs to one reader.
const shared = "public, max-age=60, stale-while-revalidate=600"

// pageKey is all that a shared page depends on. Appeals come and go by their
// schedules; the rest of a newsroom does not change while the service runs.
type pageKey struct {
	page string // the template
	lang string // where the page has no other content that says it
	id   string // of the article or the campaign
	asks string // the appeals on it, each with its variant
	// compared is whether one of them has variants: the page is then for one
	// reader's browser alone.
	compared bool
	goal     standing // as the page shows it; see movingPages
}

// control is what caches may do with the page.
func (k pageKey) control() string {
	switch {
	case k.compared:
		return single
	case k.goal.shown:
		return moving
	}
	return shared
}

// pageCache holds the rendered pages. It is bounded by the content: articles
// times the sets of appeals that ever run beside them.
type pageCache struct {
	sync.RWMutex
	press  fixed.Press
	pages  map[pageKey]*fixed.Answer
	moving movingPages
}

// get gives a page, rendered on its first use. Two requests may render the same
// page at the same time; both get the one that was kept first.
func (c *pageCache) get(key pageKey, render func() ([]byte, error)) (*fixed.Answer, error) {
	return c.getAs(htmlType, key, render)
}

// getAs is get for what is no HTML.
func (c *pageCache) getAs(contentType string, key pageKey, render func() ([]byte, error)) (*fixed.Answer, error) {
	if key.goal.shown {
		return c.moving.get(c.press, contentType, key, render)
	}
	if kept, ok := c.load(key); ok {
		return kept, nil
	}
	body, err := render()
	if err != nil {
		return nil, err
	}
	answer, err := c.press.New(contentType, key.control(), body)
	if err != nil {
		return nil, err
	}
	c.Lock()
	defer c.Unlock()
	if kept, ok := c.pages[key]; ok {
		return kept, nil
	}
	c.pages[key] = answer
	return answer, nil
}

// unlessHosted is get for what may name the page of another site. Such a one is
// not kept here: of those pages there is no end.
func (c *pageCache) unlessHosted(host string, key pageKey, render func() ([]byte, error)) (*fixed.Answer, error) {
	if host == "" {
		return c.get(key, render)
	}
	body, err := render()
	if err != nil {
		return nil, err
	}
	return c.press.New(htmlType, key.control(), body)
}

func (c *pageCache) load(key pageKey) (*fixed.Answer, bool) {
	c.RLock()
	defer c.RUnlock()
	kept, ok := c.pages[key]
	return kept, ok
}

func (p *Pages) frontAnswer(language string, s *seat, now time.Time) (*fixed.Answer, error) {
	found := p.frontAsks(language, now)
	main := found.end // of which only the address is shown, which every variant shares
	found.end = nil
	found = found.seated(s)
	s.priced = found.banner != nil // nothing else on it names an amount
	found.end = main
	key := pageKey{page: frontPage, lang: language, asks: found.key(), compared: s.compared}
	return p.cache.get(key, func() ([]byte, error) { return p.renderFront(language, found) })
}

func (p *Pages) articleAnswer(a *campaign.Article, s *seat, now time.Time) (*fixed.Answer, error) {
	found := p.asksFor(a, now).seated(s)
	key := pageKey{page: articlePage, id: a.Slug, asks: found.key(), compared: s.compared, goal: p.goalNow(found.end)}
	return p.cache.get(key, func() ([]byte, error) { return p.renderArticle(a, found, nil) })
}

// askAnswer is the whole-page ask. host is the page of another site that the
// reader came from, or "".
func (p *Pages) askAnswer(appeal *campaign.Appeal, host string) (*fixed.Answer, error) {
	return p.cache.unlessHosted(host, pageKey{page: askPage, id: appeal.Campaign, asks: appealID(appeal), compared: appeal.Experiment != nil, goal: p.goalNow(appeal)}, func() ([]byte, error) {
		form, err := p.newAsk(appeal, defaultChoice(appeal, campaign.PlacementPage, host), 1)
		if err != nil {
			return nil, err
		}
		return p.renderAsk(form)
	})
}

// appealID tells apart all that an appeal may say.
func appealID(a *campaign.Appeal) string {
	if a == nil {
		return ""
	}
	return a.ID + " " + a.Variant + " " + string(a.Default.Currency)
}

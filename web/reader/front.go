package reader

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/campaign"
)

// frontView is the front page: the newest article leads.
type frontView struct {
	Lead   *campaign.Article
	Others []*campaign.Article
	Seen   *sighting        // of the plea, or of where it would stand
	Plea   *campaign.Appeal // for one line beside the lead; nil where no appeal runs, or a banner says it
}

// articleView is one article with its calls to action.
type articleView struct {
	Article *campaign.Article
	Strip   *strip // nil where no appeal runs there
	Held    held
	Body    body
	Thanks  *thanked // what the ask is folded behind for readers who gave; nil where it never is
	Related []*campaign.Article
	Ask     *ask
}

// askView is the whole-page ask.
type askView struct{ Ask ask }

// relatedArticles is how long the list of further reading is.
const relatedArticles = 3

func (p *Pages) front(c *gin.Context) error {
	language := p.asked(c)
	if len(p.articlesIn(language)) == 0 {
		language = p.Newsroom.Site.Language
	}
	s := p.seatOf(c)
	page, err := p.frontAnswer(language, s, p.Now())
	if err != nil {
		return err
	}
	p.settle(c, s)
	page.Serve(c.Writer, c.Request)
	return nil
}

func (p *Pages) article(c *gin.Context) error {
	a, ok := p.Newsroom.Article(c.Param("slug"))
	if !ok {
		return notFound("error.404")
	}
	s := p.seatOf(c)
	page, err := p.articleAnswer(a, s, p.Now())
	if err != nil {
		return err
	}
	p.settle(c, s)
	page.Serve(c.Writer, c.Request)
	return nil
}

func (p *Pages) wholePage(c *gin.Context) error {
	appeal, ok := p.Newsroom.AppealIn(c.Param("campaign"), p.asked(c), p.Now())
	if !ok {
		return notFound("error.404.campaign")
	}
	s := p.seatOf(c)
	page, err := p.askAnswer(s.take(appeal), p.hostPage(c))
	if err != nil {
		return err
	}
	p.settle(c, s)
	page.Serve(c.Writer, c.Request)
	return nil
}

// renderFront makes the front page of a language; end is the appeal that its
// masthead leads to.
func (p *Pages) renderFront(language string, found asks) ([]byte, error) {
	site := p.Newsroom.Site
	articles := p.articlesIn(language)
	v := frontView{Lead: articles[0], Others: articles[1:], Plea: found.strip}
	v.Seen = sightingOf(campaign.PlacementStrip, cmp.Or(found.strip, found.held.strip), "")
	f := frame{
		Title: site.Name, Description: site.In(language).Tagline, Canonical: p.BaseURL + p.inLanguage("/", language), Alternates: p.frontAlternates(language), Front: true, Kind: "website",
		Mark: sightingOf(campaign.PlacementBanner, found.held.banner, ""),
		Asks: p.settingsOf(asks{banner: found.banner, end: found.end}),
	}
	switch {
	case found.banner != nil:
		f.Support, f.Call = p.askPage(found.banner), found.banner.Strip.Button
		var err error
		if f.Banner, err = p.newBanner(found.banner, "", language, f.Support, f.Support); err != nil {
			return nil, err
		}
	case found.strip != nil:
		f.Support, f.Call = p.askPage(found.strip), found.strip.Strip.Button
	case found.end != nil:
		f.Support = p.askPage(found.end)
	}
	return p.render(p.in(language), frontPage, f, v)
}

// renderArticle makes the page of an article. again is the form as the reader
// sent it, where there was something to mend: nothing else asks then.
func (p *Pages) renderArticle(a *campaign.Article, found asks, again *ask) ([]byte, error) {
	words := p.in(a.Language)
	v := articleView{Article: a, Related: p.related(a), Body: body{First: a.Body}, Ask: again}
	f := frame{Description: a.Standfirst, Canonical: p.BaseURL + articleAddress(a), Kind: "article", Private: again != nil, Alternates: p.articleAlternates(a), Story: p.describe(a)}
	var err error
	if f.Title, err = p.titled(words, a.Title); err != nil {
		return nil, err
	}
	if again != nil {
		f.Support = "#support"
		if f.Title, err = words.text("title.error", "title", f.Title); err != nil {
			return nil, err
		}
		return p.render(words, articlePage, f, v)
	}
	f.Asks = p.settingsOf(found)
	if found.end != nil {
		form, err := p.newAsk(found.end, defaultChoice(found.end, campaign.PlacementEnd, a.Slug), 2)
		if err != nil {
			return nil, err
		}
		form.Action = p.formAddress(a.Language)
		v.Ask, f.Support = &form, "#support"
		if v.Thanks, err = p.newThanked(found.end); err != nil {
			return nil, err
		}
	}
	p.addMarks(a, found.held, &v, &f)
	if err := p.addPlaces(a, found, &v, &f); err != nil {
		return nil, err
	}
	return p.render(words, articlePage, f, v)
}

// addPlaces puts strip or banner and the card onto the page of an article. All
// of them lead to the form below it, where there is one.
func (p *Pages) addPlaces(a *campaign.Article, found asks, v *articleView, f *frame) error {
	ways := func(appeal *campaign.Appeal) (form, folded string) {
		if found.end != nil {
			return "#give", "#support" // where the ask is folded, this unfolds it
		}
		return p.askPage(appeal), p.askPage(appeal)
	}
	var err error
	if top := found.strip; top != nil {
		f.Call = top.Strip.Button
		form, folded := ways(top)
		if v.Strip, err = p.newStrip(top, a, form, folded); err != nil {
			return err
		}
	}
	if top := found.banner; top != nil {
		f.Call = top.Strip.Button
		form, folded := ways(top)
		if f.Banner, err = p.newBanner(top, a.Slug, a.Language, form, folded); err != nil {
			return err
		}
	}
	if found.inline != nil {
		form, _ := ways(found.inline)
		v.Body, err = p.newBody(a, found.inline, form)
	}
	return err
}

// related are the articles to read next, in the language of this one.
func (p *Pages) related(a *campaign.Article) []*campaign.Article {
	near := p.Newsroom.Related(a, len(p.Newsroom.Articles))
	near = slices.DeleteFunc(near, func(o *campaign.Article) bool { return !strings.EqualFold(o.Language, a.Language) })
	return near[:min(len(near), relatedArticles)]
}

// renderAsk makes the whole-page ask of an appeal.
func (p *Pages) renderAsk(form ask) ([]byte, error) {
	words := p.in(form.Appeal.Language)
	title, err := p.titled(words, form.Appeal.Headline)
	if err != nil {
		return nil, err
	}
	private := len(form.Problems) > 0
	if private {
		if title, err = words.text("title.error", "title", title); err != nil {
			return nil, err
		}
	}
	return p.render(words, askPage, frame{
		Title: title, Canonical: p.BaseURL + p.askPage(form.Appeal), Alternates: p.askAlternates(form.Appeal), Private: private, Kind: "website",
	}, askView{Ask: form})
}

// warmUp renders every page as it is now.
func (p *Pages) warmUp(now time.Time) error {
	for _, language := range p.frontLanguages() {
		if _, err := p.frontAnswer(language, nobody(), now); err != nil {
			return err
		}
	}
	for _, a := range p.Newsroom.Articles {
		if _, err := p.articleAnswer(a, nobody(), now); err != nil {
			return err
		}
	}
	for _, appeal := range p.Newsroom.Appeals {
		if _, err := p.askAnswer(appeal, ""); err != nil {
			return err
		}
		if _, err := p.embedAnswer(appeal, ""); err != nil {
			return err
		}
	}
	// 500 is rendered before, for when nothing else can be.
	for _, words := range p.words {
		for _, status := range []int{400, 403, 404, 405, 410, 413, 422, 429, 503} {
			if _, err := p.renderProblem(words, status, "error."+strconv.Itoa(status), surroundings{banner: status == http.StatusNotFound}); err != nil {
				return err
			}
		}
	}
	return nil
}

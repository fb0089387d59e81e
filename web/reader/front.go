package reader

import (
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
	Plea   *campaign.Appeal // for one line beside the lead; nil where no appeal runs
}

// articleView is one article with its calls to action.
type articleView struct {
	Article *campaign.Article
	Strip   *strip // nil where no appeal runs there
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
	page, err := p.frontAnswer(language, p.Now())
	if err != nil {
		return err
	}
	page.Serve(c.Writer, c.Request)
	return nil
}

func (p *Pages) article(c *gin.Context) error {
	a, ok := p.Newsroom.Article(c.Param("slug"))
	if !ok {
		return notFound("error.404")
	}
	page, err := p.articleAnswer(a, p.Now())
	if err != nil {
		return err
	}
	page.Serve(c.Writer, c.Request)
	return nil
}

func (p *Pages) wholePage(c *gin.Context) error {
	appeal, ok := p.Newsroom.AppealIn(c.Param("campaign"), p.asked(c), p.Now())
	if !ok {
		return notFound("error.404.campaign")
	}
	page, err := p.askAnswer(appeal, p.hostPage(c))
	if err != nil {
		return err
	}
	page.Serve(c.Writer, c.Request)
	return nil
}

// renderFront makes the front page of a language. plea, the appeal of its strip, and main, the
// appeal that the masthead leads to, may be nil.
func (p *Pages) renderFront(language string, plea, main *campaign.Appeal) ([]byte, error) {
	site := p.Newsroom.Site
	articles := p.articlesIn(language)
	v := frontView{Lead: articles[0], Others: articles[1:], Plea: plea}
	support, call := "", ""
	switch {
	case plea != nil:
		support, call = p.askPage(plea), plea.Strip.Button
	case main != nil:
		support = p.askPage(main)
	}
	return p.render(p.in(language), frontPage, frame{
		Title: site.Name, Description: site.Tagline, Canonical: p.BaseURL + p.inLanguage("/", language), Alternates: p.frontAlternates(language), Front: true, Support: support, Call: call, Kind: "website",
	}, v)
}

// renderArticle makes the page of an article. strip and end may be nil; again is
// the form as the reader sent it, where there was something to mend.
func (p *Pages) renderArticle(a *campaign.Article, top, end *campaign.Appeal, again *ask) ([]byte, error) {
	words := p.in(a.Language)
	v := articleView{Article: a, Related: p.related(a), Ask: again}
	f := frame{Description: a.Standfirst, Canonical: p.BaseURL + articleAddress(a), Kind: "article", Private: again != nil, Alternates: p.articleAlternates(a), Story: p.describe(a)}
	var err error
	if f.Title, err = p.titled(words, a.Title); err != nil {
		return nil, err
	}
	if end != nil && again == nil {
		form, err := p.newAsk(end, defaultChoice(end, campaign.PlacementEnd, a.Slug), 2)
		if err != nil {
			return nil, err
		}
		form.Action = p.formAddress(a.Language)
		v.Ask = &form
	}
	if v.Ask != nil {
		f.Support = "#support"
	}
	if top != nil {
		f.Call = top.Strip.Button
	}
	if top != nil && again == nil {
		href := "#give"
		if v.Ask == nil {
			href = p.askPage(top)
		}
		if v.Strip, err = p.newStrip(top, a, href); err != nil {
			return nil, err
		}
	}
	if again != nil {
		if f.Title, err = words.text("title.error", "title", f.Title); err != nil {
			return nil, err
		}
	}
	return p.render(words, articlePage, f, v)
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
		if _, err := p.frontAnswer(language, now); err != nil {
			return err
		}
	}
	for _, a := range p.Newsroom.Articles {
		if _, err := p.articleAnswer(a, now); err != nil {
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
			if _, err := p.renderProblem(words, status, "error."+strconv.Itoa(status)); err != nil {
				return err
			}
		}
	}
	return nil
}

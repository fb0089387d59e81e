package reader

import (
	"strconv"
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
	page, err := p.frontAnswer(p.Now())
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
	appeal, ok := p.Newsroom.AppealOf(c.Param("campaign"), p.Now())
	if !ok {
		return notFound("error.404.campaign")
	}
	page, err := p.askAnswer(appeal)
	if err != nil {
		return err
	}
	page.Serve(c.Writer, c.Request)
	return nil
}

// renderFront makes the front page. plea, the appeal of its strip, and main, the
// appeal that the masthead leads to, may be nil.
func (p *Pages) renderFront(plea, main *campaign.Appeal) ([]byte, error) {
	site := p.Newsroom.Site
	v := frontView{Lead: p.Newsroom.Articles[0], Others: p.Newsroom.Articles[1:], Plea: plea}
	support, call := "", ""
	switch {
	case plea != nil:
		support, call = pageAddress(plea.Campaign), plea.Strip.Button
	case main != nil:
		support = pageAddress(main.Campaign)
	}
	return p.render(frontPage, frame{
		Title: site.Name, Description: site.Tagline, Canonical: p.BaseURL + "/", Front: true, Support: support, Call: call, Kind: "website",
	}, v)
}

// renderArticle makes the page of an article. strip and end may be nil; again is
// the form as the reader sent it, where there was something to mend.
func (p *Pages) renderArticle(a *campaign.Article, top, end *campaign.Appeal, again *ask) ([]byte, error) {
	v := articleView{Article: a, Related: p.Newsroom.Related(a, relatedArticles), Ask: again}
	f := frame{Description: a.Standfirst, Canonical: p.BaseURL + articleAddress(a), Kind: "article", Private: again != nil}
	var err error
	if f.Title, err = p.titled(a.Title); err != nil {
		return nil, err
	}
	if end != nil && again == nil {
		form, err := p.newAsk(end, defaultChoice(end, campaign.PlacementEnd, a.Slug), 2)
		if err != nil {
			return nil, err
		}
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
			href = pageAddress(top.Campaign)
		}
		if v.Strip, err = p.newStrip(top, a.Slug, href); err != nil {
			return nil, err
		}
	}
	if again != nil {
		if f.Title, err = p.words.text("title.error", "title", f.Title); err != nil {
			return nil, err
		}
	}
	return p.render(articlePage, f, v)
}

// renderAsk makes the whole-page ask of an appeal.
func (p *Pages) renderAsk(form ask) ([]byte, error) {
	title, err := p.titled(form.Appeal.Headline)
	if err != nil {
		return nil, err
	}
	private := len(form.Problems) > 0
	if private {
		if title, err = p.words.text("title.error", "title", title); err != nil {
			return nil, err
		}
	}
	return p.render(askPage, frame{
		Title: title, Canonical: p.BaseURL + pageAddress(form.Appeal.Campaign), Private: private, Kind: "website",
	}, askView{Ask: form})
}

// warmUp renders every page as it is now.
func (p *Pages) warmUp(now time.Time) error {
	if _, err := p.frontAnswer(now); err != nil {
		return err
	}
	for _, a := range p.Newsroom.Articles {
		if _, err := p.articleAnswer(a, now); err != nil {
			return err
		}
	}
	for _, appeal := range p.Newsroom.Appeals {
		if _, err := p.askAnswer(appeal); err != nil {
			return err
		}
	}
	// 500 is rendered before, for when nothing else can be.
	for _, status := range []int{400, 403, 404, 405, 410, 413, 422, 429, 503} {
		if _, err := p.renderProblem(status, "error."+strconv.Itoa(status)); err != nil {
			return err
		}
	}
	return nil
}

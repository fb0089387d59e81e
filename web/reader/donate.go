package reader

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
)

// maxForm bounds a posted form; ours has well under 2 KiB.
const maxForm = 64 << 10

// donate takes a reader's choice, commits it as a checkout and sends the reader
// to that checkout's address. The form needs no token: the article it stands on
// comes from shared caches, and what it starts is only shown on Stripe's page,
// where the reader decides. Forms on other sites are refused before.
func (p *Pages) donate(c *gin.Context) error {
	if p.limited(c) {
		return &pageError{status: http.StatusTooManyRequests, key: "error.429", retryAfter: limitWindow}
	}
	form, err := postedForm(c)
	if err != nil {
		return err
	}
	ch := readChoice(form)
	language := p.begun(c, ch)
	s := p.find(ch, language, p.Now())
	if s.appeal == nil {
		return &pageError{status: http.StatusGone, key: "error.410"}
	}
	ch = s.fill(ch)
	order, problems, err := p.order(ch, s, language)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return p.askAgain(c, http.StatusUnprocessableEntity, ch, s, problems)
	}
	before := p.before(c)
	if first, ok := likelyTwice(before, order, p.Now()); ok && !ticked(form, fieldAgain) {
		return p.warn(c, ch, order, first, language)
	}
	if open, ok := alreadyOpen(before, order, p.Now()); ok {
		toCheckout(c, open)
		return nil
	}
	started, err := p.Checkouts.Start(c.Request.Context(), order)
	if e, ok := errors.AsType[*payments.Error](err); ok && c.Request.Context().Err() == nil {
		status := statusOf(e.Code)
		if status >= http.StatusInternalServerError {
			p.Log.ErrorContext(c.Request.Context(), "gift not started", "status", status, "error", err)
		}
		sentence, err := p.in(s.appeal.Language).text(startProblem(e.Code))
		if err != nil {
			return err
		}
		setRetryAfter(c, e.RetryAfter)
		return p.askAgain(c, status, ch, s, []problem{{Sentence: sentence}})
	}
	if err != nil {
		return err
	}
	p.Metrics.CheckoutStarted(order.Kind, order.Amount.Currency)
	if p.fromAnotherSite(c) {
		p.bringHome(c, started.ID)
		return nil
	}
	p.remember(c, started.ID)
	toCheckout(c, started.ID)
	return nil
}

// toCheckout sends a reader to the address of a checkout.
func toCheckout(c *gin.Context, id string) {
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, "/checkout/"+url.PathEscape(id))
}

// begun is the language that the reader began in: of the article if the form
// stood on one, else what its address says, else the appeal's.
func (p *Pages) begun(c *gin.Context, ch choice) string {
	if a, ok := p.Newsroom.Article(ch.Article); ok {
		return a.Language
	}
	if c.Query(queryLanguage) == "" {
		if a, ok := p.Newsroom.Appeal(ch.Appeal); ok {
			return a.Language
		}
	}
	return p.asked(c)
}

// startProblem is the sentence for a gift that could not be started. What the
// books say of it is in English only.
func startProblem(code payments.Code) string {
	if code == payments.Invalid {
		return "problem.order"
	}
	return "problem.away"
}

// askAgain shows the page with the form again, as the reader filled it in: the
// article if the form stood on one, else the whole-page ask.
func (p *Pages) askAgain(c *gin.Context, status int, ch choice, s source, problems []problem) error {
	level := 1
	if s.article != nil {
		level = 2
	}
	form, err := p.newAsk(s.appeal, ch, level)
	if err != nil {
		return err
	}
	form.Problems, form.Seen = problems, nil
	var body []byte
	if s.article != nil {
		form.Action = p.formAddress(s.article.Language)
		body, err = p.renderArticle(s.article, asks{}, &form)
	} else {
		body, err = p.renderAsk(form)
	}
	if err != nil {
		return err
	}
	p.write(c, status, body)
	return nil
}

// postedForm reads the body of a form, of either encoding that browsers use.
func postedForm(c *gin.Context) (url.Values, error) {
	r := c.Request
	r.Body = http.MaxBytesReader(c.Writer, r.Body, maxForm)
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(maxForm)
		if r.MultipartForm != nil {
			defer func() { _ = r.MultipartForm.RemoveAll() }() // files, of which the form has none
		}
	} else {
		err = r.ParseForm()
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, &pageError{status: http.StatusRequestEntityTooLarge, key: "error.413"}
	}
	if err != nil {
		return nil, &pageError{status: http.StatusBadRequest, key: "error.400"}
	}
	return r.PostForm, nil
}

// again is for a reader who opens the address of a form with something to mend,
// from the history say. What was posted is gone; the place to choose is not.
func (p *Pages) again(c *gin.Context) error {
	to := "/"
	if appeal := p.mainAppeal(&campaign.Article{Language: p.asked(c)}, p.Now()); appeal != nil {
		to = p.askPage(appeal)
	}
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

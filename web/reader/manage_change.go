package reader

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
)

// change is one thing that a reader can do with a recurring donation.
type change struct {
	name string // in the address, and as the word for the page after it
	// possible tells whether its form is offered.
	possible func(r manage.Recurring) bool
	// form is the page before it. in is what the reader has sent, where there is
	// something to mend.
	form func(v *visit, r manage.Recurring, in url.Values) formView
	// read checks what the reader has sent and gives what is to be done, or what
	// is to be mended.
	read func(v *visit, r manage.Recurring, in url.Values) (do func(ctx context.Context, donorID, request string) error, problems []problem)
}

func (p *Pages) changes() map[string]change {
	all := map[string]change{}
	for _, c := range []change{p.changeAmount(), p.changePause(), p.changeResume(), p.changeCancel()} {
		all[c.name] = c
	}
	return all
}

// changeForm shows the form of a change.
func (p *Pages) changeForm(ch change) func(*gin.Context, *visit) error {
	return func(c *gin.Context, v *visit) error {
		r, err := p.findRecurring(c, v)
		if err != nil {
			return err
		}
		if !changeable(r) || !ch.possible(r) {
			p.seeOther(c, v.at(recurringPath(r.RecurringID)))
			return nil
		}
		return p.showChange(c, http.StatusOK, v, ch, r, url.Values{}, false, nil)
	}
}

// showChange answers with the form of a change. open says that nobody knows yet
// whether what it asks for was done.
func (p *Pages) showChange(c *gin.Context, status int, v *visit, ch change, r manage.Recurring, in url.Values, open bool, problems []problem) error {
	path := recurringPath(r.RecurringID)
	view := ch.form(v, r, in)
	view.Action = v.at(path + "/" + ch.name)
	for _, one := range problems {
		if one.Notice {
			view.Notice, view.Agreed = one.Sentence, one.Button
			continue
		}
		view.Problems = append(view.Problems, one)
	}
	view.Open = open
	view.Hidden = []option{{Label: fieldRequest, Value: requestOf(in)}}
	view.Links = append(view.Links, link{Href: v.at(path), Label: v.say("manage.keep")})
	return p.showForm(c, status, v, view, path+"/"+ch.name)
}

// showForm answers with a form.
func (p *Pages) showForm(c *gin.Context, status int, v *visit, view formView, path string) error {
	f := p.manageFrame(&v.teller, view.Title, path, v.language)
	if len(view.Problems) > 0 || view.Notice != "" {
		f.Title = v.say("title.error", "title", f.Title)
	}
	return p.showOwn(c, status, &v.teller, formPage, f, view)
}

// makeChange takes the form of a change and carries it out. Whether it is possible
// still is for the books to say, which also know a form that is sent twice.
func (p *Pages) makeChange(ch change) func(*gin.Context, *visit) error {
	return func(c *gin.Context, v *visit) error {
		in, err := postedForm(c)
		if err != nil {
			return err
		}
		r, err := p.findRecurring(c, v)
		if err != nil {
			return err
		}
		do, problems := ch.read(v, r, in)
		if len(problems) > 0 {
			return p.showChange(c, http.StatusUnprocessableEntity, v, ch, r, in, false, problems)
		}
		err = do(manage.WithLanguage(c.Request.Context(), v.language), v.reader.DonorID, in.Get(fieldRequest))
		if err != nil {
			return p.changeFailed(c, v, ch, r, in, err)
		}
		p.tell(c, ch.name)
		p.seeOther(c, v.at(recurringPath(r.RecurringID)))
		return nil
	}
}

// changeFailed says why a change was not made, with the form as it was filled in.
func (p *Pages) changeFailed(c *gin.Context, v *visit, ch change, r manage.Recurring, in url.Values, err error) error {
	ctx := c.Request.Context()
	code := payments.CodeOf(err)
	var sentence string
	switch code {
	case payments.Busy:
		sentence = v.say("manage.problem.busy")
	case payments.Unavailable:
		sentence = v.say("manage.problem.away")
	case payments.Refused:
		sentence = v.say("manage.problem.refused", "email", p.Newsroom.Site.ContactEmail)
	case payments.Invalid:
		sentence = v.say("manage.problem.invalid")
		in.Del(fieldRequest) // it may be what does not fit
	case payments.Gone:
		now, err := p.findRecurring(c, v)
		if err != nil {
			return err
		}
		sentence = v.say("manage.problem.ended")
		if changeable(now) {
			sentence = v.say("manage.problem.stale")
			in.Del(fieldRequest)
		}
	default:
		return err
	}
	status := statusOf(code)
	if status >= http.StatusInternalServerError {
		p.Log.ErrorContext(ctx, "a recurring donation was not changed", "change", ch.name, "status", status, "error", err)
		setRetryAfter(c, retryAfter(err))
	}
	open := code == payments.Busy || code == payments.Unavailable
	return p.showChange(c, status, v, ch, r, in, open, []problem{{Sentence: sentence}})
}

package reader

import (
	"bytes"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
)

// personView is the page about what is kept of a reader.
type personView struct{ Export, Erase, Back string }

func (p *Pages) person(c *gin.Context, v *visit) error {
	view := personView{Export: v.at(exportPath), Erase: v.at(erasePath), Back: v.at(managePath)}
	f := p.manageFrame(&v.teller, v.say("manage.data"), dataPath, v.language)
	return p.showOwn(c, http.StatusOK, &v.teller, personPage, f, view)
}

// export hands out all that is kept about the reader. It is whole before the first
// byte goes out: half a document would look like all.
func (p *Pages) export(c *gin.Context, v *visit) error {
	var file bytes.Buffer
	if err := p.Manage.People.Export(c.Request.Context(), v.reader.DonorID, &file); err != nil {
		return err
	}
	download(c, "application/json", "my-data.json", file.Bytes())
	return nil
}

// eraseForm says what erasing means before it asks for it.
func (p *Pages) eraseForm(c *gin.Context, v *visit) error {
	all, err := p.Manage.Books.Recurring(c.Request.Context(), v.reader.DonorID)
	if err != nil {
		return err
	}
	return p.showErase(c, http.StatusOK, v, all, nil)
}

func (p *Pages) showErase(c *gin.Context, status int, v *visit, all []manage.Recurring, problems []problem) error {
	view := formView{
		Title: v.say("manage.erase.title"), Action: v.at(erasePath), Problems: problems,
		Lead:  []string{v.say("manage.erase.goes"), v.say("manage.erase.stays"), v.say("manage.erase.stripe")},
		Check: &checkField{Label: v.say("manage.erase.check")}, Button: v.say("manage.erase.button"),
	}
	n := running(all)
	for _, r := range all {
		if !r.RunsOn {
			if r.Running() {
				view.Lead = append(view.Lead, p.endsByItself(v, r))
			}
			continue
		}
		// A gift that nobody can be found for could not be stopped any more.
		if view.Button != "" {
			view.Lead = append(view.Lead, v.say("manage.erase.running", "n", n))
		}
		view.Check, view.Button = nil, ""
		view.Links = append(view.Links, link{Href: v.at(recurringPath(r.RecurringID)), Label: v.say("manage.change.of", "gift", v.gift(r))})
	}
	view.Links = append(view.Links, link{Href: v.at(dataPath), Label: v.say("manage.keep")})
	return p.showForm(c, status, v, view, erasePath)
}

// running is how many gifts must be stopped by their reader.
func running(all []manage.Recurring) (n int) {
	for _, r := range all {
		if r.RunsOn {
			n++
		}
	}
	return n
}

// endsByItself says of a gift that ends with its period that nothing is to be done
// about it. Stripe nearly always tells the day.
func (p *Pages) endsByItself(v *visit, r manage.Recurring) string {
	if r.EndsAt.IsZero() {
		return v.say("manage.erase.ending.soon", "gift", v.gift(r))
	}
	return v.say("manage.erase.ending", "gift", v.gift(r), "date", r.EndsAt.In(p.Newsroom.Site.BaseTimezone))
}

// erase erases the reader's data, and ends the visit with them.
func (p *Pages) erase(c *gin.Context, v *visit) error {
	ctx := c.Request.Context()
	in, err := postedForm(c)
	if err != nil {
		return err
	}
	all, err := p.Manage.Books.Recurring(ctx, v.reader.DonorID)
	if err != nil {
		return err
	}
	if in.Get(fieldSure) == "" {
		problems := []problem{{Field: fieldSure, Sentence: v.say("manage.erase.unchecked")}}
		return p.showErase(c, http.StatusUnprocessableEntity, v, all, problems)
	}
	waits, err := p.Manage.People.Erase(manage.WithLanguage(ctx, v.language), v.reader.DonorID)
	switch payments.CodeOf(err) {
	case payments.Invalid:
		return p.showErase(c, http.StatusUnprocessableEntity, v, all, []problem{{Sentence: p.stillRuns(v, all)}})
	case payments.Unavailable:
		p.Log.WarnContext(ctx, "nobody was erased", "error", err)
		setRetryAfter(c, retryAfter(err))
		return p.showErase(c, http.StatusServiceUnavailable, v, all, []problem{{Sentence: v.say("manage.erase.busy")}})
	case payments.NotFound: // a second press of the same reader's was faster
		err = nil
	}
	if err != nil {
		return err
	}
	p.setCookie(c, p.sessionCookie(), "", "/", 0)
	m := message{Title: v.say("manage.erased.title"), Paragraphs: []string{v.say("manage.erased.lead")}}
	if waits {
		m.Title = v.say("manage.erased.waits.title")
		m.Paragraphs = []string{v.say("manage.erased.waits.lead"), v.say("manage.erased.waits.else", "email", p.Newsroom.Site.ContactEmail)}
	}
	return p.showMessage(c, http.StatusOK, &v.teller, m)
}

// stillRuns says what keeps the reader's data: a gift of theirs, or one that Stripe
// has under the same customer with somebody else's address, which they cannot end.
func (p *Pages) stillRuns(v *visit, all []manage.Recurring) string {
	if n := running(all); n > 0 {
		return v.say("manage.erase.running", "n", n)
	}
	return v.say("manage.erase.tied", "email", p.Newsroom.Site.ContactEmail)
}

package reader

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
)

// cardForm is the page before Stripe's, on which the card is changed. It asks Stripe
// for nothing: programs that look ahead and links on other sites lead here too.
func (p *Pages) cardForm(c *gin.Context, v *visit) error {
	r, err := p.findRecurring(c, v)
	if err != nil {
		return err
	}
	if !changeable(r) {
		p.seeOther(c, v.at(recurringPath(r.RecurringID)))
		return nil
	}
	return p.showCard(c, http.StatusOK, v, r, nil)
}

func (p *Pages) showCard(c *gin.Context, status int, v *visit, r manage.Recurring, problems []problem) error {
	path := recurringPath(r.RecurringID)
	return p.showForm(c, status, v, formView{
		Title: v.say("manage.card.title"), Lead: []string{v.say("manage.card.lead", "gift", v.gift(r))}, Problems: problems,
		Action: v.at(path + "/card"), Button: v.say("manage.card.button"),
		Links: []link{{Href: v.at(path), Label: v.say("manage.keep")}},
	}, path+"/card")
}

// card sends a reader on to the page on which the card is changed: each is made for
// one visit.
func (p *Pages) card(c *gin.Context, v *visit) error {
	ctx := c.Request.Context()
	r, err := p.findRecurring(c, v)
	if err != nil {
		return err
	}
	back := v.at(recurringPath(r.RecurringID))
	address, err := p.Manage.Changes.Card(ctx, v.reader.DonorID, r.RecurringID, p.BaseURL+back, v.language)
	switch code := payments.CodeOf(err); code {
	case payments.Gone:
		p.seeOther(c, back)
		return nil
	case payments.Busy, payments.Refused:
		p.Log.ErrorContext(ctx, "no page to change a card on", "error", err)
		setRetryAfter(c, retryAfter(err))
		sentence := v.say("manage.problem.busy")
		if code == payments.Refused {
			sentence = v.say("manage.problem.refused", "email", p.Newsroom.Site.ContactEmail)
		}
		return p.showCard(c, statusOf(code), v, r, []problem{{Sentence: sentence}})
	}
	if err != nil {
		return err
	}
	p.seeOther(c, address)
	return nil
}

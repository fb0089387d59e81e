package reader

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// recurringView is one recurring donation in words.
type recurringView struct {
	Gift     string // how much and how often
	Standing string
	Trouble  bool
	Rows     []row
	Article  *articleLink
	Change   string // address of its own page; "" for one that has ended
	ChangeOf string // what the link there is called by itself
	Card     string // address, where the card should be changed
	Again    string // address, where one that has ended can be given again
	Actions  []link // on its own page
	Notice   string
	Back     string
}

// recurring is the page of one recurring donation: where it stands, and what can
// be changed.
func (p *Pages) recurring(c *gin.Context, v *visit) error {
	r, err := p.findRecurring(c, v)
	if err != nil {
		return err
	}
	v.awaits(c, recurringPath(r.RecurringID), r)
	page := p.recurringView(v, r)
	page.Actions, page.Back, page.Notice = v.actions(r), v.at(managePath), p.told(c, &v.teller, v.again)
	f := p.manageFrame(&v.teller, page.Gift, recurringPath(r.RecurringID), v.language)
	return p.showOwn(c, http.StatusOK, &v.teller, recurringPage, f, page)
}

// findRecurring finds the recurring donation that an address names among those of
// the reader. Another's is no more to be found than one that does not exist.
func (p *Pages) findRecurring(c *gin.Context, v *visit) (manage.Recurring, error) {
	all, err := p.Manage.Books.Recurring(c.Request.Context(), v.reader.DonorID)
	if err != nil {
		return manage.Recurring{}, err
	}
	for _, r := range all {
		if r.RecurringID == c.Param("id") {
			return r, nil
		}
	}
	return manage.Recurring{}, &pageError{status: http.StatusNotFound, key: "manage.404", language: v.language}
}

func (p *Pages) recurringView(v *visit, r manage.Recurring) recurringView {
	zone := p.Newsroom.Site.BaseTimezone
	view := recurringView{Gift: v.gift(r), Article: p.began(r.Article)}
	view.Standing, view.Trouble = p.standing(v, r)
	add := func(term, text, language string) {
		view.Rows = append(view.Rows, row{Term: term, Text: text, Language: language})
	}
	if !r.FeeCover.IsZero() {
		whole := money.New(r.Amount.Minor-r.FeeCover.Minor, r.Amount.Currency)
		add(v.say("thanks.fee"), v.say("thanks.fee.text", "fee", r.FeeCover, "amount", whole), "")
	}
	if !r.StartedAt.IsZero() {
		date, err := v.words.date(r.StartedAt.In(zone))
		v.keep(err)
		add(v.say("manage.row.since"), date, "")
	}
	if !r.NextAt.IsZero() && r.EndsAt.IsZero() && r.Changing == "" {
		date, err := v.words.date(r.NextAt.In(zone))
		v.keep(err)
		add(v.say("manage.row.next"), date, "")
	}
	if purpose := p.purpose(r.Campaign, r.CampaignName, r.NameLanguage, v.words); purpose != nil {
		add(v.say("manage.row.for"), purpose.Text, purpose.Language)
	}
	if changeable(r) {
		path := recurringPath(r.RecurringID)
		view.Change, view.ChangeOf = v.at(path), v.say("manage.change.of", "gift", view.Gift)
		if r.Failing {
			view.Card = v.at(path + "/card")
		}
	}
	if !r.Running() {
		article, _ := p.Newsroom.Article(r.Article)
		view.Again = p.askAddress(v.words, article, r.Campaign)
	}
	return view
}

// changeable tells whether there is anything left to change.
func changeable(r manage.Recurring) bool {
	return r.Running() && r.EndsAt.IsZero() && r.Changing != "cancel"
}

// gift says how much is given how often.
func (v *visit) gift(r manage.Recurring) string {
	if r.Kind == payments.Annual {
		return v.say("manage.kind.annual", "amount", r.Amount)
	}
	return v.say("manage.kind.monthly", "amount", r.Amount)
}

// standing says how a recurring donation stands, and whether something is to do.
func (p *Pages) standing(v *visit, r manage.Recurring) (text string, trouble bool) {
	zone := p.Newsroom.Site.BaseTimezone
	switch {
	case !r.Running() && !r.EndsAt.IsZero():
		return v.say("manage.standing.ended.on", "date", r.EndsAt.In(zone)), false
	case !r.Running():
		return v.say("manage.standing.ended"), false
	case r.Changing == "cancel":
		return v.say("manage.problem.ended"), false
	case r.Changing != "" && v.again:
		return v.say("manage.standing.changing.auto"), false
	case r.Changing != "":
		return v.say("manage.standing.changing"), false
	case !r.EndsAt.IsZero():
		return v.say("manage.standing.ending", "date", r.EndsAt.In(zone)), false
	case r.Paused:
		text = v.say("manage.standing.paused")
		if !r.PausedUntil.IsZero() {
			text = v.say("manage.standing.paused.until", "date", r.PausedUntil.In(zone))
		}
		if r.Failing {
			text += " " + v.say("manage.standing.failing.paused")
		}
		return text, r.Failing
	case r.Failing:
		return v.say("manage.standing.failing"), true
	}
	return v.say("manage.standing.active"), false
}

// actions are what can be done with a recurring donation now. Stopping is as near
// as the others.
func (v *visit) actions(r manage.Recurring) []link {
	if !changeable(r) {
		return nil
	}
	to := func(name, label string) link {
		return link{Href: v.at(recurringPath(r.RecurringID) + "/" + name), Label: label}
	}
	all := []link{to("amount", v.say("manage.amount.title")), to("card", v.say("manage.card.title"))}
	if r.Paused {
		all = append(all, to("resume", v.say("manage.resume.title")))
	} else {
		all = append(all, to("pause", v.say("manage.pause.title")))
	}
	return append(all, to("cancel", v.say("manage.cancel.title")))
}

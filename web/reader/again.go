package reader

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// fieldAgain says that the reader knows of the first gift and gives a second.
const fieldAgain = "again"

// soon is how long after a gift the same one is more likely a mistake than meant.
const soon = time.Hour

// before is what the books know of the gifts that this browser began within the
// last hour. Where the books cannot be read the reader is not kept from giving:
// there are none.
func (p *Pages) before(c *gin.Context) []payments.Gift {
	ids := begunHere(c.Request)
	if len(ids) == 0 {
		return nil
	}
	gifts, err := p.Gifts.ByCheckouts(c.Request.Context(), ids)
	if err != nil {
		p.Log.WarnContext(c.Request.Context(), "gifts of this browser not read", "error", err)
		return nil
	}
	since := p.Now().Add(-soon)
	return slices.DeleteFunc(gifts, func(g payments.Gift) bool { return g.Began.CreatedAt.Before(since) })
}

// likelyTwice finds a gift that was given, and is the one that the reader is about
// to give: of the same kind and the same amount, whether or not one of the two
// covers the fee. A regular gift is likely meant in place of any other that was just
// begun: who wants to give more, or yearly, or in euros, rarely wants both.
func likelyTwice(gifts []payments.Gift, o payments.Order, now time.Time) (payments.Gift, bool) {
	given := slices.DeleteFunc(slices.Clone(gifts), func(g payments.Gift) bool {
		return !slices.Contains([]payments.Progress{payments.Arrived, payments.Settling, payments.Confirming}, g.Progress(now))
	})
	at := slices.IndexFunc(given, func(g payments.Gift) bool { return sameGift(g, o) })
	if at < 0 && o.Kind != payments.OneTime {
		at = slices.IndexFunc(given, func(g payments.Gift) bool { return g.Began.Kind != payments.OneTime })
	}
	if at < 0 {
		return payments.Gift{}, false
	}
	return given[at], true
}

// sameGift tells whether an order gives what a gift gave.
func sameGift(g payments.Gift, o payments.Order) bool {
	return g.Began.Kind == o.Kind && g.Began.Gift() == o.Gift()
}

// alreadyOpen finds a checkout that was begun by this very order and can still be
// paid. Its reader is led on to it: two payment pages for one decision, in two
// tabs or by a second press, are how one gift is paid twice, and a session can be
// paid once only. An order that differs in anything gets a checkout of its own.
func alreadyOpen(gifts []payments.Gift, o payments.Order, now time.Time) (id string, ok bool) {
	at := slices.IndexFunc(gifts, func(g payments.Gift) bool {
		began := g.Began.Order
		began.Attribution.CheckoutID, began.Attribution.Kind = "", ""
		return g.Progress(now) == payments.Unfinished && began == o
	})
	if at < 0 {
		return "", false
	}
	return gifts[at].Began.ID, true
}

// againView asks whether a second gift is meant.
type againView struct {
	Title  string
	Leads  []string
	Action string
	Fields []option
	Yes    string
	See    link
	Change *link // to what changes the first gift; nil where there is no such page
}

// warn shows the page that asks before a second payment. What the reader chose is
// sent again as it was.
func (p *Pages) warn(c *gin.Context, ch choice, order payments.Order, first payments.Gift, language string) error {
	t := teller{words: p.in(language)}
	v := againView{
		Action: p.inLanguage("/donate#support", language),
		See:    link{Href: thanksAddress(first.Began.Session.ID), Label: t.say("again.see")},
	}
	ago := int(p.Now().Sub(first.Began.CreatedAt) / time.Minute)
	arrived := first.Progress(p.Now()) == payments.Arrived
	if first.Began.Kind == payments.OneTime {
		v.askOnce(&t, first, order, ago, arrived)
	} else {
		v.askRecurring(&t, first, order, ago, arrived)
		if p.Manage != nil {
			v.Change = &link{Href: p.inLanguage(managePath, language), Label: t.say("again.change")}
		}
	}
	if order.FeeNote != "" {
		v.Leads = append(v.Leads, order.FeeNote)
	}
	v.Fields = append(ch.fields(), option{Label: fieldAgain, Value: yes(true)})
	if t.failed != nil {
		return t.failed
	}
	title, err := p.titled(t.words, v.Title)
	if err != nil {
		return err
	}
	body, err := p.render(t.words, againPage, frame{Title: title, Private: true}, v)
	if err != nil {
		return err
	}
	p.write(c, http.StatusConflict, body)
	return nil
}

// askOnce words the question before a second single gift. Here and below every sum is
// the whole that was or will be taken, with what covers the fee.
func (v *againView) askOnce(t *teller, first payments.Gift, o payments.Order, ago int, arrived bool) {
	gift := first.Began.Amount
	switch {
	case ago < 1 && arrived:
		v.Title = t.say("again.now.arrived", "amount", gift)
	case ago < 1:
		v.Title = t.say("again.now.coming", "amount", gift)
	case arrived:
		v.Title = t.say("again.minutes.arrived", "amount", gift, "n", ago)
	default:
		v.Title = t.say("again.minutes.coming", "amount", gift, "n", ago)
	}
	v.Leads, v.Yes = []string{t.say("again.lead", "amount", o.Amount)}, t.say("again.yes", "amount", o.Amount)
}

// askRecurring words it before a second subscription: what would begin runs beside
// the first, and who only means another amount has another way.
func (v *againView) askRecurring(t *teller, first payments.Gift, o payments.Order, ago int, arrived bool) {
	kind, gift := string(first.Began.Kind), first.Began.Amount
	if ago < 1 {
		v.Title = t.say("again.now."+kind, "amount", gift)
	} else {
		v.Title = t.say("again.minutes."+kind, "amount", gift, "n", ago)
	}
	if !arrived {
		v.Leads = []string{t.say("again.coming")}
	}
	second := string(o.Kind)
	if !sameGift(first, o) {
		second = "other." + second
	}
	v.Leads = append(v.Leads, t.say("again.lead."+second, "amount", o.Amount))
	v.Yes = t.say("again.yes."+second, "amount", o.Amount)
}

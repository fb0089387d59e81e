package reader

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// thanksView is the page of a gift that has arrived.
type thanksView struct {
	Title string
	Lead  string
	Rows  []row
	Next  string
	Links []link
}

// row is a fact about a gift. Language is set where the text may be in another
// than the page.
type row struct{ Term, Text, Language string }

// thanks says what became of a gift. It only reads: that a reader comes back from
// Stripe's page proves nothing.
func (p *Pages) thanks(c *gin.Context) error {
	session := c.Query("session_id")
	gift, err := p.Gifts.BySession(c.Request.Context(), session)
	switch payments.CodeOf(err) {
	case payments.NotFound:
		return notFound("error.404.gift")
	case payments.Unavailable:
		// The reader may have paid a moment ago: nothing here may sound as if not.
		p.Log.ErrorContext(c.Request.Context(), "gift not read", "error", err)
		goOn(c, 10*time.Second, thanksAddress(session))
		return &pageError{status: http.StatusServiceUnavailable, key: "error.503.gift", retryAfter: 10 * time.Second}
	}
	if err != nil {
		return err
	}
	var body []byte
	switch gift.Status {
	case "succeeded":
		body, err = p.renderThanks(gift)
	case "pending":
		body, err = p.renderState(gift, "", "pending.title", "pending.lead")
	case "failed", "canceled":
		body, err = p.renderState(gift, gift.Campaign, "failed.title", "failed.lead")
	default:
		body, err = p.confirming(c, gift, session)
	}
	if err != nil {
		return err
	}
	p.write(c, http.StatusOK, body)
	return nil
}

func (p *Pages) renderThanks(gift payments.Gift) ([]byte, error) {
	words := p.in(gift.Language)
	t := teller{words: words}
	say := t.say
	v := thanksView{Title: say("thanks.title"), Lead: say("thanks.lead"), Next: say("thanks.next."+string(gift.Kind), "email", p.Newsroom.Site.ContactEmail)}
	if gift.DonorName != "" {
		v.Lead = say("thanks.lead.name", "name", gift.DonorName)
	}
	v.Rows = []row{{Term: say("thanks.gift"), Text: say("thanks.kind."+string(gift.Kind), "amount", gift.Amount)}}
	if purpose, ok := p.Newsroom.Campaign(gift.Campaign); ok {
		v.Rows = append(v.Rows, row{Term: say("thanks.for"), Text: purpose.Name, Language: p.Newsroom.Site.Language})
	}
	received, err := words.date(gift.ReceivedAt.In(p.Newsroom.Site.BaseTimezone))
	t.keep(err)
	v.Rows = append(v.Rows, row{Term: say("thanks.date"), Text: received}, row{Term: say("thanks.id"), Text: gift.DonationID})
	if t.failed != nil {
		return nil, t.failed
	}
	if v.Links, err = p.ways(words, gift.Article, ""); err != nil {
		return nil, err
	}
	if p.Manage != nil {
		label, err := words.text("manage.thanks")
		if err != nil {
			return nil, err
		}
		v.Links = append(v.Links, link{Href: p.inLanguage(managePath, p.known(words.tag)), Label: label})
	}
	title, err := p.titled(words, v.Title)
	if err != nil {
		return nil, err
	}
	return p.render(words, thanksPage, frame{Title: title, Private: true}, v)
}

// renderState is a page for a gift that has not arrived. With a campaign it
// offers to choose again.
func (p *Pages) renderState(gift payments.Gift, campaignID string, keys ...string) ([]byte, error) {
	words := p.in(gift.Language)
	m, err := p.say(words, keys...)
	if err != nil {
		return nil, err
	}
	return p.renderMessage(words, m, gift.Article, campaignID)
}

// looks are how long the page waits before it looks again, each time a little
// longer. Then it stops: a page left open must not ask for ever.
func looks() []time.Duration {
	return []time.Duration{
		2 * time.Second, 2 * time.Second, 3 * time.Second, 5 * time.Second, 8 * time.Second, 13 * time.Second,
		20 * time.Second, 30 * time.Second, time.Minute, time.Minute, 2 * time.Minute,
	}
}

// confirming is the page while the books know nothing yet. How often it has
// looked stands in its address, for the server remembers nothing of a reader.
func (p *Pages) confirming(c *gin.Context, gift payments.Gift, session string) ([]byte, error) {
	looked, err := strconv.Atoi(c.DefaultQuery("looked", "0"))
	if err != nil || looked < 0 {
		looked = 0
	}
	last := "confirming.later"
	if delays := looks(); looked < len(delays) {
		last = "confirming.auto"
		goOn(c, delays[looked], thanksAddress(session)+"&looked="+strconv.Itoa(looked+1))
	}
	words := p.in(gift.Language)
	m, err := p.say(words, "confirming.title", "confirming.lead", last)
	if err != nil {
		return nil, err
	}
	label, err := words.text("confirming.link")
	if err != nil {
		return nil, err
	}
	m.Live = true
	m.Links = []link{{Href: thanksAddress(session), Label: label, Main: true}}
	return p.renderMessage(words, m, gift.Article, "")
}

package reader

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// giftPath is the page for readers who ask whether their gift went through.
const giftPath = "/gift"

// throughView is that page.
type throughView struct {
	Title string
	Lead  string
	Gifts []giftLine // none where this browser began none
	Gave  *gave      // the latest that came, or is on its way
	Else  []string   // how to look where it did not
	Links []link
}

// giftLine is what became of one gift.
type giftLine struct {
	What  string // the amount and how often it is given
	Begun string
	State string
	Good  bool // it arrived, or is on its way
	Lost  *lost
	Link  *link
}

// gift tells what became of the gifts that this browser began.
func (p *Pages) gift(c *gin.Context) error {
	gifts, err := p.Gifts.ByCheckouts(c.Request.Context(), begunHere(c.Request))
	if payments.CodeOf(err) == payments.Unavailable {
		p.Log.ErrorContext(c.Request.Context(), "gifts of this browser not read", "error", err)
		goOn(c, 10*time.Second, c.Request.URL.RequestURI())
		return &pageError{status: http.StatusServiceUnavailable, key: "error.503.gift", retryAfter: 10 * time.Second}
	}
	if err != nil {
		return err
	}
	body, err := p.renderGifts(p.in(p.asked(c)), gifts)
	if err != nil {
		return err
	}
	p.write(c, http.StatusOK, body)
	return nil
}

func (p *Pages) renderGifts(words *catalogue, gifts []payments.Gift) ([]byte, error) {
	t := teller{words: words}
	v := throughView{Title: t.say("gift.title"), Lead: t.say("gift.lead")}
	for _, g := range gifts {
		v.Gifts = append(v.Gifts, p.lineOf(g, &t))
		if v.Gave == nil {
			v.Gave = gaveOf(g)
		}
	}
	if len(gifts) == 0 {
		v.Lead = t.say("gift.none")
	}
	v.Else = []string{t.say("gift.else"), t.say("gift.write", "email", p.Newsroom.Site.ContactEmail)}
	if t.failed != nil {
		return nil, t.failed
	}
	back, err := p.ways(words, "", "")
	if err != nil {
		return nil, err
	}
	v.Links = back
	title, err := p.titled(words, v.Title)
	if err != nil {
		return nil, err
	}
	return p.render(words, giftPage, frame{Title: title, Private: true}, v)
}

// lineOf words one gift.
func (p *Pages) lineOf(g payments.Gift, t *teller) giftLine {
	line := giftLine{What: t.say("thanks.kind."+string(g.Kind), "amount", g.Amount)}
	begun, err := t.words.moment(g.Began.CreatedAt.In(p.Newsroom.Site.BaseTimezone))
	t.keep(err)
	line.Begun = t.say("gift.begun", "time", begun)
	see := func() *link {
		return &link{Href: thanksAddress(g.Began.Session.ID), Label: t.say("gift.see")}
	}
	switch g.Progress(p.Now()) {
	case payments.Arrived:
		line.State, line.Good, line.Link = t.say("gift.arrived"), true, see()
	case payments.Settling:
		line.State, line.Good, line.Link = t.say("gift.settling"), true, see()
	case payments.Confirming:
		line.State, line.Good, line.Link = t.say("gift.confirming"), true, see()
	case payments.Unfinished:
		line.State, line.Link = t.say("gift.unfinished"), &link{Href: "/checkout/" + g.Began.ID, Label: t.say("gift.go_on"), Main: true}
	case payments.Lapsed:
		line.State, line.Link = t.say("gift.lapsed"), p.anew(g, t)
	case payments.Failed:
		line.State, line.Link, line.Lost = t.say("gift.failed"), p.anew(g, t), lostOf(g)
	}
	return line
}

// anew is the way to choose a gift again; nil where nothing asks for its campaign
// any more.
func (p *Pages) anew(g payments.Gift, t *teller) *link {
	article, _ := p.Newsroom.Article(g.Article)
	href := p.askAddress(t.words, article, g.Campaign)
	if href == "" {
		return nil
	}
	return &link{Href: href, Label: t.say("gone.again")}
}

// giftAddress is the page in a language.
func (p *Pages) giftAddress(language string) string { return p.inLanguage(giftPath, language) }

// gave tells the browser that its reader gave, so that it thanks instead of asking
// for a while. It stands in the page, and the script writes it down.
type gave struct {
	At   string // Unix seconds
	Kind payments.Kind
}

// gaveOf is nil for a gift that neither came nor is on its way.
func gaveOf(g payments.Gift) *gave {
	if g.Status != "succeeded" && g.Status != "pending" {
		return nil
	}
	return &gave{At: strconv.FormatInt(g.ReceivedAt.Unix(), 10), Kind: g.Kind}
}

// lost takes back what the browser wrote down of a gift that did not come in the end,
// as a bank debit may days later: its reader is asked again. From and To, in Unix
// seconds, are around the time that was written down, which may be another than now:
// while Stripe had told of no charge yet, the gift had the time of its payment.
type lost struct{ From, To int64 }

func lostOf(g payments.Gift) *lost {
	began, received := g.Began.CreatedAt.Unix(), g.ReceivedAt.Unix()
	return &lost{From: min(began, received), To: max(began, received)}
}

package reader

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// thanksView is the page of a gift that has arrived or is on its way.
type thanksView struct {
	Title string
	Lead  string
	Rows  []row
	Next  []string
	Gave  *gave
	Links []link
}

// row is a fact about a gift. Language is set where the text may be in another
// than the page; Lines where it has several.
type row struct {
	Term, Text, Language string
	Lines                bool
}

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
		body, err = p.renderThanks(gift, session)
	case "pending":
		body, err = p.settling(c, gift, session)
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

func (p *Pages) renderThanks(gift payments.Gift, session string) ([]byte, error) {
	t := teller{words: p.in(gift.Language)}
	v := thanksView{Title: t.say("thanks.title"), Lead: t.say("thanks.lead"), Rows: p.facts(gift, &t), Gave: gaveOf(gift)}
	if gift.DonorName != "" {
		v.Lead = t.say("thanks.lead.name", "name", gift.DonorName)
	}
	v.Next = []string{t.say("thanks.next."+string(gift.Kind), "email", p.Newsroom.Site.ContactEmail)}
	switch gift.Receipt {
	case payments.ReceiptMailed:
		v.Next = append(v.Next, t.say("thanks.receipt.mailed"))
	case payments.ReceiptComing:
		v.Next = append(v.Next, t.say("thanks.receipt.coming"))
	}
	if p.Receipts != nil && p.Printer != nil {
		v.Links = []link{{Href: thanksReceiptAddress(session), Label: t.say("thanks.receipt.pdf"), Main: true}}
	}
	v.Links = append(v.Links, p.ownLink(&t)...)
	return p.renderThanksView(t, v, gift)
}

// settling is the page while a bank confirms, which takes days: it looks again,
// ever more seldom, and says so.
func (p *Pages) settling(c *gin.Context, gift payments.Gift, session string) ([]byte, error) {
	t := teller{words: p.in(gift.Language)}
	v := thanksView{Title: t.say("pending.title"), Lead: t.say("pending.lead"), Rows: p.facts(gift, &t), Gave: gaveOf(gift)}
	if lookAgain(c, thanksAddress(session), slowLooks()) {
		v.Next = []string{t.say("pending.auto")}
	}
	return p.renderThanksView(t, v, gift)
}

func (p *Pages) renderThanksView(t teller, v thanksView, gift payments.Gift) ([]byte, error) {
	if t.failed != nil {
		return nil, t.failed
	}
	back, err := p.ways(t.words, gift.Article, "")
	if err != nil {
		return nil, err
	}
	v.Links = append(v.Links, back...)
	title, err := p.titled(t.words, v.Title)
	if err != nil {
		return nil, err
	}
	return p.render(t.words, thanksPage, frame{Title: title, Private: true}, v)
}

// facts are what the books and the reader say of a gift.
func (p *Pages) facts(gift payments.Gift, t *teller) []row {
	rows := []row{{Term: t.say("thanks.gift"), Text: t.say("thanks.kind."+string(gift.Kind), "amount", gift.Amount)}}
	if !gift.FeeCover.IsZero() {
		whole := money.New(gift.Amount.Minor-gift.FeeCover.Minor, gift.Amount.Currency)
		rows = append(rows, row{Term: t.say("thanks.fee"), Text: t.say("thanks.fee.text", "fee", gift.FeeCover, "amount", whole)})
	}
	if !gift.Refunded.IsZero() {
		rows = append(rows, row{Term: t.say("thanks.refunded"), Text: t.amount(gift.Refunded)})
	}
	if purpose, ok := p.Newsroom.Campaign(gift.Campaign); ok {
		rows = append(rows, p.named(row{Term: t.say("thanks.for")}, purpose, t.words))
	}
	received, err := t.words.date(gift.ReceivedAt.In(p.Newsroom.Site.BaseTimezone))
	t.keep(err)
	began := gift.Began
	if began.Dedication != "" {
		rows = append(rows, row{Term: t.say("thanks.dedication"), Text: began.Dedication})
	}
	if began.Comment != "" {
		rows = append(rows, row{Term: t.say("thanks.comment"), Text: began.Comment, Lines: true})
	}
	if began.Attribution.Anonymous {
		rows = append(rows, row{Term: t.say("thanks.name"), Text: t.say("thanks.name.anonymous")})
	}
	if gift.Status == "succeeded" {
		rows = append(rows, row{Term: t.say("thanks.date"), Text: received})
	}
	return append(rows, row{Term: t.say("thanks.id"), Text: gift.DonationID})
}

// renderState is a page for a gift that has not arrived. With a campaign it
// offers to choose again.
func (p *Pages) renderState(gift payments.Gift, campaignID string, keys ...string) ([]byte, error) {
	words := p.in(gift.Language)
	m, err := p.say(words, keys...)
	if err != nil {
		return nil, err
	}
	m.Lost = lostOf(gift)
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

// slowLooks are those while a bank confirms. A debit takes up to a week.
func slowLooks() []time.Duration {
	all := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}
	for range 12 {
		all = append(all, 12*time.Hour)
	}
	return all
}

// lookAgain makes the page at an address, which has a query, load itself again
// after a while; false where it has looked often enough. How often that was stands
// in its address, for the server remembers nothing of a reader.
func lookAgain(c *gin.Context, address string, delays []time.Duration) bool {
	n := looked(c)
	if n >= len(delays) {
		return false
	}
	goOn(c, delays[n], address+"&looked="+strconv.Itoa(n+1))
	return true
}

// looked is how often a page has loaded itself again.
func looked(c *gin.Context) int {
	n, err := strconv.Atoi(c.Query("looked"))
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// confirming is the page while the books know nothing yet.
func (p *Pages) confirming(c *gin.Context, gift payments.Gift, session string) ([]byte, error) {
	last := "confirming.later"
	if lookAgain(c, thanksAddress(session), looks()) {
		last = "confirming.auto"
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

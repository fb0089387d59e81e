package reader

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
)

// giftsView is the reader's own page.
type giftsView struct {
	Title     string
	With      string // the address
	Notice    string // what was just done
	Recurring []recurringGroup
	Years     []yearView
	Data      string // address of the page about the reader's data; "" where there is none
	Close     string // address that ends the visit
}

// recurringGroup is the recurring donations that run, or those that have ended.
type recurringGroup struct {
	ID, Title string
	Gifts     []recurringView
}

// yearView is the gifts of a calendar year in the site's time zone.
type yearView struct {
	Year      string
	Statement *link // nil for a year in which no gift arrived
	Gifts     []giftView
}

// giftView is one gift in words.
type giftView struct {
	Amount  string
	Kind    string
	At      time.Time // in the site's time zone
	Date    string
	Status  string
	Trouble bool // it did not arrive, or did not stay
	For     *row
	Article *articleLink
	Receipt *link
}

func (p *Pages) gifts(c *gin.Context, v *visit) error {
	ctx, zone := c.Request.Context(), p.Newsroom.Site.BaseTimezone
	recurring, err := p.Manage.Books.Recurring(ctx, v.reader.DonorID)
	if err != nil {
		return err
	}
	gifts, err := p.Manage.Books.Gifts(ctx, v.reader.DonorID)
	if err != nil {
		return err
	}
	v.awaits(c, managePath, recurring...)
	page := giftsView{
		Title: v.say("manage.title"), With: v.say("manage.with", "email", v.reader.Email),
		Notice: p.told(c, &v.teller, v.again), Years: p.byYear(v, gifts, zone), Close: v.at(closePath),
	}
	if v.reader.Name != "" {
		page.Title = v.say("manage.greeting", "name", v.reader.Name)
	}
	page.Recurring = p.grouped(v, recurring)
	if p.Manage.People != nil {
		page.Data = v.at(dataPath)
	}
	f := p.manageFrame(&v.teller, v.say("manage.title"), managePath, v.language)
	return p.showOwn(c, http.StatusOK, &v.teller, giftsPage, f, page)
}

// grouped puts those that have ended below those that run; a group without any is
// left out.
func (p *Pages) grouped(v *visit, recurring []manage.Recurring) []recurringGroup {
	run := recurringGroup{ID: "regular", Title: v.say("manage.regular")}
	ended := recurringGroup{ID: "ended", Title: v.say("manage.regular.ended")}
	for _, r := range recurring {
		to := &run
		if !r.Running() {
			to = &ended
		}
		to.Gifts = append(to.Gifts, p.recurringView(v, r))
	}
	return slices.DeleteFunc([]recurringGroup{run, ended}, func(g recurringGroup) bool { return len(g.Gifts) == 0 })
}

// byYear puts gifts, newest first, into the years of a zone.
func (p *Pages) byYear(v *visit, gifts []manage.Gift, zone *time.Location) []yearView {
	var years []yearView
	for _, g := range gifts {
		year := strconv.Itoa(g.ReceivedAt.In(zone).Year())
		if len(years) == 0 || years[len(years)-1].Year != year {
			years = append(years, yearView{Year: year})
		}
		y := &years[len(years)-1]
		y.Gifts = append(y.Gifts, p.giftView(v, g, g.ReceivedAt.In(zone)))
		if g.Status == "succeeded" {
			y.Statement = &link{Href: v.at(statementPath(year)), Label: v.say("manage.statement", "year", year)}
		}
	}
	return years
}

func (p *Pages) giftView(v *visit, g manage.Gift, at time.Time) giftView {
	date, err := v.words.date(at)
	v.keep(err)
	view := giftView{
		Amount: v.amount(g.Amount), Kind: v.rhythm(g.Kind), At: at, Date: date,
		For: p.purpose(g.Campaign, g.CampaignName, g.NameLanguage, v.words), Article: p.began(g.Article),
	}
	view.Status, view.Trouble = v.became(g)
	if g.Status == "succeeded" {
		view.Receipt = &link{Href: v.at(receiptPath(g.DonationID)), Label: v.say("manage.receipt.of", "amount", g.Amount, "date", at)}
	}
	return view
}

// became says what became of a gift, and whether all is not well with it.
func (v *visit) became(g manage.Gift) (status string, trouble bool) {
	switch g.Status {
	case "pending":
		return v.say("manage.gift.pending"), false
	case "failed":
		return v.say("manage.gift.failed"), true
	case "canceled":
		return v.say("manage.gift.canceled"), true
	}
	switch {
	case g.Disputed.Minor > 0:
		return v.say("manage.gift.taken"), true
	case g.Refunded.IsZero():
		return v.say("manage.gift.succeeded"), false
	case g.Net().IsZero():
		return v.say("manage.gift.refunded"), true
	}
	return v.say("manage.gift.refunded.part", "refunded", g.Refunded, "net", g.Net()), true
}

// rhythm is how often a gift is given, in a word.
func (v *visit) rhythm(k payments.Kind) string {
	switch k {
	case payments.Monthly:
		return v.say("manage.monthly")
	case payments.Annual:
		return v.say("manage.yearly")
	}
	return v.say("manage.once")
}

// purpose names where a gift goes: as it is called now, or was then, in the language
// that it was kept in.
func (p *Pages) purpose(campaignID, nameThen, language string, words *catalogue) *row {
	if known, ok := p.Newsroom.Campaign(campaignID); ok {
		named := p.named(row{}, known, words)
		return &named
	}
	if nameThen == "" {
		return nil
	}
	return &row{Text: nameThen, Language: cmp.Or(language, p.Newsroom.Site.Language)}
}

// named puts a campaign's name into a row, in the language of the page where it
// has one there.
func (p *Pages) named(r row, c campaign.Campaign, words *catalogue) row {
	var translated bool
	if r.Text, translated = c.NameIn(words.tag); !translated {
		r.Language = p.Newsroom.Site.Language
	}
	return r
}

// articleLink is an article in its own language; "" for a page of another site.
type articleLink struct{ Href, Title, Language string }

// began leads to the article, or to the page of another site, that a gift began
// on, where it still is.
func (p *Pages) began(article string) *articleLink {
	if a, ok := p.Newsroom.Article(article); ok {
		return &articleLink{Href: articleAddress(a), Title: a.Title, Language: a.Language}
	}
	if host, ok := p.Newsroom.Site.Embed.Page(article); ok {
		return &articleLink{Href: host, Title: host}
	}
	return nil
}

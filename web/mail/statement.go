package mail

import (
	"maps"
	"slices"
	"strconv"

	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// statementView is what the statement of a year says, in one language.
type statementView struct {
	script
	Site   string
	Title  string
	Lead   string
	By     row
	Head   [4]string // of the columns: day, gift, amount, what remains
	Lines  []line
	Totals []row // per currency
	After  []string
	Page   func(page, pages int) string

	Imprint []string
}

// line is one gift.
type line struct{ day, gift, amount, remains string }

// statementView says what somebody gave in a year. language is BCP 47, "" for the
// site's.
func (w *Writer) statementView(s manage.Statement, language string) statementView {
	site, language := w.siteIn(language)
	c := pick(w.words, language)
	year, zone := strconv.Itoa(s.Year), s.Zone
	if zone == nil {
		zone = site.BaseTimezone
	}
	v := statementView{
		script: c.script(), Site: site.Name, Imprint: site.Imprint,
		Title: c.say("statement.title", "year", year),
		Head:  [4]string{c.say("row.date"), c.say("statement.gift"), c.say("row.amount"), c.say("statement.remains")},
		Page: func(page, pages int) string {
			return c.say("statement.page", "page", strconv.Itoa(page), "pages", strconv.Itoa(pages))
		},
	}
	v.Lead = c.say("statement.lead", "site", v.apart(site.Name, false), "year", year,
		"date", c.date(w.now().In(zone)), "zone", v.apart(zone.String(), true))
	v.By = row{Term: c.say("row.name"), Text: shownName(s.Name)}
	if v.By.Text == "" || !writable(v.By.Text) {
		v.By.Text, v.By.Foreign = s.Email, true
	}
	less := false
	for _, g := range s.Gifts {
		l := line{day: c.date(g.ReceivedAt.In(zone)), gift: c.say("kind." + string(g.Kind)), amount: c.amount(g.Amount)}
		if known, ok := w.newsroom.Campaign(g.Campaign); ok {
			g.CampaignName, _ = known.NameIn(language)
		}
		if g.CampaignName != "" {
			l.gift += "\n" + g.CampaignName
		}
		l.remains = c.amount(g.Net())
		less = less || g.Net() != g.Amount
		v.Lines = append(v.Lines, l)
	}
	for _, currency := range slices.Sorted(maps.Keys(s.Totals)) {
		v.Totals = append(v.Totals, row{Term: c.say("statement.total.code", "currency", string(currency)),
			Text: c.amount(money.New(s.Totals[currency], currency))})
	}
	if less {
		v.After = append(v.After, c.say("statement.net"))
	}
	if site.ReceiptNote != "" {
		v.After = append(v.After, site.ReceiptNote)
	}
	v.After = append(v.After, c.say("statement.contact", "email", site.ContactEmail))
	return v
}

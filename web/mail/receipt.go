package mail

import (
	"cmp"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// receiptView is what a receipt says, in one language, for every form of it.
type receiptView struct {
	script
	Site     string
	Title    string
	Greeting string
	Lead     string
	Rows     []row
	Note     string // the newsroom's own sentence; may be ""
	After    []string
	Page     anchor // the reader's own page; empty where there is none
	Why      string
	Imprint  []string
}

// row is a line of a receipt's table. Foreign marks what is written from left to
// right in any language, such as a number.
type row struct {
	Term, Text string
	Foreign    bool
}

// view says what a receipt says.
func (w *Writer) view(r payments.Receipt) receiptView {
	site, tag := w.siteIn(r.Language)
	c := pick(w.words, tag)
	v := receiptView{
		script: c.script(), Site: site.Name,
		Title:    c.say("receipt.title"),
		Greeting: c.say("receipt.greeting"),
		Lead:     c.say("receipt.lead", "site", site.Name),
		Note:     site.ReceiptNote,
		Why:      c.say("receipt.why", "site", site.Name),
		Imprint:  site.Imprint,
	}
	v.Rows = []row{{c.say("row.amount"), c.amount(r.Amount), false}, {c.say("row.kind"), c.say("kind." + string(r.Kind)), false}}
	if !r.FeeCover.IsZero() {
		gift := money.New(r.Amount.Minor-r.FeeCover.Minor, r.Amount.Currency)
		v.Rows = append(v.Rows, row{c.say("row.fee"), c.say("row.fee.text", "fee", c.amount(r.FeeCover), "amount", c.amount(gift)), false})
	}
	v.Rows = append(v.Rows, row{c.say("row.date"), c.date(r.ReceivedAt.In(site.BaseTimezone)), false})
	if purpose := w.purpose(r); purpose != "" {
		v.Rows = append(v.Rows, row{c.say("row.campaign"), purpose, false})
	}
	if name := shownName(r.DonorName); name != "" {
		v.Greeting = c.say("receipt.greeting.name", "name", name)
		v.Rows = append(v.Rows, row{c.say("row.name"), name, false})
	}
	v.Rows = append(v.Rows, row{c.say("row.id"), r.DonationID, true})
	if !r.Refunded.IsZero() {
		v.Rows = append(v.Rows, row{c.say("row.refunded"), c.amount(r.Refunded), false})
	}
	switch {
	case w.base != "" && r.Kind.Recurring():
		v.Page = anchor{Href: w.ownPage(r.Language), Label: c.say("receipt.page.recurring")}
	case w.base != "":
		v.Page = anchor{Href: w.ownPage(r.Language), Label: c.say("receipt.page")}
	case r.Kind.Recurring():
		v.After = append(v.After, c.say("receipt.stop", "email", site.ContactEmail))
	}
	v.After = append(v.After, c.say("receipt.contact", "email", site.ContactEmail))
	return v
}

// purpose names what the gift is for: as it is called now, or was then.
func (w *Writer) purpose(r payments.Receipt) string {
	if c, ok := w.newsroom.Campaign(r.Campaign); ok {
		_, tag := w.siteIn(r.Language)
		name, _ := c.NameIn(tag)
		return name
	}
	return r.CampaignName
}

// siteIn is the site with its words in a language (BCP 47, "" for the site's own),
// and the tag of that language.
func (w *Writer) siteIn(language string) (campaign.Site, string) {
	tag := cmp.Or(language, w.newsroom.Site.Language)
	return w.newsroom.Site.In(tag), tag
}

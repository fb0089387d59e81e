package mail

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
	"github.com/readerfund/readerfund/payments/money"
)

// changeView is what a letter that confirms a change says, in one language.
type changeView struct {
	script
	Site     string
	Title    string
	Greeting string
	Lines    []string
	Page     anchor // the reader's own page; empty where there is none any more
	Else     string
	Why      string
	Imprint  []string
}

// Change writes the letter that confirms a change of a regular gift, as HTML and
// text. The same change has the same Message-ID each time. The error is a
// *payments.DeliveryError where nothing can be mailed to the donor's address.
func (w *Writer) Change(n manage.Notice) (Message, error) {
	v, c := w.changeView(n.Correspondent, "change.subject."+n.Action)
	site, zone := v.apart(v.Site, false), w.newsroom.Site.BaseTimezone
	key := "change.gift.monthly"
	if n.Kind == payments.Annual {
		key = "change.gift.annual"
	}
	gift := c.say(key, "amount", c.amount(n.Amount))
	switch n.Action {
	case "amount":
		if n.Was.IsZero() {
			v.add(c.say("change.amount.new", "gift", gift, "site", site))
		} else {
			v.add(c.say("change.amount", "was", c.amount(n.Was), "gift", gift, "site", site))
		}
		if !n.Cover.IsZero() {
			whole := money.New(n.Amount.Minor-n.Cover.Minor, n.Amount.Currency)
			v.add(c.say("change.amount.cover", "fee", c.amount(n.Cover), "amount", c.amount(whole)))
		}
		if !n.NextAt.IsZero() {
			v.add(c.say("change.amount.from", "date", c.date(n.NextAt.In(zone))))
		}
	case "pause":
		v.add(c.say("change.pause", "gift", gift, "site", site, "date", c.date(n.Until.In(zone))))
	case "resume":
		v.add(c.say("change.resume", "gift", gift, "site", site))
	case "cancel":
		v.add(c.say("change.cancel", "gift", gift, "site", site, "date", c.date(n.At.In(zone))))
		if n.Given.Minor > 0 {
			v.add(c.say("change.given", "amount", c.amount(n.Given)))
		}
	}
	if (n.Action == "pause" || n.Action == "resume") && !n.NextAt.IsZero() {
		v.add(c.say("change.next", "date", c.date(n.NextAt.In(zone))))
	}
	v.Why = c.say("change.why", "site", site)
	if w.base != "" {
		v.Page = anchor{Href: w.ownPage(n.Language), Label: c.say("receipt.page")}
	}
	return w.letter(v, n.To, "change."+n.ID[:min(32, len(n.ID))])
}

// Erased writes the last letter that somebody gets: that their data were erased, at
// a time; waits says that some stay with a recurring gift that was begun, until it has
// ended or lapsed. Errors are those of Change.
func (w *Writer) Erased(who manage.Correspondent, at time.Time, waits bool) (Message, error) {
	subject, erased := "change.subject.erased", "change.erased"
	if waits {
		subject, erased = "change.subject.erased.waits", "change.erased.waits"
	}
	v, c := w.changeView(who, subject)
	site := v.apart(v.Site, false)
	v.add(c.say(erased, "site", site, "date", c.date(at.In(w.newsroom.Site.BaseTimezone))), c.say("change.erased.stays"))
	v.Why = c.say("change.erased.why", "site", site)
	return w.letter(v, who.To, "erased."+strings.ToLower(rand.Text()))
}

func (v *changeView) add(lines ...string) { v.Lines = append(v.Lines, lines...) }

// changeView is what all such letters have.
func (w *Writer) changeView(who manage.Correspondent, subject string) (*changeView, *catalogue) {
	site, tag := w.siteIn(who.Language)
	c := pick(w.words, tag)
	v := &changeView{
		script: c.script(), Site: site.Name, Imprint: site.Imprint,
		Title:    c.say(subject, "site", site.Name),
		Greeting: c.say("receipt.greeting"),
		Else:     c.say("change.else", "email", site.ContactEmail),
	}
	if name := shownName(who.Name); name != "" {
		v.Greeting = c.say("receipt.greeting.name", "name", name)
	}
	return v, c
}

// letter makes a message of a view, with a name for its Message-ID.
func (w *Writer) letter(v *changeView, to, name string) (Message, error) {
	if w.from == nil {
		return Message{}, errors.New("mail: there is no sender")
	}
	if err := checkAddress(to); err != nil {
		return Message{}, &payments.DeliveryError{Permanent: true, Err: err}
	}
	m, id := w.envelope(name, v.Title)
	if err := m.To(to); err != nil {
		return Message{}, &payments.DeliveryError{Permanent: true, Err: err}
	}
	if err := m.ReplyTo(w.newsroom.Site.ContactEmail); err != nil {
		return Message{}, fmt.Errorf("mail: the newsroom's address: %w", err)
	}
	m.SetGenHeader(gomail.HeaderContentLang, v.Language)
	var html bytes.Buffer
	if err := w.pages.ExecuteTemplate(&html, "change.html", v); err != nil {
		return Message{}, fmt.Errorf("mail: %w", err)
	}
	m.SetBodyString(gomail.TypeTextPlain, v.text())
	m.AddAlternativeString(gomail.TypeTextHTML, html.String())
	return Message{ID: id, msg: m}, nil
}

// text is the letter for those who read no HTML.
func (v *changeView) text() string {
	var b strings.Builder
	paragraph := func(s string) { b.WriteString(s + "\r\n\r\n") }
	paragraph(v.Greeting)
	for _, s := range v.Lines {
		paragraph(s)
	}
	paragraph(v.Else)
	if v.Page.Href != "" {
		paragraph(v.Page.Label + ":\r\n" + v.Page.Href)
	}
	b.WriteString("-- \r\n")
	for _, s := range append([]string{v.Site}, v.Imprint...) {
		b.WriteString(v.apart(s, false) + "\r\n")
	}
	b.WriteString(v.Why + "\r\n")
	return b.String()
}

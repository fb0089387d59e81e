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
)

// linkView is what the letter with a link says, in one language.
type linkView struct {
	script
	Site     string
	Title    string
	Greeting string
	Lead     string
	Link     anchor
	Until    string
	Plain    string
	Else     string
	Why      string
	Imprint  []string
}

// Link writes the letter that takes a reader to the page with the reader's gifts,
// as HTML and text. address is the whole address that opens it, with the token;
// that stands in the text of the letter only, never in a header, which mail servers
// log. The error is a *payments.DeliveryError where nothing can be mailed to the
// donor's address.
func (w *Writer) Link(letter manage.Letter, address string) (Message, error) {
	if w.from == nil {
		return Message{}, errors.New("mail: there is no sender")
	}
	if err := checkAddress(letter.To); err != nil {
		return Message{}, &payments.DeliveryError{Permanent: true, Err: err}
	}
	v := w.linkView(letter, address)
	m, id := w.envelope("link."+strings.ToLower(rand.Text()), w.words[v.Language].say("link.subject", "site", v.Site))
	if err := m.To(letter.To); err != nil {
		return Message{}, &payments.DeliveryError{Permanent: true, Err: err}
	}
	if err := m.ReplyTo(w.newsroom.Site.ContactEmail); err != nil {
		return Message{}, fmt.Errorf("mail: the newsroom's address: %w", err)
	}
	m.SetGenHeader(gomail.HeaderContentLang, v.Language)
	var html bytes.Buffer
	if err := w.pages.ExecuteTemplate(&html, "link.html", v); err != nil {
		return Message{}, fmt.Errorf("mail: %w", err)
	}
	m.SetBodyString(gomail.TypeTextPlain, v.text())
	m.AddAlternativeString(gomail.TypeTextHTML, html.String())
	return Message{ID: id, msg: m}, nil
}

func (w *Writer) linkView(letter manage.Letter, address string) linkView {
	site, tag := w.siteIn(letter.Language)
	c := pick(w.words, tag)
	v := linkView{
		script: c.script(), Site: site.Name, Imprint: site.Imprint,
		Title:    c.say("link.title"),
		Greeting: c.say("receipt.greeting"),
		Lead:     c.say("link.lead", "site", site.Name),
		Link:     anchor{Href: address, Label: c.say("link.button")},
		Plain:    c.say("link.plain"),
		Else:     c.say("link.else"),
		Why:      c.say("link.why", "site", site.Name),
	}
	v.Until = c.say("link.until", "time", v.apart(clock(letter.Until.In(site.BaseTimezone)), true))
	if name := shownName(letter.Name); name != "" {
		v.Greeting = c.say("receipt.greeting.name", "name", name)
	}
	return v
}

// clock is a time of day with its zone: a reader may be in another.
func clock(t time.Time) string {
	zone, _ := t.Zone()
	if strings.HasPrefix(zone, "+") || strings.HasPrefix(zone, "-") { // a zone without a name
		zone = "UTC" + zone
	}
	return t.Format("15:04") + "\u00a0" + zone
}

// text is the letter for those who read no HTML. The address has a line of its own,
// which programs find and nothing breaks.
func (v linkView) text() string {
	var b strings.Builder
	for _, s := range []string{v.Greeting, "", v.Lead, "", v.Link.Href, "", v.Until, "", v.Else, "", "-- "} {
		b.WriteString(s + "\r\n")
	}
	for _, s := range append([]string{v.Site}, v.Imprint...) {
		b.WriteString(v.apart(s, false) + "\r\n")
	}
	b.WriteString(v.Why + "\r\n")
	return b.String()
}

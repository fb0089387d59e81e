package mail

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/calendar"
	"github.com/readerfund/readerfund/payments/exports/saved"
)

// exportView is what the letter about an export says. The desk is in English, and so is
// what it tells its staff.
type exportView struct {
	Site, Title, Greeting, Lead string
	Link                        anchor
	SignIn, Why                 string
}

// Export writes the letter that tells one of the staff what became of an export that
// was saved, as HTML and text. address is the whole address of the desk's page about
// it, which asks for sign-in: the letter itself holds no figures and nothing of donors.
// The same letter has the same Message-ID each time, so that one that is repeated after
// a crash can be known as one. The error is a *payments.DeliveryError where nothing can
// be mailed to the address.
func (w *Writer) Export(letter saved.Letter, address string) (Message, error) {
	if w.from == nil {
		return Message{}, errors.New("mail: there is no sender")
	}
	if err := checkAddress(letter.To); err != nil {
		return Message{}, &payments.DeliveryError{Permanent: true, Err: err}
	}
	v := w.exportView(letter, address)
	m, id := w.envelope(fmt.Sprintf("export.%d.%s", letter.Turn, letter.Staff), v.Title)
	if err := m.To(letter.To); err != nil {
		return Message{}, &payments.DeliveryError{Permanent: true, Err: err}
	}
	m.SetGenHeader(gomail.HeaderContentLang, "en")
	var html bytes.Buffer
	if err := w.pages.ExecuteTemplate(&html, "export.html", v); err != nil {
		return Message{}, fmt.Errorf("mail: %w", err)
	}
	m.SetBodyString(gomail.TypeTextPlain, v.text())
	m.AddAlternativeString(gomail.TypeTextHTML, html.String())
	return Message{ID: id, msg: m}, nil
}

func (w *Writer) exportView(letter saved.Letter, address string) exportView {
	site := w.newsroom.Site.Name
	v := exportView{
		Site: site, Title: "Export ready: " + letter.Export, Greeting: "Hello " + letter.Name + ",", Link: anchor{Href: address, Label: "Open the export"},
		SignIn: "You have to sign in to the finance desk. The file is kept there for 30 days.",
		Why:    "You receive this message because somebody of the finance desk of " + site + " chose you to be told of this export. They can change that on the same desk, under Exports, Saved.",
	}
	what := "the report of " + letter.Report + " for " + days(letter.Period.From, letter.Period.To) + " (" + letter.Zone.String() + ")"
	v.Lead = "The export “" + letter.Export + "” is ready: " + what + "."
	if !letter.Done {
		v.Title, v.Link.Label = "Export failed: "+letter.Export, "See why"
		v.Lead = "The export “" + letter.Export + "” failed: " + what + ". It was tried several times and is not tried again by itself."
		v.SignIn = "You have to sign in to the finance desk. Its page says why, and there you can run it again."
	}
	return v
}

// days are a period as people say it, with its last day and not the one after.
func days(from, to calendar.Day) string {
	if last := to.Add(-1); last != from {
		return from.String() + " to " + last.String()
	}
	return from.String()
}

// text is the letter for those who read no HTML. The address has a line of its own,
// which programs find and nothing breaks.
func (v exportView) text() string {
	var b strings.Builder
	for _, s := range []string{v.Greeting, "", v.Lead, "", v.Link.Href, "", v.SignIn, "", "-- ", v.Site, v.Why} {
		b.WriteString(s + "\r\n")
	}
	return b.String()
}

package mail

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	gomail "github.com/wneessen/go-mail"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/manage"
)

// YearEnd writes the mail with the statement of a year: HTML and text with the sums,
// and the statement as PDF. id makes its Message-ID, so that a mail that is repeated
// can be known as one. replaces says that an earlier statement of the year had other
// figures. The error is a *payments.DeliveryError where nothing can be mailed to the
// address.
func (w *Writer) YearEnd(id string, to manage.Correspondent, s manage.Statement, replaces bool) (Message, error) {
	if w.from == nil {
		return Message{}, errors.New("mail: there is no sender")
	}
	if err := checkAddress(to.To); err != nil {
		return Message{}, &payments.DeliveryError{Permanent: true, Err: err}
	}
	v := w.yearEndView(to, s, replaces)
	file, err := w.Statement(s, to.Language)
	if err != nil {
		return Message{}, err
	}
	m, messageID := w.envelope("statement."+id, w.words[v.Language].say(subjectOf(replaces), "site", v.Site, "year", strconv.Itoa(s.Year)))
	if err := m.To(to.To); err != nil {
		return Message{}, &payments.DeliveryError{Permanent: true, Err: err}
	}
	if err := m.ReplyTo(w.newsroom.Site.ContactEmail); err != nil {
		return Message{}, fmt.Errorf("mail: the newsroom's address: %w", err)
	}
	m.SetGenHeader(gomail.HeaderContentLang, v.Language)
	var html bytes.Buffer
	if err := w.pages.ExecuteTemplate(&html, "receipt.html", v); err != nil {
		return Message{}, fmt.Errorf("mail: %w", err)
	}
	m.SetBodyString(gomail.TypeTextPlain, v.text())
	m.AddAlternativeString(gomail.TypeTextHTML, html.String())
	err = m.AttachReader(StatementName(s.Year), bytes.NewReader(file), gomail.WithFileContentType("application/pdf"))
	if err != nil {
		return Message{}, fmt.Errorf("mail: %w", err)
	}
	return Message{ID: messageID, msg: m}, nil
}

// StatementName is the file name of a year's statement.
func StatementName(year int) string { return fmt.Sprintf("gifts-%d.pdf", year) }

// yearEndView has the shape of a receipt's: the sums stand where a receipt has its rows.
func (w *Writer) yearEndView(to manage.Correspondent, s manage.Statement, replaces bool) receiptView {
	site, tag := w.siteIn(to.Language)
	c, year := pick(w.words, tag), strconv.Itoa(s.Year)
	v := receiptView{
		script: c.script(), Site: site.Name, Imprint: site.Imprint, Note: site.ReceiptNote,
		Title:    c.say("statement.title", "year", year),
		Greeting: c.say("receipt.greeting"),
		Lead:     c.say(leadOf(s), "site", site.Name, "year", year),
		Rows:     w.statementView(s, to.Language).Totals,
		Why:      c.say("statement.why", "site", site.Name, "year", year),
	}
	if name := shownName(to.Name); name != "" {
		v.Greeting = c.say("receipt.greeting.name", "name", name)
	}
	if w.base != "" {
		v.Page = anchor{Href: w.ownPage(to.Language), Label: c.say("receipt.page")}
	}
	if replaces {
		v.After = append(v.After, c.say("statement.replaces"))
	}
	v.After = append(v.After, c.say("statement.contact", "email", site.ContactEmail))
	return v
}

// subjectOf is the sentence of a statement's subject: one that takes another's place says
// so, or it would look like the same mail twice.
func subjectOf(replaces bool) string {
	if replaces {
		return "statement.subject.replaces"
	}
	return "statement.subject"
}

// leadOf is the first sentence of the mail: where nothing is left of what was given,
// thanks for a total of nothing would be odd.
func leadOf(s manage.Statement) string {
	for _, left := range s.Totals {
		if left > 0 {
			return "statement.mail"
		}
	}
	return "statement.mail.nothing"
}

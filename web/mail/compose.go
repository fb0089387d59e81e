package mail

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/readerfund/readerfund/payments"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Message is a mail that is ready to be sent.
type Message struct {
	ID  string // its Message-ID, with its brackets
	msg *gomail.Msg
}

// WriteTo writes the message as it goes out; it is part of io.WriterTo.
func (m Message) WriteTo(w io.Writer) (int64, error) { return m.msg.WriteTo(w) }

// Receipt writes the mail with a donation's receipt: HTML, text, and the PDF. The
// same donation has the same Message-ID each time, so that a mail that is repeated
// after a crash can be known as one. The error is a *payments.DeliveryError where
// nothing can be mailed to the donor's address.
func (w *Writer) Receipt(r payments.Receipt) (Message, error) {
	if w.from == nil {
		return Message{}, errors.New("mail: there is no sender")
	}
	if err := checkAddress(r.DonorEmail); err != nil {
		return Message{}, &payments.DeliveryError{Permanent: true, Err: err}
	}
	v := w.view(r)
	c := w.words[v.Language]
	file, err := w.PDF(r)
	if err != nil {
		return Message{}, err
	}
	v.After = append([]string{c.say("receipt.attached")}, v.After...)
	m, id := w.envelope("receipt."+r.DonationID, c.say("receipt.subject", "site", v.Site))
	if err := m.To(r.DonorEmail); err != nil {
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
	err = m.AttachReader(pdfName(r), bytes.NewReader(file), gomail.WithFileContentType("application/pdf"))
	if err != nil {
		return Message{}, fmt.Errorf("mail: %w", err)
	}
	return Message{ID: id, msg: m}, nil
}

// envelope makes a message with the headers that all have. name is the part of its
// Message-ID before the @. Auto-Submitted keeps vacation notices from being sent
// back (RFC 3834).
func (w *Writer) envelope(name, subject string) (*gomail.Msg, string) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(w.from)
	m.Subject(subject)
	m.SetDateWithValue(w.now())
	id := name + "@" + w.domain()
	m.SetMessageIDWithValue(id)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	return m, "<" + id + ">"
}

// text is the receipt for those who read no HTML. In a language that is written
// from right to left, what is not is set apart with Unicode's isolates (UAX #9).
func (v receiptView) text() string {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\r\n") }
	line(v.Greeting)
	line("")
	line(v.Lead)
	line("")
	for _, r := range v.Rows {
		line(r.Term + ": " + v.apart(r.Text, r.Foreign))
	}
	if v.Note != "" {
		line("")
		line(v.apart(v.Note, false))
	}
	if v.Page.Href != "" {
		line("")
		line(v.Page.Label + ":")
		line(v.Page.Href)
	}
	for _, s := range v.After {
		line("")
		line(s)
	}
	line("")
	line("-- ")
	for _, s := range append([]string{v.Site}, v.Imprint...) {
		line(v.apart(s, false))
	}
	line(v.Why)
	return b.String()
}

// pdfName is the file name of a receipt, in letters that every system takes.
func pdfName(r payments.Receipt) string { return "receipt-" + r.DonationID + ".pdf" }

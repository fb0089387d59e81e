// Package mail writes what readers get by mail, as HTML, as text and as PDF, in
// the language they gave in, and hands it to a mail server.
package mail

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/readerfund/readerfund/campaign"
)

// Writer writes mails and receipts for one newsroom. It may be used by many at
// once.
type Writer struct {
	newsroom *campaign.Newsroom
	from     *mail.Address
	base     string // where readers reach the service; "" where mails name no page of it
	now      func() time.Time
	words    map[string]*catalogue
	pages    *htmltemplate.Template
}

// NewWriter makes a writer. from is MAIL_FROM: an address with or without a name;
// "" where no mail is sent and only PDFs are written. It fails where a sentence
// lacks in a language, or from is not an address.
func NewWriter(newsroom *campaign.Newsroom, from string, now func() time.Time) (*Writer, error) {
	if newsroom == nil || newsroom.Site.BaseTimezone == nil || now == nil {
		return nil, errors.New("mail: a newsroom and a clock are needed")
	}
	w := &Writer{newsroom: newsroom, now: now}
	var err error
	if from != "" {
		if w.from, err = mail.ParseAddress(from); err != nil {
			return nil, fmt.Errorf("mail: the sender %q: %w", from, err)
		}
	}
	if w.words, err = loadCatalogues(); err != nil {
		return nil, err
	}
	w.pages, err = htmltemplate.ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return w, nil
}

// At gives a writer whose mails lead to the reader's own page. base is where readers
// reach the service: scheme and host, without a slash at its end.
func (w *Writer) At(base string) *Writer {
	at := *w
	at.base = base
	return &at
}

// ownPage is the address of the reader's own page in a language (BCP 47), "" for
// the site's.
func (w *Writer) ownPage(language string) string {
	address := w.base + "/manage"
	if language == "" || strings.EqualFold(language, w.newsroom.Site.Language) {
		return address
	}
	return address + "?lang=" + url.QueryEscape(language)
}

// domain is the part of the sender's address that Message-IDs end with.
func (w *Writer) domain() string {
	_, domain, _ := strings.Cut(w.from.Address, "@")
	return domain
}

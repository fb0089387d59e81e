// Package mailbox catches the mail that a development stack sends: an SMTP
// server that delivers nothing, and pages that show what it took.
package mailbox

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-smtp"
)

// Message is one mail, to one or more recipients.
type Message struct {
	To          []string     `json:"to"`
	Subject     string       `json:"subject"`
	Text        string       `json:"text"`
	HTML        string       `json:"html"`
	Attachments []Attachment `json:"attachments"`
	ReceivedAt  time.Time    `json:"received_at"`
}

// Attachment is a file that came with a message. In JSON its content is base64.
type Attachment struct {
	Name    string `json:"name"`
	Type    string `json:"type"` // MIME type
	Content []byte `json:"content"`
}

// keep bounds what is remembered; the oldest messages go first.
const (
	keep       = 1000
	maxMessage = 20 << 20 // bytes
)

// Box is a caught mail's home.
type Box struct {
	smtp *smtp.Server
	now  func() time.Time

	mu       sync.Mutex
	messages []Message
}

// New makes a box. Serve takes mail in; the Box itself is the http.Handler of
// the pages.
func New(now func() time.Time, log *slog.Logger) *Box {
	b := &Box{now: now}
	b.smtp = smtp.NewServer(backend{b})
	b.smtp.Domain = "localhost"
	b.smtp.AllowInsecureAuth = true
	b.smtp.MaxMessageBytes = maxMessage
	b.smtp.ReadTimeout, b.smtp.WriteTimeout = time.Minute, time.Minute
	b.smtp.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	return b
}

// Serve takes mail on l until Close.
func (b *Box) Serve(l net.Listener) error {
	if err := b.smtp.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends Serve.
func (b *Box) Close() error { return b.smtp.Close() }

// Messages gives what was caught, newest first.
func (b *Box) Messages() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Message, 0, len(b.messages))
	for i := len(b.messages) - 1; i >= 0; i-- {
		out = append(out, b.messages[i])
	}
	return out
}

func (b *Box) add(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
	if extra := len(b.messages) - keep; extra > 0 {
		b.messages = b.messages[extra:]
	}
}

type backend struct{ box *Box }

// NewSession is part of smtp.Backend.
func (b backend) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{box: b.box}, nil }

type session struct {
	box *Box
	to  []string
}

// Reset is part of smtp.Session.
func (s *session) Reset() { s.to = nil }

// Logout is part of smtp.Session.
func (s *session) Logout() error { return nil }

// Mail is part of smtp.Session.
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt is part of smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data is part of smtp.Session.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := read(raw)
	m.To, m.ReceivedAt = s.to, s.box.now().UTC()
	s.box.add(m)
	return nil
}

// read takes a message apart. What cannot be read as MIME is shown as text: a
// broken mail is what a developer most needs to see.
func read(raw []byte) Message {
	m := Message{Attachments: []Attachment{}}
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		m.Text = string(raw)
		return m
	}
	m.Subject, _ = r.Header.Subject()
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return m
		}
		if err != nil {
			m.Text += string(raw)
			return m
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			m.Text += string(raw)
			return m
		}
		switch h := part.Header.(type) {
		case *mail.InlineHeader:
			if kind, _, _ := h.ContentType(); kind == "text/html" {
				m.HTML += string(body)
			} else {
				m.Text += string(body)
			}
		case *mail.AttachmentHeader:
			name, _ := h.Filename()
			kind, _, _ := h.ContentType()
			m.Attachments = append(m.Attachments, Attachment{Name: name, Type: kind, Content: body})
		}
	}
}

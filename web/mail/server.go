package mail

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/readerfund/readerfund/payments"
)

// Server is the mail server that takes our mails and brings them on.
type Server struct {
	host    string
	options []gomail.Option
}

// answerWithin bounds how long one exchange with the mail server may take: less
// than a service that stops waits for its jobs.
const answerWithin = 15 * time.Second

// NewServer reads SMTP_URL:
//
//	smtps://USER:PASSWORD@HOST:465  TLS from the first byte
//	smtp://USER:PASSWORD@HOST:587   STARTTLS, without which nothing is sent
//	smtp://HOST:25?tls=optional     STARTTLS where the server offers it
//	smtp://127.0.0.1:25             no TLS: what does not leave the machine needs none,
//	                                unless it has tls=required
//
// Ports may be left out. The error says what the address is or has, without
// quoting it, since it holds a password.
func NewServer(address string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("is not an smtp:// or smtps:// address that can be read")
	}
	policy, port := gomail.TLSMandatory, gomail.DefaultPortTLS
	switch wanted := u.Query().Get("tls"); {
	case u.Scheme == "smtps":
		port = gomail.DefaultPortSSL
	case wanted == "optional":
		policy = gomail.TLSOpportunistic
	case wanted != "" && wanted != "required":
		return nil, fmt.Errorf("has tls=%s, which is neither required nor optional", wanted)
	case wanted == "" && loopback(u.Hostname()):
		policy = gomail.NoTLS
	}
	if text := u.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return nil, errors.New("names a port that there is not")
		}
	}
	s := &Server{host: u.Hostname(), options: []gomail.Option{
		gomail.WithTLSPolicy(policy), gomail.WithPort(port), gomail.WithTimeout(answerWithin),
	}}
	if u.Scheme == "smtps" {
		s.options = append(s.options, gomail.WithSSL())
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	_, err = gomail.NewClient(s.host, s.options...)
	if err != nil {
		return nil, fmt.Errorf("cannot be used: %w", err)
	}
	return s, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Check connects and signs in, and sends nothing.
func (s *Server) Check(ctx context.Context) error {
	session := s.Session()
	defer session.Close()
	return session.connect(ctx)
}

// Session sends mails one after the other over one connection, which it opens
// when the first is sent and opens again where it was lost. It is for one
// goroutine.
type Session struct {
	server *Server
	client *gomail.Client // nil while not connected
}

// Session begins one. Close it in the end.
func (s *Server) Session() *Session { return &Session{server: s} }

func (s *Session) connect(ctx context.Context) error {
	if s.client != nil {
		return nil
	}
	client, err := gomail.NewClient(s.server.host, s.server.options...)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("mail server %s: %w", client.ServerAddr(), err)
	}
	s.client = client
	return nil
}

// Close says goodbye to the server.
func (s *Session) Close() {
	if s.client != nil {
		_ = s.client.Close() // what was sent is sent
		s.client = nil
	}
}

// Send hands a message over. The error is a *payments.DeliveryError where the
// server does not take this message, for now or for good; any other says that the
// server takes none: it is away, or refuses us.
func (s *Session) Send(ctx context.Context, m Message) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	err := s.client.Send(m.msg)
	if err == nil {
		return nil
	}
	if m.msg.IsDelivered() {
		s.Close() // what failed came after it
		return nil
	}
	refused, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		s.Close()
		return fmt.Errorf("mail server: %w", err)
	}
	if refused.ErrorCode() == 0 {
		s.Close() // the connection is lost
	}
	return judge(refused)
}

// judge tells whose fault a refusal is. Before it was told whom a mail is for, the
// server has refused us. After that a mail that ends the connection is tried again
// like one refused for now, so that it does not hold up all others.
func judge(e *gomail.SendError) error {
	reason := errors.New(strings.Join(strings.Fields(e.Error()), " "))
	switch e.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrWriteContent, gomail.ErrSMTPDataClose:
		// The whole mail was handed over, and no answer came (RFC 5321, 4.5.3.2.6).
		unsure := e.Reason == gomail.ErrSMTPDataClose && e.ErrorCode() == 0
		return &payments.DeliveryError{Permanent: forGood(e), Unsure: unsure, Err: reason}
	default:
		return fmt.Errorf("mail server: %w", reason)
	}
}

// forGood tells whether an answer speaks of the address: no such mailbox, no such
// domain (RFC 5321, 4.2.3; RFC 3463, X.1 and X.2). A server that forbids relaying
// or mistrusts the sender answers with 5 as well (X.7), to every mail: that is
// mended by whoever runs this service, and the mails go out then.
func forGood(e *gomail.SendError) bool {
	code, status := e.ErrorCode(), e.EnhancedStatusCode()
	if code < 500 {
		return false
	}
	if status != "" {
		return strings.HasPrefix(status, "5.1.") && !strings.HasPrefix(status, "5.1.7") && !strings.HasPrefix(status, "5.1.8") ||
			strings.HasPrefix(status, "5.2.")
	}
	return e.Reason == gomail.ErrSMTPRcptTo && (code == 550 || code == 551 || code == 553)
}

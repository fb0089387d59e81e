package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/readerfund/readerfund/payments"
)

// certificate is one for 127.0.0.1 that this process trusts.
var certificate tls.Certificate

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "readerfund-mail-")
	if err != nil {
		log.Fatal(err)
	}
	if certificate, err = trusted(filepath.Join(dir, "roots.pem")); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		log.Fatal(err)
	}
	os.Exit(code)
}

// trusted makes a certificate and names it to crypto/x509 as a root of the system,
// which reads SSL_CERT_FILE when it first needs one.
func trusted(file string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, os.Setenv("SSL_CERT_FILE", file)
}

// postOffice is a mail server with answers of its choice.
type postOffice struct {
	from, rcpt, data error
	hangUpAt         int  // the message that the connection ends at, in place of an answer
	auth             bool // wants user reader, password secret

	mu               sync.Mutex
	taken            []string // recipients
	messages, dialed int
}

// told gives what came.
func (p *postOffice) told() (taken []string, dialed int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.taken), p.dialed
}

func (p *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dialed++
	return &counter{office: p, conn: c}, nil
}

type counter struct {
	office *postOffice
	conn   *smtp.Conn
	to     string
	in     bool
}

func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }
func (c *counter) Mail(string, *smtp.MailOptions) error {
	if c.office.auth && !c.in {
		return smtp.ErrAuthRequired
	}
	return c.office.from
}
func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error { c.to = to; return c.office.rcpt }
func (c *counter) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	if c.office.messages++; c.office.messages == c.office.hangUpAt {
		return c.conn.Conn().Close()
	}
	if c.office.data == nil {
		c.office.taken = append(c.office.taken, c.to)
	}
	return c.office.data
}
func (c *counter) AuthMechanisms() []string {
	if c.office.auth {
		return []string{sasl.Plain}
	}
	return nil
}
func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "reader" || password != "p@ss" {
			return errors.New("unknown")
		}
		c.in = true
		return nil
	}), nil
}

// open starts the office; secure says whether TLS begins with the first byte, or
// by STARTTLS.
func (p *postOffice) open(t *testing.T, secure, startTLS bool) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(p)
	s.Domain = "localhost"
	s.ErrorLog = log.New(io.Discard, "", 0)
	if startTLS || secure {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	address := l.Addr().String()
	if secure {
		l = tls.NewListener(l, s.TLSConfig)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	return address
}

// send hands over one receipt and gives what the session says.
func send(t *testing.T, address string) error {
	t.Helper()
	server, err := NewServer(address)
	if err != nil {
		t.Fatal(err)
	}
	m, err := testWriter(t).Receipt(given("en"))
	if err != nil {
		t.Fatal(err)
	}
	session := server.Session()
	defer session.Close()
	return session.Send(t.Context(), m)
}

func TestSendSecurely(t *testing.T) {
	for name, tt := range map[string]struct {
		secure, startTLS bool
		address          func(host string) string
		wrong            string
	}{
		"smtps":                   {true, false, func(host string) string { return "smtps://reader:p%40ss@" + host }, ""},
		"starttls":                {false, true, func(host string) string { return "smtp://reader:p%40ss@" + host + "?tls=required" }, ""},
		"optional":                {false, true, func(host string) string { return "smtp://reader:p%40ss@" + host + "?tls=optional" }, ""},
		"wrong password":          {true, false, func(host string) string { return "smtps://reader:x@" + host }, "auth"},
		"no starttls, no mail":    {false, false, func(host string) string { return "smtp://reader:p%40ss@" + host + "?tls=required" }, "STARTTLS"},
		"no password in clear":    {false, false, func(host string) string { return "smtp://reader:p%40ss@" + host }, "auth"},
		"another's certificate":   {true, false, func(host string) string { return "smtps://" + strings.Replace(host, "127.0.0.1", "localhost", 1) }, "certificate"},
		"no sign-in where needed": {true, false, func(host string) string { return "smtps://" + host }, "auth"},
	} {
		t.Run(name, func(t *testing.T) {
			office := &postOffice{auth: true}
			address := tt.address(office.open(t, tt.secure, tt.startTLS))
			err := send(t, address)
			taken, _ := office.told()
			if tt.wrong == "" {
				if err != nil || len(taken) != 1 || taken[0] != "reader@example.org" {
					t.Errorf("%v, taken %q", err, taken)
				}
				return
			}
			if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(tt.wrong)) || len(taken) > 0 {
				t.Errorf("%v, taken %q; want an error of %q", err, taken, tt.wrong)
			}
			if payments.IsDeliveryError(err) {
				t.Errorf("the receipt is blamed: %v", err)
			}
		})
	}
}

func answer(code int, class, subject, detail int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: text}
}

func TestRefusals(t *testing.T) {
	const ours, now, forGood = "ours", "now", "for good"
	for name, tt := range map[string]struct {
		office *postOffice
		want   string
	}{
		"no such user":          {&postOffice{rcpt: answer(550, 5, 1, 1, "no such user")}, forGood},
		"no such domain":        {&postOffice{rcpt: answer(550, 5, 1, 2, "no such domain")}, forGood},
		"mailbox disabled":      {&postOffice{rcpt: answer(550, 5, 2, 1, "disabled")}, forGood},
		"no such user, bare":    {&postOffice{rcpt: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "no"}}, forGood},
		"relaying denied":       {&postOffice{rcpt: answer(554, 5, 7, 1, "relay access denied")}, now},
		"greylisted":            {&postOffice{rcpt: answer(451, 4, 7, 1, "come back")}, now},
		"mailbox full for now":  {&postOffice{rcpt: answer(452, 4, 2, 2, "full")}, now},
		"taken for spam":        {&postOffice{data: answer(554, 5, 7, 1, "spam")}, now},
		"message refused":       {&postOffice{data: answer(550, 5, 1, 1, "no such user")}, forGood},
		"sender's domain":       {&postOffice{rcpt: answer(553, 5, 1, 8, "bad sender")}, now},
		"sender refused":        {&postOffice{from: answer(553, 5, 7, 1, "not yours")}, ours},
		"sender refused by now": {&postOffice{from: answer(421, 4, 3, 2, "shutting down")}, ours},
		"it hangs up":           {&postOffice{hangUpAt: 1}, now},
	} {
		t.Run(name, func(t *testing.T) {
			err := send(t, "smtp://"+tt.office.open(t, false, false))
			if err == nil {
				t.Fatal("no error")
			}
			got := ours
			if refused, ok := errors.AsType[*payments.DeliveryError](err); ok {
				if got = now; refused.Permanent {
					got = forGood
				}
				// All was handed over, and no answer came: only then nobody knows.
				if unsure := tt.office.hangUpAt > 0; refused.Unsure != unsure {
					t.Errorf("unsure is %v, want %v", refused.Unsure, unsure)
				}
			}
			if got != tt.want {
				t.Errorf("%s, want %s: %v", got, tt.want, err)
			}
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

// One connection takes many mails, and is opened again where it is lost.
func TestOneSession(t *testing.T) {
	office := &postOffice{hangUpAt: 3}
	server, err := NewServer("smtp://" + office.open(t, false, false))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := testWriter(t)
	session := server.Session()
	defer session.Close()
	for i := range 6 {
		m, err := w.Receipt(given("en"))
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Send(t.Context(), m); (err != nil) != (i == 2) {
			t.Fatalf("mail %d: %v", i, err)
		}
	}
	if taken, dialed := office.told(); len(taken) != 5 || dialed != 3 {
		t.Errorf("%d mails over %d connections, one of them to look", len(taken), dialed)
	}
}

func TestServersThatCannotBe(t *testing.T) {
	for address, want := range map[string]string{
		"":                                     "is not an smtp://",
		"https://mail.example":                 "is not an smtp://",
		"smtp://":                              "is not an smtp://",
		"smtp://u:hidden@mail.example:%%":      "is not an smtp://",
		"smtp://u:hidden@mail.example:0":       "port",
		"smtp://u:hidden@mail.example?tls=off": "neither required nor optional",
	} {
		if _, err := NewServer(address); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

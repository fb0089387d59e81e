package mailbox_test

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/cmd/dev/mailbox"
)

const multipart = "From: a@example.org\r\nTo: reader@example.org\r\nSubject: =?utf-8?q?Danke_sch=C3=B6n?=\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nThank you =E2=9C=93\r\n" +
	"--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<script>alert(1)</script><p>Thank you</p>\r\n" +
	"--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=receipt.pdf\r\n\r\n%PDF\r\n--x--\r\n"

func TestMailIsCaughtAndShown(t *testing.T) {
	box := mailbox.New(time.Now, slog.New(slog.NewTextHandler(t.Output(), nil)))
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- box.Serve(l) }()
	for _, body := range []string{multipart, "no headers at all"} {
		if err := smtp.SendMail(l.Addr().String(), nil, "a@example.org", []string{"reader@example.org"}, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	rec := httptest.NewRecorder()
	box.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/messages.json", nil))
	var got []mailbox.Message
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || len(got) != 2 {
		t.Fatalf("%v: %s", err, rec.Body)
	}
	if !strings.Contains(got[0].Text, "no headers at all") {
		t.Errorf("a broken mail must be shown: %+v", got[0])
	}
	m := got[1]
	if m.Subject != "Danke schön" || strings.TrimSpace(m.Text) != "Thank you ✓" || !strings.Contains(m.HTML, "<p>Thank you</p>") ||
		len(m.Attachments) != 1 || m.Attachments[0].Name != "receipt.pdf" || m.To[0] != "reader@example.org" {
		t.Errorf("%+v", m)
	}
	rec = httptest.NewRecorder()
	box.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	if page := rec.Body.String(); !strings.Contains(page, "Danke schön") || strings.Contains(page, "<script>") {
		t.Errorf("page: %s", page)
	}
	if err := box.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

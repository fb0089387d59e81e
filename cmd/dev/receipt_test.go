package main

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/cmd/dev/mailbox"
	"github.com/readerfund/readerfund/cmd/internal/app"
	"github.com/readerfund/readerfund/payments/inbox"
)

// mails waits until n mails were caught, and then until the queue is empty.
func (s *testStack) mails(t *testing.T, n int) []mailbox.Message {
	t.Helper()
	s.until(t, func() bool {
		return len(s.mailbox.Messages()) >= n && s.count(t, `select count(*) from receipts where status = 'queued'`) == 0
	})
	all := s.mailbox.Messages()
	if len(all) != n {
		t.Fatalf("%d mails, want %d: %+v", len(all), n, all)
	}
	return all
}

// until waits for something that a job of the service does by itself.
func (s *testStack) until(t *testing.T, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it does not come to hold; mails: %+v", s.mailbox.Messages())
		}
	}
}

// restartService ends the service and starts another on the same address and
// database, with these variables in place of the usual ones.
func (s *testStack) restartService(t *testing.T, more ...string) {
	t.Helper()
	s.serviceUp()
	if err := <-s.service; err != nil {
		t.Fatal(err)
	}
	cfg, err := app.LoadConfig(s.data+"/dev.env", more, app.NeedDatabase, app.NeedStripe, app.NeedWebhook, app.NeedWeb)
	if err != nil {
		t.Fatal(err)
	}
	l, err := listen(t.Context(), "http", s.httpAddr)
	if err != nil {
		t.Fatal(err)
	}
	service, err := app.NewServiceOn(t.Context(), cfg, app.NewLogger(t.Output(), cfg), l, s.press)
	if err != nil {
		t.Fatal(err)
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s.serviceUp, s.service = cancel, make(chan error, 1)
	go func() { s.service <- service.Run(serving) }()
}

// thanksReceipt is the PDF that the thank-you page of the only gift offers.
func (s *testStack) thanksReceipt(t *testing.T) []byte {
	t.Helper()
	session := s.text(t, `select stripe_session from checkouts`)
	return []byte(s.get(t, s.base+"/thanks/receipt.pdf?session_id="+session).body)
}

// tellAgain has each event delivered once more, the newest first.
func (s *testStack) tellAgain(t *testing.T) {
	t.Helper()
	ids := s.eventIDs(t)
	for i := range ids {
		s.control(t, http.MethodPost, "/v1/events/"+ids[len(ids)-1-i]+"/retry", "")
	}
	s.settled(t)
}

// Each gift has one receipt, however often it is told of, also when the service
// starts again in between; a renewal has its own.
func TestOneReceiptEachGift(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.give(t, gift("one_time", "25", "USD"))
	for range 4 {
		s.tellAgain(t)
	}
	mail := s.mails(t, 1)[0]
	id := s.exported(t)[0]["donation_id"]
	if len(mail.To) != 1 || mail.To[0] != "reader@example.org" || mail.Subject != "Receipt for your gift to The Meridian Times" {
		t.Errorf("to %q: %q", mail.To, mail.Subject)
	}
	for _, part := range []string{"Dear Ada Reader,", "$25.00", "Given once", time.Now().In(london(t)).Format("2 January 2006"),
		"Independent journalism at The Meridian Times", id, "readers@meridian.example", "Published by The Meridian Times"} {
		if !strings.Contains(mail.Text, part) || !strings.Contains(mail.HTML, part) {
			t.Errorf("text or HTML lacks %q:\n%s", part, mail.Text)
		}
	}
	if a := mail.Attachments; len(a) != 1 || a[0].Name != "receipt-"+id+".pdf" || a[0].Type != "application/pdf" || !bytes.HasPrefix(a[0].Content, []byte("%PDF-")) {
		t.Errorf("%d attachments", len(a))
	} else if !bytes.Equal(a[0].Content, s.thanksReceipt(t)) {
		t.Error("one gift has two receipts: the mail's and the thank-you page's")
	}

	s.rebuildWithout(t, id)
	s.restartService(t)
	s.tellAgain(t)
	s.give(t, gift("monthly", "10", "EUR"))
	if newest := s.mails(t, 2)[0]; !strings.Contains(newest.Text, "€10.00") || !strings.Contains(newest.Text, "Monthly gift") {
		t.Errorf("of a monthly gift:\n%s", newest.Text)
	}
	if err := s.standIn.Advance(t.Context(), 32*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	s.settled(t)
	if newest := s.mails(t, 3)[0]; !strings.Contains(newest.Text, "€10.00") || strings.Contains(newest.Text, id) {
		t.Errorf("of a renewal:\n%s", newest.Text)
	}
}

// rebuildWithout takes a donation out of the books and makes them again: it comes
// back in a new row.
func (s *testStack) rebuildWithout(t *testing.T, id string) {
	t.Helper()
	cfg, err := app.LoadConfig(s.data+"/dev.env", nil, app.NeedDatabase)
	if err != nil {
		t.Fatal(err)
	}
	in, err := app.OpenInbox(t.Context(), cfg, s.db, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(t.Context(), `delete from donations where donation_id = $1`, id); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	if rows := s.exported(t); len(rows) != 1 || rows[0]["donation_id"] != id {
		t.Fatalf("made again: %v", rows)
	}
}

func london(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// noMailServer is an SMTP_URL where nobody listens.
func noMailServer(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return "SMTP_URL=smtp://" + l.Addr().String()
}

// While the mail server is away receipts wait; when it is back they arrive.
func TestReceiptsOutliveTheMailServer(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.restartService(t, noMailServer(t))
	s.give(t, gift("one_time", "25", "USD"))
	s.until(t, func() bool {
		return s.count(t, `select count(*) from river_job where kind = 'send_receipts' and state = 'discarded'`) > 0
	})
	if n := s.count(t, `select count(*) from receipts where status = 'queued' and attempts = 0`); n != 1 {
		t.Errorf("%d receipts wait, want 1", n)
	}
	s.restartService(t)
	s.mails(t, 1)
}

// A gift refunded at once gets no receipt.
func TestNoReceiptForWhatWasGivenBack(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.restartService(t, noMailServer(t))
	s.give(t, gift("one_time", "25", "USD"))
	payment := s.exported(t)[0]["stripe_payment_intent"]
	s.control(t, http.MethodPost, "/v1/refunds", "payment_intent="+payment)
	s.settled(t)
	s.restartService(t)
	s.until(t, func() bool { return s.count(t, `select count(*) from receipts where status = 'skipped'`) == 1 })
	s.mails(t, 0)
}

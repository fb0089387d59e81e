package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/web"
	"github.com/readerfund/readerfund/web/mail"
)

// withReceipts is a site that makes receipts.
func withReceipts(t *testing.T) *site {
	t.Helper()
	printer, err := mail.NewWriter(sample(t), "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	receipts := &payments.Receipts{Now: time.Now}
	s := newSite(t, func(o *web.Options) { o.Receipts, o.Printer = receipts, printer })
	receipts.DB = s.db
	return s
}

// The page says what the reader chose, and what becomes of the receipt.
func TestThanksSaysWhatWasChosen(t *testing.T) {
	s := withReceipts(t)
	_, session := s.opened(gift("cover_fees", "1", "anonymous", "1", "dedication", "For <b>Grace</b>", "comment", "Two\nlines"))
	s.donation(session, "succeeded")
	w := s.get("/thanks?session_id=" + session)
	wantStatus(t, w, http.StatusOK, "$26.06, given once", "$1.06 of it, so that all of your $25 reaches the newsroom", "For &lt;b&gt;Grace&lt;/b&gt;", "<dt>Given on</dt>",
		"<dd class=\"lines\"><bdi>Two\nlines</bdi>", "We will not mention it anywhere.", "Receipt as a PDF", "/thanks/receipt.pdf?session_id="+session,
		`data-gave-at="1793921400" data-gave-kind="one_time"`)
	for _, early := range []string{"We have mailed you a receipt", "We are mailing you a receipt"} {
		if strings.Contains(w.Body.String(), early) {
			t.Errorf("no mail is set up, and the page says %q", early)
		}
	}
	if err := (&payments.Receipts{DB: s.db, Now: time.Now}).SwitchOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	for status, words := range map[string]string{"queued": "We are mailing you a receipt", "sent": "We have mailed you a receipt."} {
		if _, err := s.db.Exec(t.Context(), `insert into receipts (payment, status, queued_at, due_at, sent_at, message_id)
			select payment, $1::text, now(), current_timestamp, case $1::text when 'sent' then now() end, 'x' from donations
			on conflict (payment) do update set status = excluded.status, sent_at = excluded.sent_at, message_id = excluded.message_id`, status); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, s.get("/thanks?session_id="+session), http.StatusOK, words)
	}
	if _, err := s.db.Exec(t.Context(), `update donations set refunded = 500`); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, s.get("/thanks?session_id="+session), http.StatusOK, "Given back", "<bdi>$5</bdi>")
}

// While a bank confirms, the page looks on, ever more seldom, for about a week.
func TestThanksWhileABankConfirms(t *testing.T) {
	s := newSite(t)
	_, session := s.opened(gift())
	s.donation(session, "pending")
	target, last, sum := "/thanks?session_id="+session, 0, 0
	for {
		w := s.get(target)
		wantStatus(t, w, http.StatusOK, "Your gift is on its way", "$25, given once", `data-gave-kind="one_time"`)
		var wait, looked int
		if n, _ := fmt.Sscanf(w.Header().Get("Refresh"), "%d; url=/thanks?session_id="+session+"&looked=%d", &wait, &looked); n != 2 {
			break
		}
		if wait < last || wait < 60 {
			t.Fatalf("after %d it waits for %d seconds, before for %d", looked, wait, last)
		}
		last, sum = wait, sum+wait
		target = fmt.Sprintf("/thanks?session_id=%s&looked=%d", session, looked)
	}
	if days := sum / (24 * 3600); days < 5 || days > 14 {
		t.Errorf("it looked for %d days", days)
	}
	s.settle(session)
	wantStatus(t, s.get(target), http.StatusOK, "<h1>Thank you</h1>")
}

// settle lets the bank confirm.
func (s *site) settle(session string) {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), `update donations set status = 'succeeded' where checkout_session = $1`, session); err != nil {
		s.t.Fatal(err)
	}
}

func TestReceiptOfAGift(t *testing.T) {
	s := withReceipts(t)
	_, session := s.opened(gift())
	wantStatus(t, s.get("/thanks/receipt.pdf?session_id="+session), http.StatusNotFound, "We do not know that gift")
	s.donation(session, "pending")
	wantStatus(t, s.get("/thanks/receipt.pdf?session_id="+session), http.StatusNotFound)
	s.settle(session)
	w := s.get("/thanks/receipt.pdf?session_id=" + session)
	if w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h := w.Header()
	if h.Get("Content-Type") != "application/pdf" || h.Get("Cache-Control") != "no-store" ||
		!regexp.MustCompile(`^inline; filename="receipt-don_[\w-]+\.pdf"$`).MatchString(h.Get("Content-Disposition")) {
		t.Errorf("headers %v", h)
	}
	for _, odd := range []string{"", "cs_test_nothing", "'", strings.Repeat("x", 300)} {
		wantStatus(t, s.get("/thanks/receipt.pdf?session_id="+odd), http.StatusNotFound)
	}
	s.db.Close()
	wantStatus(t, s.get("/thanks/receipt.pdf?session_id="+session), http.StatusServiceUnavailable, "nothing is lost")
}

// A service that makes no receipts offers none.
func TestNoReceipts(t *testing.T) {
	s := newSite(t)
	_, session := s.opened(gift())
	s.donation(session, "succeeded")
	if w := s.get("/thanks?session_id=" + session); strings.Contains(w.Body.String(), "receipt.pdf") {
		t.Error("a receipt is offered")
	}
	wantStatus(t, s.get("/thanks/receipt.pdf?session_id="+session), http.StatusNotFound)
}

// While Stripe is away or says 429 the waiting page goes on by itself in the
// reader's language, and in the end there is one session.
func TestWaitingKeepsOneSession(t *testing.T) {
	for language, where := range map[string]struct{ article, appeal, words string }{
		"en": {"geneva-joint-centre", "keep-it-alive", "One moment, please"},
		"de": {"pegel-am-tarrow", "keep-it-alive-de", "Einen Augenblick, bitte"},
		"ru": {"datchiki-na-tarrou", "keep-it-alive-ru", "Одну минуту"},
		"ar": {"maqayis-nahr-tarrow", "keep-it-alive-ar", "لحظة من فضلكم"},
	} {
		t.Run(language, func(t *testing.T) {
			s := newSite(t)
			id := s.started(s.donate(gift("article", where.article, "appeal", where.appeal)))
			for _, fault := range []string{`{"error": 1}`, `{"lock": 1}`, `{"error_after": 1}`} {
				s.faults(fault)
				w := s.get("/checkout/" + id)
				wantStatus(t, w, http.StatusServiceUnavailable, where.words, `lang="`+language+`"`, `aria-live="polite"`)
				if !strings.HasSuffix(w.Header().Get("Refresh"), "; url=/checkout/"+id) || w.Header().Get("Retry-After") == "" {
					t.Errorf("headers %v", w.Header())
				}
			}
			s.faults(`{}`)
			first := s.get("/checkout/" + id).Header().Get("Location")
			if again := s.get("/checkout/" + id).Header().Get("Location"); again != first || !strings.HasPrefix(first, s.stripe.URL) {
				t.Errorf("%q, then %q", first, again)
			}
			list, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.stripe.URL+"/v1/checkout/sessions", nil)
			if err != nil {
				t.Fatal(err)
			}
			list.SetBasicAuth("sk_test_web0123456789", "")
			if n := strings.Count(strings.ReplaceAll(s.fetch(list), `": "`, `":"`), `"object":"checkout.session"`); n != 1 {
				t.Errorf("%d sessions", n)
			}
		})
	}
}

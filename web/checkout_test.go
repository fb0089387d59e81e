package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
)

// nowhere stands where a test makes no use of what it stands for.
type nowhere struct{}

func (nowhere) Start(context.Context, payments.Order) (payments.Checkout, error) {
	return payments.Checkout{}, &payments.Error{Code: payments.Unavailable}
}

func (nowhere) Continue(context.Context, string) (payments.Onward, error) {
	return payments.Onward{}, &payments.Error{Code: payments.Unavailable}
}

func (nowhere) BySession(context.Context, string) (payments.Gift, error) {
	return payments.Gift{}, &payments.Error{Code: payments.Unavailable}
}
func (nowhere) ByCheckouts(context.Context, []string) ([]payments.Gift, error) {
	return nil, &payments.Error{Code: payments.Unavailable}
}
func (nowhere) Verify([]byte, string, time.Time) error { return nil }
func (nowhere) Receive(context.Context, []byte) error  { return nil }

// faults asks the stand-in for trouble.
func (s *site) faults(json string) {
	s.t.Helper()
	resp, err := s.stripe.Client().Post(s.stripe.URL+"/_control/faults", "application/json", strings.NewReader(json))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode >= http.StatusBadRequest {
		s.t.Fatalf("faults: %s, %v", resp.Status, err)
	}
}

// opened starts a gift and opens its payment page; it gives the checkout and the
// session.
func (s *site) opened(form url.Values) (id, session string) {
	s.t.Helper()
	id = s.started(s.donate(form))
	w := s.get("/checkout/" + id)
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), s.stripe.URL+"/") {
		s.t.Fatalf("checkout: %d %v %s", w.Code, w.Header(), w.Body)
	}
	if err := s.db.QueryRow(s.t.Context(), `select stripe_session from checkouts where id = $1`, id).Scan(&session); err != nil {
		s.t.Fatal(err)
	}
	return id, session
}

func TestCheckoutOnward(t *testing.T) {
	s := newSite(t)
	id, _ := s.opened(gift())
	first := s.get("/checkout/" + id)
	again := s.get("/checkout/" + id)
	if first.Header().Get("Location") != again.Header().Get("Location") || first.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v, then %v", first.Header(), again.Header())
	}
}

// Looking at the address, or fetching it before the reader goes there, opens
// nothing at Stripe.
func TestCheckoutIsNotOpenedByLooking(t *testing.T) {
	s := newSite(t)
	id := s.started(s.donate(gift()))
	wantStatus(t, s.do(http.MethodHead, "/checkout/"+id, nil), http.StatusOK)
	for name, value := range map[string]string{"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"} {
		wantStatus(t, s.get("/checkout/"+id, func(r *http.Request) { r.Header.Set(name, value) }), http.StatusServiceUnavailable)
	}
	if n := s.count(`select count(*) from checkouts where stripe_session is not null`); n != 0 {
		t.Error("a session was opened")
	}
	if log := s.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("nothing is wrong, and the log has\n%s", log)
	}
}

func TestCheckoutWhileStripeIsBusy(t *testing.T) {
	s := newSite(t)
	id := s.started(s.donate(gift()))
	s.faults(`{"error": 1}`)
	w := s.get("/checkout/" + id)
	wantStatus(t, w, http.StatusServiceUnavailable, "One moment, please", "Nothing has been charged", "goes on by itself", `href="/checkout/`+id+`"`)
	refresh := regexp.MustCompile(`^[1-9]\d?; url=/checkout/` + id + `$`)
	if !refresh.MatchString(w.Header().Get("Refresh")) || w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
	s.faults(`{}`)
	if w := s.get("/checkout/" + id); w.Code != http.StatusSeeOther {
		t.Errorf("later: %d", w.Code)
	}
}

func TestCheckoutWithoutDatabase(t *testing.T) {
	s := newSite(t)
	id := s.started(s.donate(gift()))
	s.db.Close()
	wantStatus(t, s.get("/checkout/"+id), http.StatusServiceUnavailable, "One moment, please")
	wantStatus(t, s.get("/thanks?session_id=cs_test_a"), http.StatusServiceUnavailable, "Back in a moment")
	wantStatus(t, s.get(article), http.StatusOK) // what readers read needs no database
}

func TestCheckoutExpired(t *testing.T) {
	s := newSite(t)
	id, _ := s.opened(gift())
	later := time.Now().Add(48 * time.Hour)
	s.now.set(func() time.Time { return later })
	wantStatus(t, s.get("/checkout/"+id), http.StatusGone, "This payment page has expired", "Nothing was charged",
		`href="/articles/geneva-joint-centre#support"`, "Choose your gift again", "Back to the report")
}

// donation puts a donation of a session into the books.
func (s *site) donation(session, status string) {
	s.t.Helper()
	_, err := s.db.Exec(s.t.Context(), `
		insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method,
			balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_name, donor_email,
			country, payment_intent, charge, invoice, subscription, checkout_session)
		select 'don_' || c.id, 'pi_' || c.id, '2026-11-05T23:30:00Z', c.kind, $2, c.currency, c.amount, 0, 'card', '', c.id,
			c.campaign, c.appeal, c.variant, c.placement, c.article, '<i>Ada</i>', 'ada@example.org', '', 'pi_' || c.id, '', '', '', $1
		from checkouts c where c.stripe_session = $1`, session, status)
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestThanks(t *testing.T) {
	s := newSite(t)
	tests := []struct {
		status string
		form   url.Values
		words  []string
	}{
		{"succeeded", gift("frequency", "monthly", "currency", "EUR", "amount", "10"), []string{"<h1>Thank you</h1>", "€10, given every month",
			"5 November 2026", "each month until you stop it", "&lt;i&gt;Ada&lt;/i&gt;, your gift has arrived", "Independent journalism at The Meridian Times", "don_"}},
		{"succeeded", gift("amount", "1.500", "currency", "KWD"), []string{"KWD\u00a01.500, given once", "nothing more that you need to do"}},
		{"succeeded", gift("frequency", "annual", "amount", "100"), []string{"$100, given every year"}},
		{"pending", gift(), []string{"Your gift is on its way", "a few working days"}},
		{"failed", gift(), []string{"The payment did not go through", "Nothing was charged", `href="/articles/geneva-joint-centre#support"`}},
		{"canceled", gift("article", ""), []string{"The payment did not go through", `href="/donate/independent-journalism"`}},
	}
	for _, tt := range tests {
		_, session := s.opened(tt.form)
		s.donation(session, tt.status)
		w := s.get("/thanks?session_id=" + session)
		wantStatus(t, w, http.StatusOK, tt.words...)
		h := w.Header()
		if strings.Contains(w.Body.String(), "ada@example.org") || h.Get("Cache-Control") != "no-store" ||
			h.Get("X-Robots-Tag") != "noindex" || !strings.Contains(w.Body.String(), `content="noindex"`) || (h.Get("Refresh") != "") != (tt.status == "pending") {
			t.Errorf("%s: %v\n%s", tt.status, h, w.Body)
		}
	}
}

// Until the books know, the page looks again by itself, ever more seldom, and
// stops in the end.
func TestThanksWhileWaiting(t *testing.T) {
	s := newSite(t)
	_, session := s.opened(gift())
	target := "/thanks?session_id=" + session
	looks := 0
	for ; looks < 50; looks++ {
		w := s.get(target)
		wantStatus(t, w, http.StatusOK, "Waiting for confirmation")
		_, next, more := strings.Cut(w.Header().Get("Refresh"), "url=")
		if !more {
			wantStatus(t, w, http.StatusOK, "You may close this page and come back", "Look again now")
			break
		}
		target = next
	}
	if looks < 5 || looks == 50 {
		t.Errorf("it looked %d times", looks)
	}
	wantStatus(t, s.get(target+"&looked=-3"), http.StatusOK)
	s.donation(session, "succeeded")
	wantStatus(t, s.get(target), http.StatusOK, "<h1>Thank you</h1>")
}

// Opening the payment page of a gift that is made leads to its thanks.
func TestCheckoutOfAGiftThatIsMade(t *testing.T) {
	s := newSite(t)
	id, session := s.opened(gift())
	told := fmt.Sprintf(`{"id":"evt_done","object":"event","api_version":"2023-10-16","created":%d,"type":"checkout.session.completed",
		"data":{"object":{"id":%q,"object":"checkout.session","mode":"payment","status":"complete","payment_status":"paid",
		"payment_intent":"pi_done","currency":"usd","amount_total":2500,"created":%[1]d,"metadata":{"readerfund_checkout":%q}}}}`,
		time.Now().Unix(), session, id)
	if code, body := s.deliver(told, secret, time.Now()); code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	w := s.get("/checkout/" + id)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/thanks?session_id="+session {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

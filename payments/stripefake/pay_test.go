package stripefake_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

func TestOneTimeGift(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	ss := s.session("usd", 2500, "")
	if ss.PaymentIntent != nil || ss.Status != "open" || ss.PaymentStatus != "unpaid" || ss.AmountTotal != 2500 {
		t.Fatalf("new session: %+v", ss)
	}
	resp, err := s.http.Get(ss.URL)
	if err != nil {
		t.Fatal(err)
	}
	page := read(t, resp)
	for _, want := range []string{"Donate $25.00", "TEST MODE stand-in", `name="card_number"`, `name="email"`, `name="name"`, `href="https://news.example/article"`} {
		if !strings.Contains(page, want) {
			t.Errorf("payment page lacks %q", want)
		}
	}
	if to := s.paid(ss.URL, card("4242 4242 4242 4242")); to != "https://news.example/thanks?session_id="+ss.ID {
		t.Errorf("sent to %s", to)
	}
	s.flush()

	want := []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"}
	if got := s.emitted(); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	done := one[stripe.CheckoutSession](s.inbox, "checkout.session.completed")
	if done.PaymentStatus != "paid" || done.Status != "complete" || done.PaymentIntent.ID == "" || done.Customer != nil ||
		done.Metadata["checkout"] != "session-metadata" || done.CustomerDetails.Email != "reader@example.org" || done.CustomerDetails.Address.Country != "DE" {
		t.Errorf("completed session: %+v", done)
	}
	ch := one[stripe.Charge](s.inbox, "charge.succeeded")
	if ch.Amount != 2500 || ch.Currency != "usd" || !ch.Paid || !ch.Captured || ch.Metadata["checkout"] != "intent-metadata" ||
		ch.PaymentMethodDetails.Card.Last4 != "4242" || ch.PaymentMethodDetails.Card.Brand != "visa" || ch.BillingDetails.Name != "A Reader" {
		t.Errorf("charge: %+v", ch)
	}
	tx, err := s.stripe.BalanceTransactions.Get(ch.BalanceTransaction.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if tx.Amount != 2500 || tx.Fee != 103 || tx.Net != 2397 || tx.Source.ID != ch.ID || len(tx.FeeDetails) != 1 || tx.Status != "pending" {
		t.Errorf("balance transaction: %+v", tx)
	}
	pi := one[stripe.PaymentIntent](s.inbox, "payment_intent.succeeded")
	if pi.LatestCharge.ID != ch.ID || pi.AmountReceived != 2500 || pi.Metadata["checkout"] != "intent-metadata" {
		t.Errorf("payment intent: %+v", pi)
	}
	for _, e := range s.inbox.events() {
		if e.APIVersion != "2023-10-16" || e.Livemode {
			t.Errorf("event %s: version %s", e.Type, e.APIVersion)
		}
	}
}

func TestOtherCardsPay(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	for number, brand := range map[string]string{"5555555555554444": "mastercard", "378282246310005": "amex", "6011111111111117": "discover"} {
		ss := s.session("eur", 1000, "")
		s.paid(ss.URL, card(number))
		got := s.reload(ss.ID, "payment_intent.latest_charge")
		if b := got.PaymentIntent.LatestCharge.PaymentMethodDetails.Card.Brand; string(b) != brand {
			t.Errorf("%s is %s, want %s", number, b, brand)
		}
	}
}

func TestDeclinedCards(t *testing.T) {
	for number, want := range map[string][3]string{
		"4000000000000002": {"card_declined", "generic_decline", "Your card was declined."},
		"4000000000009995": {"card_declined", "insufficient_funds", "insufficient funds"},
		"4000000000009987": {"card_declined", "lost_card", "declined"},
		"4000000000000069": {"expired_card", "expired_card", "expired"},
		"4000000000000127": {"incorrect_cvc", "incorrect_cvc", "security code"},
		"4000000000000119": {"processing_error", "processing_error", "processing your card"},
		"4000000000000341": {"card_declined", "generic_decline", "declined"},
	} {
		t.Run(number, func(t *testing.T) {
			s := newStand(t, stripefake.Options{})
			ss := s.session("usd", 2500, "")
			resp, page := s.pay(ss.URL, card(number))
			if resp.StatusCode != http.StatusPaymentRequired || !strings.Contains(page, want[2]) || !strings.Contains(page, "reader@example.org") {
				t.Fatalf("answered %d without %q or without the choices kept", resp.StatusCode, want[2])
			}
			s.flush()
			ch := one[stripe.Charge](s.inbox, "charge.failed")
			pi := one[stripe.PaymentIntent](s.inbox, "payment_intent.payment_failed")
			if ch.FailureCode != want[0] || ch.Paid || pi.LastPaymentError == nil || string(pi.LastPaymentError.DeclineCode) != want[1] ||
				string(pi.LastPaymentError.Code) != want[0] || pi.Status != "requires_payment_method" {
				t.Errorf("charge %q, intent error %+v", ch.FailureCode, pi.LastPaymentError)
			}
			if again := s.reload(ss.ID); again.Status != "open" || again.PaymentIntent.ID != pi.ID {
				t.Errorf("session after a decline: %s, intent %v", again.Status, again.PaymentIntent)
			}
			s.paid(ss.URL, card("4242424242424242"))
			s.flush()
			if good := one[stripe.PaymentIntent](s.inbox, "payment_intent.succeeded"); good.ID != pi.ID {
				t.Errorf("the second try used another intent")
			}
		})
	}
}

func TestBadFormMakesNoPayment(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	ss := s.session("usd", 2500, "")
	for name, form := range map[string]url.Values{
		"Luhn":         card("4242424242424241"),
		"not a number": card("my card"),
		"empty":        {},
		"a live card":  card("4539578763621486"),
		"no email":     {"card_number": {"4242424242424242"}},
		"bad email":    {"card_number": {"4242424242424242"}, "email": {"reader"}},
		"wrong debit":  {"method": {"sepa_debit"}, "account_number": {"AT611904300234573201"}, "email": {"reader@example.org"}},
	} {
		if resp, _ := s.pay(ss.URL, form); resp.StatusCode != http.StatusPaymentRequired {
			t.Errorf("%s: answered %d", name, resp.StatusCode)
		}
	}
	if truth := s.Truth(); len(truth.Payments) != 0 {
		t.Errorf("payments %v", truth.Payments)
	}
	if got := s.emitted(); len(got) != 0 {
		t.Errorf("events %v", got)
	}
}

func TestAuthentication(t *testing.T) {
	for _, number := range []string{"4000002500003155", "4000002760003184"} {
		s := newStand(t, stripefake.Options{})
		ss := s.session("usd", 2500, "")
		if to := s.paid(ss.URL, card(number)); to != "/pay/"+ss.ID+"/authenticate" {
			t.Fatalf("sent to %s", to)
		}
		status, page := s.get("/pay/" + ss.ID + "/authenticate")
		if status != http.StatusOK || !strings.Contains(page, "Complete") || !strings.Contains(page, "Fail") {
			t.Fatalf("authentication page: %d", status)
		}
		resp, page := s.pay(s.url+"/pay/"+ss.ID+"/authenticate", url.Values{"result": {"fail"}})
		if resp.StatusCode != http.StatusPaymentRequired || !strings.Contains(page, "unable to authenticate") {
			t.Errorf("after failing: %d", resp.StatusCode)
		}
		s.paid(ss.URL, card(number))
		if to := s.paid(s.url+"/pay/"+ss.ID+"/authenticate", url.Values{"result": {"complete"}}); !strings.HasSuffix(to, ss.ID) {
			t.Errorf("sent to %s", to)
		}
		s.flush()
		want := []string{
			"payment_intent.created", "payment_intent.requires_action", "payment_intent.payment_failed",
			"payment_intent.requires_action", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
		}
		if got := s.emitted(); !slices.Equal(got, want) {
			t.Errorf("events %v", got)
		}
		failed := one[stripe.PaymentIntent](s.inbox, "payment_intent.payment_failed")
		if failed.LastPaymentError.Code != "payment_intent_authentication_failure" {
			t.Errorf("last error %+v", failed.LastPaymentError)
		}
	}
}

func TestDoubleSubmitPaysOnce(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	ss := s.session("usd", 2500, "")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			resp, err := s.http.PostForm(ss.URL, card("4242424242424242"))
			if err != nil {
				t.Error(err)
				return
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if resp.StatusCode != http.StatusSeeOther {
				t.Errorf("answered %d", resp.StatusCode)
			}
		})
	}
	all.Wait()
	s.flush()
	if n := len(s.inbox.events("charge.succeeded")); n != 1 {
		t.Errorf("%d charges", n)
	}
	if _, page := s.get("/pay/" + ss.ID); !strings.Contains(page, "You already paid") {
		t.Error("a completed session's page does not say so")
	}
}

func TestSessionExpires(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	left, tried := s.session("usd", 2500, ""), s.session("usd", 700, "")
	s.pay(tried.URL, card("4000000000000002"))
	s.advance(25 * time.Hour)
	s.flush()
	if n := len(s.inbox.events("checkout.session.expired")); n != 2 {
		t.Errorf("%d sessions expired, want 2", n)
	}
	if got := one[stripe.PaymentIntent](s.inbox, "payment_intent.canceled"); got.Amount != 700 {
		t.Errorf("canceled %+v", got)
	}
	if _, page := s.get("/pay/" + left.ID); !strings.Contains(page, "expired") {
		t.Error("an expired session's page does not say so")
	}
	s.pay(s.url+"/pay/"+left.ID, card("4242424242424242"))
	if got := s.reload(left.ID); got.Status != "expired" || got.URL != "" || got.PaymentIntent != nil {
		t.Errorf("after paying an expired session: %+v", got)
	}
	if _, err := s.stripe.CheckoutSessions.Expire(left.ID, nil); err == nil {
		t.Error("an expired session expired again")
	}
	open := s.session("usd", 2500, "")
	if got, err := s.stripe.CheckoutSessions.Expire(open.ID, nil); err != nil || got.Status != "expired" {
		t.Errorf("expire: %v %v", got, err)
	}
}

func TestAmountsAreShownInTheirOwnDigits(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	for _, c := range []struct {
		currency string
		minor    int64
		shown    string
	}{
		{"jpy", 500, "¥500"}, {"kwd", 1500, "KWD 1.500"}, {"eur", 123456, "€1,234.56"}, {"isk", 50000, "ISK 500.00"}, {"gbp", 30, "£0.30"},
	} {
		ss := s.session(c.currency, c.minor, "")
		if _, page := s.get(strings.TrimPrefix(ss.URL, s.url)); !strings.Contains(page, "Donate "+c.shown) {
			t.Errorf("%d %s is not shown as %s", c.minor, c.currency, c.shown)
		}
		s.paid(ss.URL, card("4242424242424242"))
	}
	for _, p := range s.Truth().Payments {
		if p.Net != p.Amount-p.Fee || p.Fee <= 0 || p.Currency == "kwd" && p.Fee%10 != 0 {
			t.Errorf("truth %+v", p)
		}
	}
}

func TestBookedLater(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	p := s.sessionParams("usd", 2500, "")
	p.PaymentIntentData.CaptureMethod = stripe.String("automatic_async")
	ss, err := s.stripe.CheckoutSessions.New(p)
	if err != nil {
		t.Fatal(err)
	}
	s.paid(ss.URL, card("4242424242424242"))
	s.advance(2 * time.Second)
	s.flush()
	if ch := one[stripe.Charge](s.inbox, "charge.succeeded"); ch.BalanceTransaction != nil {
		t.Error("booked at once")
	}
	updated := s.inbox.events("charge.updated")
	if len(updated) != 1 {
		t.Fatalf("%d charge.updated", len(updated))
	}
	if ch := objectOf[stripe.Charge](t, updated[0]); ch.BalanceTransaction == nil {
		t.Error("charge.updated without balance transaction")
	}
	if before, ok := updated[0].Data.PreviousAttributes["balance_transaction"]; !ok || before != nil {
		t.Errorf("previous_attributes %v", updated[0].Data.PreviousAttributes)
	}
}

package main

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// manyGifts are what the lists below show: gifts once and monthly, one disputed, some
// paid out, and an event that is parked.
func (s *testStack) manyGifts(t *testing.T) {
	t.Helper()
	s.control(t, "POST", "/_control/payouts", `{"interval": "daily"}`)
	for range 3 {
		s.give(t, gift("one_time", "50", "EUR"))
	}
	s.give(t, gift("monthly", "10", "EUR"))
	if a := s.pay(t, s.payPage(t, s.begin(t, gift("one_time", "100", "USD"))), "4000000000000259"); a.status != http.StatusSeeOther {
		t.Fatalf("paying: %d", a.status)
	}
	s.settled(t)
	s.control(t, "POST", "/_control/advance", `{"seconds": 432000}`)
	s.settled(t)
	if _, err := s.db.Exec(t.Context(), `insert into inbox_events (event_id, api_version, type, created_at, received_at, status, error, retry_at, payload)
		values ('evt_parked', '2023-10-16', 'charge.succeeded', now(), current_timestamp, 'parked', 'the charge has no amount', now() + interval '1 day', '{}')`); err != nil {
		t.Fatal(err)
	}
}

// Somebody of the finance desk signs in, in a browser that runs no scripts, looks
// through each list, opens a donation, gives a part of it back after a second look, and
// finds that in its story. No page on the way breaks a rule of axe.
func TestBrowserListsAndRefund(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	s.manyGifts(t)
	d := s.visitsDesk(t, "lists", 5*time.Minute, looks()[2], looks()[1]) // a desk in the light, a phone in the dark
	d.signsIn("/finance/donations", `.filter`)
	for _, p := range []struct{ name, there string }{
		{"donations", `.rows tbody tr:nth-child(5)`}, {"donors", `.rows tbody tr`}, {"recurring", `.rows tbody tr`}, {"disputes", `.rows tbody tr`},
		{"payouts", `.rows tbody tr`}, {"events", `.rows tbody tr`},
	} {
		d.goes("/finance/"+p.name, p.there)
		d.looked(p.name)
	}
	d.does(chromedp.Navigate(s.base+"/finance/events?status=parked"), see(`.rows tbody tr`))
	if parked := d.text(`.rows tbody`); !strings.Contains(parked, "the charge has no amount") || strings.Count(parked, "evt_") != 1 {
		t.Errorf("parked are %q", parked)
	}
	d.does(chromedp.Navigate(s.base+"/finance/payouts"), see(`.rows a`), click(`.rows a`), see(`#adds-up`))
	d.looked("payout")
	d.does(chromedp.Navigate(s.base+"/finance/donors"), see(`.rows a`), click(`.rows a`), see(`#all-gifts`))
	d.looked("donor")
	d.does(chromedp.Navigate(s.base+"/finance/donations?currency=EUR&least=40&sort=oldest"), see(`.rows tbody tr:nth-child(3)`), click(`.rows tbody a`), see(`.story`))
	d.looked("donation")
	d.does(mend(`#amount`, "60"), click(`#reason-0`), click(`section form button`), see(`#refund-problem`))
	d.looked("too-much")
	d.does(mend(`#amount`, "20"), fill(`#note`, "wrote on 3 May"), click(`section form button`), see(`.ask`))
	if words := d.text(`.ask`); !strings.Contains(words, "You are about to give back 20.00\u00a0EUR of 50.00\u00a0EUR to Ada Reader (reader@example.org)") {
		t.Errorf("the second look says %q", words)
	}
	d.looked("second-look")
	d.does(click(`.door button`), see(`#refunds`))
	s.settled(t)
	donation := strings.TrimSuffix(s.path(t, d.tab), "#refunds") // to the same page with its anchor no browser goes
	d.does(chromedp.Navigate(s.base+donation), see(`#refunds`))
	d.looked("given-back")
	for _, want := range []string{"20.00\u00a0EUR were given back", "A refund of 20.00\u00a0EUR was asked for here", "charge.refunded"} {
		if story := d.text(`.story`); !strings.Contains(story, want) {
			t.Errorf("the story lacks %q:\n%s", want, story)
		}
	}
	if orders := d.text(`section[aria-labelledby="refunds"] tbody`); !strings.Contains(orders, "made") || !strings.Contains(orders, "Stripe: succeeded") || !strings.Contains(orders, "wrote on 3 May") {
		t.Errorf("the orders are %q", orders)
	}
	if status := d.text(`.known`); !strings.Contains(status, "20.00\u00a0EUR given back") || !strings.Contains(status, "30.00\u00a0EUR") {
		t.Errorf("the head says %q", status)
	}
	s.sentTwice(t, donation)
}

// path is that of the page that is shown.
func (s *testStack) path(t *testing.T, tab context.Context) string {
	t.Helper()
	address, err := chromedp.Run(tab, chromedp.Location())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(address, s.base)
}

// sentTwice decides once more to give the same back, sends that decision several times at
// once, and once again afterwards: Stripe is asked for one refund. From another site
// nothing can be sent at all.
func (s *testStack) sentTwice(t *testing.T, donation string) {
	t.Helper()
	as := s.signedIn(t)
	wish := url.Values{"amount": {"20"}, "reason": {"duplicate"}}
	second := as.post(t, donation+"/refund/look", wish)
	token := regexp.MustCompile(`name="token" value="([a-z2-7]{20})"`).FindStringSubmatch(second.body)
	if second.status != http.StatusOK || token == nil || !strings.Contains(second.body, "This would give back the same once more") {
		t.Fatalf("%d\n%s", second.status, second.body)
	}
	wish.Set("token", token[1])
	if a := as.post(t, donation+"/refund", wish); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the same without a tick: %d", a.status)
	}
	wish.Set("again", "yes")
	atOnce(3, func(int) {
		if a := as.post(t, donation+"/refund", wish); a.status != http.StatusSeeOther || strings.Replace(a.location, "?sent=again", "", 1) != donation+"#refunds" {
			t.Errorf("%d %s\n%s", a.status, a.location, a.body)
		}
	})
	s.settled(t)
	if a := as.post(t, donation+"/refund", wish); a.status != http.StatusSeeOther || a.location != donation+"?sent=again#refunds" {
		t.Errorf("sent again: %d\n%s", a.status, a.body)
	}
	if made, all := s.count(t, `select count(*) from refund_orders where outcome = 'done'`), s.count(t, `select count(*) from refund_orders`); made != 2 || all != 2 || len(s.standIn.Truth().Refunds) != 2 {
		t.Errorf("%d orders of %d are made, and Stripe made %d refunds", made, all, len(s.standIn.Truth().Refunds))
	}
	again := as.post(t, "/finance/events/retry", nil)
	if told := as.get(t, again.location); again.status != http.StatusSeeOther || !strings.Contains(told.body, "Tried again: 0 are taken in now, 1 still are not.") {
		t.Errorf("%d %s\n%s", again.status, again.location, told.body)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+donation+"/refund", strings.NewReader(wish.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://elsewhere.example")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := as.do(t, req); a.status != http.StatusForbidden {
		t.Errorf("from another site: %d", a.status)
	}
	if n := s.count(t, `select count(*) from audit where action = 'refund' and result = 'done' and object = (select donation_id from refund_orders limit 1)`); n != 2 {
		t.Errorf("%d refunds are in the audit, of two that were ordered", n)
	}
}

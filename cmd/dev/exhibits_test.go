package main

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// edition is the sample newsroom in one language.
type edition struct {
	language, direction string
	article, appeal     string
	currency            string // the one that its appeal begins with
}

func editions() []edition {
	return []edition{
		{"en", "ltr", "tarrow-river-gauges", "keep-it-alive", "USD"},
		{"de", "ltr", "pegel-am-tarrow", "keep-it-alive-de", "EUR"},
		{"ru", "ltr", "datchiki-na-tarrou", "keep-it-alive-ru", "EUR"},
		{"ar", "rtl", "maqayis-nahr-tarrow", "keep-it-alive-ar", "USD"},
	}
}

// gift is a form that a reader of this edition posts.
func (e edition) gift(kind, amount string) url.Values {
	form := gift(kind, amount, e.currency)
	form.Set("article", e.article)
	form.Set("appeal", e.appeal)
	return form
}

// exhibit is a page to be looked at, and how a browser comes to it.
type exhibit struct {
	name string
	open func(t *testing.T, tab context.Context)
}

// exhibits are all the pages that a reader of an edition can meet. A new page
// gets a row here.
func (s *testStack) exhibits(t *testing.T, e edition) []exhibit {
	t.Helper()
	lang := "?lang=" + e.language
	given, debit, declined, expired, waiting := s.fates(t, e)
	rows := []exhibit{
		{"front", s.at("/" + lang)},
		{"article", s.at("/articles/" + e.article)},
		{"ask", s.at("/donate/independent-journalism" + lang)},
		{"wrong amount", s.posted("/articles/"+e.article, "0.01")},
		{"thanks", s.at(given)},
		{"thanks for a debit on its way", s.at(debit)},
		{"thanks not yet in the books", s.at(declined)},
		{"unknown gift", s.at("/thanks" + lang + "&session_id=cs_test_unknown")},
		{"expired", s.at(expired)},
		{"nothing", s.at("/nothing" + lang)},
		{"not an address of a form", s.at("/donate" + lang)},
		{"gifts of a browser that gave none", s.at("/gift" + lang)},
		{"gifts of this browser", s.remembering(s.begun(t), s.at("/gift"+lang), ".gift-list li:nth-child(5)")},
		{"a likely second gift", s.remembering(s.begun(t), s.sent("/articles/"+e.article, e.currency, "25", "form.again"), "form.again button")},
		{"asking for a link", s.at("/manage" + lang)},
		{"a link that is over", s.at("/manage/open" + lang + "&token=nothing")},
	}
	for _, m := range s.mailbox.Messages() {
		rows = append(rows, exhibit{"mail", shownAlone(m.HTML)})
		break // the newest: that of this edition's gift
	}
	return append(rows, exhibit{"waiting", s.whileStripeIsAway(waiting)})
}

// fates makes a gift for each way that it can go, and gives the addresses of the
// pages that tell of them.
func (s *testStack) fates(t *testing.T, e edition) (given, debit, unpaid, expired, waiting string) {
	t.Helper()
	before := len(s.mailbox.Messages())
	expired = s.begin(t, e.gift("monthly", "10"))
	s.payPage(t, expired)
	if err := s.standIn.Advance(t.Context(), 25*time.Hour); err != nil {
		t.Fatal(err)
	}
	given = s.give(t, e.gift("one_time", "25"))
	a := s.post(t, s.payPage(t, s.begin(t, e.gift("one_time", "50"))), url.Values{
		"email": {"reader@example.org"}, "name": {"Ada Reader"}, "method": {"bank_debit"}, "account_number": {"000123456789"}})
	if a.status != http.StatusSeeOther {
		t.Fatalf("bank debit: %d %s", a.status, words(a.body))
	}
	debit = a.location
	checkout := s.begin(t, e.gift("one_time", "100"))
	s.payPage(t, checkout)
	unpaid = "/thanks?session_id=" + s.text(t, `select stripe_session from checkouts where id = $1`, checkout[len("/checkout/"):])
	waiting = s.begin(t, e.gift("one_time", "250"))
	s.settled(t)
	s.until(t, func() bool { return len(s.mailbox.Messages()) > before })
	return given, debit, unpaid, expired, waiting
}

// text is the one value that a query finds.
func (s *testStack) text(t *testing.T, query string, args ...any) (value string) {
	t.Helper()
	if err := s.db.QueryRow(t.Context(), query, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// at goes to an address of the service.
func (s *testStack) at(address string) func(*testing.T, context.Context) {
	return func(t *testing.T, tab context.Context) {
		t.Helper()
		if err := chromedp.Do(tab, chromedp.Navigate(s.absolute(address)), chromedp.WaitVisible(chromedp.CSS("main"))); err != nil {
			t.Fatalf("%s: %v", address, err)
		}
	}
}

// posted goes to a page with the ask and sends it with an amount that is refused.
func (s *testStack) posted(address, amount string) func(*testing.T, context.Context) {
	return s.sent(address, "USD", amount, "main [aria-invalid]")
}

// sent goes to a page with the ask and sends it with an amount of the reader's own,
// given once, to which the answer has something that is to be seen.
func (s *testStack) sent(address, currency, amount, answer string) func(*testing.T, context.Context) {
	return func(t *testing.T, tab context.Context) {
		t.Helper()
		s.at(address)(t, tab)
		if _, err := chromedp.RunResponse(tab, chromedp.Evaluate[chromedp.Void](
			`{ const form = document.querySelector("form.give"); form.elements.frequency.value = "one_time"; form.elements.currency.value = "`+currency+`";
			form.elements.custom_amount.value = "`+amount+`"; HTMLFormElement.prototype.submit.call(form) }`)); err != nil {
			t.Fatal(err)
		}
		sees(t, tab, answer)
	}
}

// sees waits for something on a page, and not until the end of the test.
func sees(t *testing.T, tab context.Context, selector string) {
	t.Helper()
	patience, cancel := context.WithTimeout(tab, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(patience, chromedp.WaitVisible(chromedp.CSS(selector))); err != nil {
		t.Fatalf("%s: %v", selector, err)
	}
}

// begun are the five newest checkouts, as the cookie of a browser that began them
// has them: of the fates, one each.
func (s *testStack) begun(t *testing.T) string {
	t.Helper()
	return s.text(t, `select string_agg(id, '.') from (select id from checkouts order by created_at desc limit 5) newest`)
}

// remembering opens a page in a browser that remembers these gifts, sees to it that
// something stands there, and makes the browser forget them.
func (s *testStack) remembering(gifts string, open func(*testing.T, context.Context), there string) func(*testing.T, context.Context) {
	return func(t *testing.T, tab context.Context) {
		t.Helper()
		for _, path := range []string{"/donate", "/gift"} {
			if _, err := chromedp.Call(tab, network.SetCookie, network.SetCookieParams{Name: "gifts", Value: gifts, URL: s.base + path, Path: path}); err != nil {
				t.Fatal(err)
			}
		}
		open(t, tab)
		sees(t, tab, there)
		if _, err := chromedp.Call(tab, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
			t.Fatal(err)
		}
	}
}

// shownAlone shows HTML that is no page of the service, such as a mail's.
func shownAlone(html string) func(*testing.T, context.Context) {
	return func(t *testing.T, tab context.Context) {
		t.Helper()
		if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil {
			t.Fatal(err)
		}
		frames, err := chromedp.Call(tab, page.GetFrameTree, struct{}{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := chromedp.Call(tab, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: frames.FrameTree.Frame.ID, HTML: html}); err != nil {
			t.Fatal(err)
		}
	}
}

// whileStripeIsAway opens a checkout while Stripe answers nothing.
func (s *testStack) whileStripeIsAway(checkout string) func(*testing.T, context.Context) {
	return func(t *testing.T, tab context.Context) {
		t.Helper()
		s.control(t, http.MethodPost, "/_control/faults", `{"error": 1}`)
		s.at(checkout)(t, tab)
		s.control(t, http.MethodPost, "/_control/faults", `{}`)
	}
}

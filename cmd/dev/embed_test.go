package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/campaign"
)

// hostSite is another system's site, on an origin of its own and with a policy
// as strict as it can be with the ask on its page.
type hostSite struct {
	*httptest.Server
	service, pay string
}

func newHostSite(t *testing.T) *hostSite {
	t.Helper()
	h := &hostSite{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", fmt.Sprintf(
			"default-src 'none'; script-src %[1]s; connect-src %[1]s; style-src %[1]s; form-action %[1]s %[2]s", h.service, h.pay))
		script := fmt.Sprintf(`<script src="%s/embed.js" async></script>`, h.service)
		if r.URL.Path == "/without" {
			script = ""
		}
		fmt.Fprintf(w, `<!doctype html><html lang="en-GB"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Harbour</title>
<p id="give">A page of another system.</p>
<div data-readerfund="independent-journalism"><a href="%[1]s/donate/independent-journalism">Support us</a></div>
<div data-readerfund="independent-journalism"></div>
<div data-readerfund="nothing"></div>
<div data-readerfund="nothing"><a href="/own">Our own words</a></div>
%[2]s%[2]s</html>`, h.service, script)
	}))
	t.Cleanup(h.Close)
	return h
}

// embeddingNewsroom is the sample newsroom with an origin that may show its asks.
func embeddingNewsroom(t *testing.T, origin string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, campaign.Sample()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "site.yaml")
	site, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(site, "\nembed:\n  origins: ["+origin+"]\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shown waits until every place of a host page shows what it will show and,
// where a test keeps them, the page's builder was told of those that cannot.
const shown = `(() => {
	const all = [...document.querySelectorAll("[data-readerfund]")].map(place => {
		const form = place.shadowRoot?.querySelector("form");
		if (form) return "ask for " + form.elements.article.value;
		return place.dataset.readerfund === "nothing" && place.shadowRoot ? place.querySelector("a")?.href ?? "nothing" : null;
	});
	return all.every(Boolean) && (!window.warned || window.warned.length > 1) && all;
})()`

// A page of another system shows the ask, twice and beside places that cannot
// be filled; a gift begun there is counted for that page.
func TestBrowserEmbedsTheAsk(t *testing.T) {
	t.Parallel()
	host := newHostSite(t)
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+embeddingNewsroom(t, host.URL))
	host.service, host.pay = s.base, "http://"+s.stripe
	tab := openBrowser(t)
	var mu sync.Mutex
	var complaints []string
	if err := chromedp.Listen(tab, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok && strings.Contains(e.Entry.Text, "Content Security Policy") {
			mu.Lock()
			defer mu.Unlock()
			complaints = append(complaints, e.Entry.Text)
		}
	}); err != nil {
		t.Fatal(err)
	}

	// Without scripts there is the plain link, and it works.
	if err := chromedp.Do(tab,
		chromedp.Navigate(host.URL+"/harbour"),
		chromedp.Click(chromedp.CSS(`[data-readerfund] a`)),
		chromedp.WaitVisible(chromedp.CSS("form.give")),
	); err != nil {
		t.Fatal(err)
	}

	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.warned = []; console.warn = (...all) => warned.push(all.join(" "))`,
	}); err != nil {
		t.Fatal(err)
	}
	globals := `Object.getOwnPropertyNames(window).sort().join(" ")`
	before := s.evaluated(t, tab, host.URL+"/without", globals)
	after := s.evaluated(t, tab, host.URL+"/harbour?utm_source=letter#part", globals)
	if before != after {
		t.Errorf("left behind: %s\nwithout: %s", after, before)
	}
	places, err := chromedp.Run(tab, chromedp.Poll[[]string](shown))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ask for " + host.URL + "/harbour", "ask for " + host.URL + "/harbour",
		"nothing", host.URL + "/own",
	}
	for i := range want {
		if places[i] != want[i] {
			t.Errorf("place %d shows %s, want %s", i, places[i], want[i])
		}
	}
	// Who built the page reads in the console what is wrong with it.
	for _, warned := range said[[]string](t, tab, `warned`) {
		if !strings.Contains(warned, "no such campaign") || !strings.Contains(warned, s.base+"/embed/nothing") {
			t.Errorf("the console says %q", warned)
		}
	}
	for _, step := range []struct{ do, button string }{
		{``, "Give $10 monthly"}, {`f.querySelector('.g-monthly-USD [value="25"]').click()`, "Give $25 monthly"},
		{`f.querySelector(".g-monthly-USD .cover input").click()`, "Give monthly"}, {`f.querySelector(".g-monthly-USD .cover input").click()`, "Give $25 monthly"},
		{`f.elements.custom_amount.value = "7"; f.elements.custom_amount.dispatchEvent(new Event("input", { bubbles: true }))`, "Give monthly"},
		{`f.elements.custom_amount.value = ""; f.querySelector(".f-one_time").click()`, "Give $25 once"}, {`f.querySelector(".c-EUR").click()`, "Give €25 once"},
		{`f.querySelector(".c-USD").click(); f.querySelector(".f-monthly").click(); f.querySelector('.g-monthly-USD [value="10"]').click()`, "Give $10 monthly"},
	} {
		if got := said[string](t, tab, `(() => { const f = document.querySelector("[data-readerfund]").shadowRoot.querySelector("form"); `+step.do+`; return f.querySelector("button").innerText })()`); got != step.button {
			t.Errorf("after %s the button says %q, want %q", step.do, got, step.button)
		}
	}
	kept, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.cookie + Object.keys(localStorage) + Object.keys(sessionStorage)`))
	if err != nil || kept != "" {
		t.Errorf("kept in the browser: %q, %v", kept, err)
	}
	styled, err := chromedp.Run(tab, chromedp.Evaluate[string](
		`getComputedStyle(document.querySelector("[data-readerfund]").shadowRoot.querySelector("section")).borderTopWidth`))
	if err != nil || styled != "4px" {
		t.Errorf("the ask has no style: %q, %v", styled, err)
	}
	keepPicture(t, tab, "embed")
	mu.Lock()
	if len(complaints) != 0 {
		t.Errorf("policies were broken: %q", complaints)
	}
	mu.Unlock()

	if err := chromedp.Do(tab,
		chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-readerfund]").shadowRoot.querySelector("form button").click()`),
		chromedp.WaitVisible(chromedp.CSS(`input[name="card_number"]`)),
	); err != nil {
		t.Fatal(err)
	}
	if n := s.count(t, `select count(*) from checkouts where article = '`+host.URL+`/harbour' and placement = 'embed'
		and campaign = 'independent-journalism' and kind = 'monthly'`); n != 1 {
		t.Errorf("%d checkouts name the page", n)
	}
	// Who thinks better of it returns to that page.
	if page := s.get(t, s.evaluated(t, tab, "", "location.href")); !strings.Contains(page.body, host.URL+"/harbour") {
		t.Error("no way back to the other site's page")
	}

	// By another name the same machine is a site that may not: its readers have
	// a link that works all the same.
	other := strings.Replace(host.URL, "127.0.0.1", "localhost", 1)
	if err := chromedp.Do(tab, chromedp.Navigate(other+"/harbour")); err != nil {
		t.Fatal(err)
	}
	link, err := chromedp.Run(tab, chromedp.Poll[string](`document.querySelectorAll("[data-readerfund]")[1].querySelector("a")?.href`))
	if err != nil || !strings.HasPrefix(link, s.base+"/donate/independent-journalism?article=http%3A%2F%2Flocalhost") {
		t.Errorf("on a site that is not named there is %q, %v", link, err)
	}
	if a := s.get(t, link); a.status != http.StatusOK || strings.Contains(a.body, "localhost") {
		t.Errorf("that link leads to %d", a.status)
	}

	// The article's block of data is no script, and its policy has no word for it.
	headline := s.evaluated(t, tab, s.base+"/articles/geneva-joint-centre",
		`JSON.parse(document.querySelector('script[type="application/ld+json"]').textContent)["@type"]`)
	mu.Lock()
	defer mu.Unlock()
	if headline != "NewsArticle" || len(complaints) != 0 {
		t.Errorf("%q; policies were broken: %q", headline, complaints)
	}
}

// evaluated opens an address, if one is given, and evaluates an expression there.
func (s *testStack) evaluated(t *testing.T, tab context.Context, address, expression string) string {
	t.Helper()
	if address != "" {
		if err := chromedp.Do(tab, chromedp.Navigate(address)); err != nil {
			t.Fatal(err)
		}
	}
	value, err := chromedp.Run(tab, chromedp.Evaluate[string](expression))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// atAnotherSite is a host page's server by a name with which its pages are of another
// site than the service's, whose host is 127.0.0.1: browsers treat it as a stranger's.
func atAnotherSite(h *hostSite) string { return strings.Replace(h.URL, "127.0.0.1", "localhost", 1) }

// On a page of another site a second press leads to the payment page of the first, a
// gift that was paid is asked about before it is given again, and this browser forgets
// none: with scripts for the ask, and none of ours on the way.
func TestBrowserGivesTwiceOnAnotherSite(t *testing.T) {
	t.Parallel()
	host := newHostSite(t)
	origin := atAnotherSite(host)
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+embeddingNewsroom(t, origin))
	host.service, host.pay = s.base, "http://"+s.stripe
	tab := openPersonsBrowser(t)
	press := func(then string) {
		t.Helper()
		if err := chromedp.Do(tab, chromedp.Navigate(origin+"/harbour")); err != nil {
			t.Fatal(err)
		}
		awaitTrue(t, tab, "!!"+shown)
		if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`(() => {
			const form = document.querySelector("[data-readerfund]").shadowRoot.querySelector("form");
			form.querySelector(".f-one_time").click();
			form.querySelector("button").click();
		})()`), see(then)); err != nil {
			t.Fatal(err)
		}
	}
	pages := func() int { return s.count(t, `select count(*) from checkouts where stripe_session is not null`) }

	press("#card_number")
	first := evaluate[string](t, tab, "location.href")
	press("#card_number")
	if again := evaluate[string](t, tab, "location.href"); again != first || pages() != 1 {
		t.Fatalf("%d payment pages, the second press leads to %s, not %s", pages(), again, first)
	}
	if err := chromedp.Do(tab, fill("#card_number", "4242424242424242"), fill("#email", "ada@example.org"), fill("#name", "Ada Reader"),
		click(`form button[type="submit"]`), see(".thanks")); err != nil {
		t.Fatal(err)
	}
	awaitTrue(t, tab, `!!document.querySelector("[data-gave-at]")`)
	press("form.again button")
	if at := evaluate[string](t, tab, "location.origin"); at != s.base || pages() != 1 {
		t.Errorf("%d payment pages, and the question stands at %s", pages(), at)
	}
	keepPicture(t, tab, "embed-again")
	if err := chromedp.Do(tab, click("form.again button"), see("#card_number")); err != nil {
		t.Fatal(err)
	}
	if n := s.count(t, `select count(*) from checkouts where stripe_session is not null and placement = 'embed' and article = '`+origin+`/harbour'`); n != 2 {
		t.Errorf("%d payment pages name the page", n)
	}
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+"/gift"), see(".gift-list")); err != nil {
		t.Fatal(err)
	}
	if n := evaluate[int](t, tab, `document.querySelectorAll(".gift-list li").length`); n != 2 {
		t.Errorf("this browser remembers %d gifts", n)
	}
}

// A script that is loaded again, as a page does that adds a place, tells once of what
// was told; on another article, to which the page was changed, it tells anew.
func TestBrowserCountsOnceHoweverOftenTheScriptIsLoaded(t *testing.T) {
	t.Parallel()
	var service string
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Harbour</title>
<main><div data-readerfund="independent-journalism"></div></main><script src="%s/embed.js" async></script></html>`, service)
	}))
	t.Cleanup(host.Close)
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+embeddingNewsroom(t, host.URL))
	service = s.base
	tab := openPersonsBrowser(t)
	if err := chromedp.Do(tab, chromedp.Navigate(host.URL+"/harbour")); err != nil {
		t.Fatal(err)
	}
	awaitTrue(t, tab, told+" === 1")
	const form = `document.querySelector("main [data-readerfund]").shadowRoot?.querySelector("form")`
	// again puts a place in front, alone or before the others, and loads the script.
	again := func(change, address string) {
		t.Helper()
		evaluate[bool](t, tab, `(() => {
			const place = document.createElement("div"), main = document.querySelector("main");
			place.dataset.readerfund = "independent-journalism";
			`+change+`
			main.prepend(place);
			document.body.append(Object.assign(document.createElement("script"), { src: "`+s.base+`/embed.js" }));
			return true;
		})()`)
		awaitTrue(t, tab, form+`?.elements.article.value === "`+host.URL+address+`"`)
		staysAt(t, tab, "main [data-readerfund]")
	}
	again("", "/harbour")
	again("main.replaceChildren();", "/harbour")
	if n := evaluate[int](t, tab, told); n != 1 {
		t.Errorf("of one opening it was told %d times", n)
	}
	again(`main.replaceChildren(); history.pushState(null, "", "/lighthouse");`, "/lighthouse")
	awaitTrue(t, tab, told+" === 2")
	again("", "/lighthouse")
	if names := evaluate[string](t, tab, `[...Object.keys(document), ...Object.keys(window).filter(n => /readerfund|told/i.test(n))].join(" ")`); strings.Contains(names, "readerfund") || strings.Contains(names, "told") {
		t.Errorf("left behind: %s", names)
	}
	views := s.awaitViews(t, 2)
	if len(views) != 2 || views["embed base "+host.URL+"/harbour"] != 1 || views["embed base "+host.URL+"/lighthouse"] != 1 {
		t.Errorf("views: %v", views)
	}
}

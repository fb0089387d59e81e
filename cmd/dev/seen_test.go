package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// comparingNewsroom is one with two variants of the English appeal in halves, and
// an origin that may show them.
func comparingNewsroom(t *testing.T, origin string) (dir string) {
	t.Helper()
	dir = embeddingNewsroom(t, origin)
	path := filepath.Join(dir, "appeals", "keep-it-alive.yaml")
	appeal, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	experiment := "\nexperiment:\n  weight: 1\n  variants:\n    other: {weight: 1, headline: Another headline}\n"
	if err := os.WriteFile(path, append(appeal, experiment...), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// told is how often the page told which asks were seen.
const told = `performance.getEntriesByType("resource").filter(e => new URL(e.name).pathname === "/seen").length`

const variantShown = `document.querySelector('.end input[name="variant"]').value`

// awaitViews waits until so many views are in the books, and gives them by
// placement, variant and article.
func (s *testStack) awaitViews(t *testing.T, n int64) map[string]int64 {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(40 * time.Second)
	for {
		rows, err := s.db.Query(t.Context(), `select placement || ' ' || variant || ' ' || article, sum(views)::bigint from views group by 1`)
		if err != nil {
			t.Fatal(err)
		}
		all, sum := map[string]int64{}, int64(0)
		for rows.Next() {
			var name string
			var views int64
			if err := rows.Scan(&name, &views); err != nil {
				t.Fatal(err)
			}
			all[name] = views
			sum += views
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if sum >= n {
			return all
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d views are awaited, the books have %v", n, all)
		}
	}
}

func (s *testStack) metricsAddr(t *testing.T) string {
	t.Helper()
	env, err := os.ReadFile(s.data + "/dev.env")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(env)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "METRICS_ADDR="); ok {
			return strings.Trim(rest, `"`)
		}
	}
	t.Fatal("dev.env has no METRICS_ADDR")
	return ""
}

// An ask is counted when it is scrolled to and stays in sight, not before, and
// once; it is the variant that this browser keeps. The page tells of all of them when
// the reader turns away, and of nothing twice; another tab tells for itself.
func TestBrowserCountsWhatIsSeen(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+comparingNewsroom(t, "https://unused.example"))
	tab := openPersonsBrowser(t)
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+geneva)); err != nil {
		t.Fatal(err)
	}
	variant := evaluate[string](t, tab, variantShown)
	// Whoever goes straight to the end has not seen the card.
	staysAt(t, tab, ".place.strip")
	staysAt(t, tab, ".end .ask")
	if n := evaluate[int](t, tab, told); n != 0 {
		t.Errorf("told %d times of a page that is still read", n)
	}
	turnAway(t, tab)
	awaitTrue(t, tab, told+" === 1")
	turnBack(t, tab)
	staysAt(t, tab, ".place.inline")
	// Back at the end for longer than it takes to be counted: it was.
	staysAt(t, tab, ".end .ask")
	for range 3 {
		turnAway(t, tab)
		awaitTrue(t, tab, told+" === 2")
		turnBack(t, tab)
		staysAt(t, tab, ".place.strip")
	}
	if n := evaluate[int](t, tab, told); n != 2 {
		t.Errorf("told %d times", n)
	}
	views := s.awaitViews(t, 3)
	for _, placement := range []string{"strip", "inline", "end"} {
		if n := views[placement+" "+variant+" geneva-joint-centre"]; n != 1 || len(views) != 3 {
			t.Errorf("%s: %d views of %v", placement, n, views)
		}
	}

	// What was seen in another tab is told when its page is left by the button of the ask.
	other := openAnotherTab(t, tab)
	if err := chromedp.Do(other, chromedp.Navigate(s.base+geneva)); err != nil {
		t.Fatal(err)
	}
	staysAt(t, other, ".place.inline")
	staysAt(t, other, ".end .ask")
	if err := chromedp.Do(other, click(".give button"), see("#card_number")); err != nil {
		t.Fatal(err)
	}
	views = s.awaitViews(t, 5)
	for placement, want := range map[string]int64{"strip": 1, "inline": 2, "end": 2} {
		if n := views[placement+" "+variant+" geneva-joint-centre"]; n != want || len(views) != 3 {
			t.Errorf("with the other tab %s: %d views of %v", placement, n, views)
		}
	}

	for range 3 {
		if err := chromedp.Do(tab, chromedp.Navigate(s.base+"/"), chromedp.Navigate(s.base+geneva)); err != nil {
			t.Fatal(err)
		}
		if now := evaluate[string](t, tab, variantShown); now != variant {
			t.Errorf("the reader had %s and has %s", variant, now)
		}
	}
	page := s.signedIn(t).get(t, "/finance/appeals")
	if page.status != 200 || !strings.Contains(page.body, "keep-it-alive") {
		t.Errorf("the desk: %d\n%s", page.status, page.body)
	}
}

// A page that is left and returned to tells again only of what is new, if the browser
// kept it; if it did not, it is another opening of the page.
func TestBrowserReturnsToAPage(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openPersonsBrowser(t)
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+geneva)); err != nil {
		t.Fatal(err)
	}
	evaluate[bool](t, tab, `window.kept = true`)
	staysAt(t, tab, ".place.strip")
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+"/thanks"), chromedp.Evaluate[chromedp.Void](`setTimeout(() => history.back())`)); err != nil {
		t.Fatal(err)
	}
	awaitTrue(t, tab, `location.pathname === "`+geneva+`" && document.readyState === "complete"`)
	kept := evaluate[bool](t, tab, `!!window.kept`)
	staysAt(t, tab, ".place.strip")
	staysAt(t, tab, ".end .ask")
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+"/thanks")); err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"strip": 1, "end": 1}
	if !kept {
		want["strip"] = 2
	}
	t.Logf("the browser kept the page: %t", kept)
	views := s.awaitViews(t, want["strip"]+want["end"])
	for placement, n := range want {
		if got := views[placement+" base geneva-joint-centre"]; got != n {
			t.Errorf("%s: %d views, want %d; %v", placement, got, n, views)
		}
	}
}

// A page of another site keeps the bucket for itself, and only while variants are
// compared; what is seen there is counted for that page.
func TestBrowserCountsOnOtherSites(t *testing.T) {
	t.Parallel()
	host := newHostSite(t)
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+comparingNewsroom(t, host.URL))
	host.service, host.pay = s.base, "http://"+s.stripe
	tab := openPersonsBrowser(t)
	if err := chromedp.Do(tab, chromedp.Navigate(host.URL+"/harbour")); err != nil {
		t.Fatal(err)
	}
	awaitTrue(t, tab, "!!"+shown)
	awaitTrue(t, tab, `/^\d{1,3}$/.test(localStorage.getItem("readerfund.bucket")) && localStorage.length === 1 && document.cookie === ""`)
	const variants = `[...document.querySelectorAll("[data-readerfund]")].map(p => p.shadowRoot?.querySelector('input[name="variant"]')?.value).filter(Boolean).join(" ")`
	before, err := chromedp.Run(tab, chromedp.Evaluate[string](variants))
	if err != nil {
		t.Fatal(err)
	}
	first, second, two := strings.Cut(before, " ")
	if !two || first != second {
		t.Errorf("the two asks of one page are %q", before)
	}
	awaitTrue(t, tab, told+" === 1")
	if views := s.awaitViews(t, 1); views["embed "+first+" "+host.URL+"/harbour"] != 1 || len(views) != 1 {
		t.Errorf("views: %v", views)
	}
	if err := chromedp.Do(tab, chromedp.Navigate(host.URL+"/elsewhere")); err != nil {
		t.Fatal(err)
	}
	awaitTrue(t, tab, "!!"+shown)
	if after, err := chromedp.Run(tab, chromedp.Evaluate[string](variants)); err != nil || after != before {
		t.Errorf("the reader had %q and has %q, %v", before, after, err)
	}
}

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// aPerson is the User-Agent of a person's browser: that of the tests' own says
// that it has no screen, and is not counted.
const aPerson = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"

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

func openPersonsBrowser(t *testing.T) context.Context {
	t.Helper()
	tab := openScriptedBrowser(t, 3*time.Minute)
	if _, err := chromedp.Call(tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: aPerson}); err != nil {
		t.Fatal(err)
	}
	return tab
}

// told is how often the page told that an ask was seen.
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

func scrollTo(t *testing.T, tab context.Context, selector string) {
	t.Helper()
	if _, err := chromedp.Run(tab, chromedp.Evaluate[bool](`document.querySelector('`+selector+`').scrollIntoView({block: "start", behavior: "instant"}), true`)); err != nil {
		t.Fatal(err)
	}
}

// An ask is counted when it is scrolled to and stays in sight, not before, and
// once; it is the variant that this browser keeps.
func TestBrowserCountsWhatIsSeen(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+comparingNewsroom(t, "https://unused.example"))
	tab := openPersonsBrowser(t)
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+geneva)); err != nil {
		t.Fatal(err)
	}
	// The strip stands at the top. While its second passes, the others are out of sight.
	awaitTrue(t, tab, told+" === 1")
	scrollTo(t, tab, ".end .ask")
	awaitTrue(t, tab, told+" === 2")
	scrollTo(t, tab, ".place.strip")
	scrollTo(t, tab, ".place.inline")
	awaitTrue(t, tab, told+" === 3")
	// Back at the end for longer than it takes to be counted: it was.
	scrollTo(t, tab, ".end .ask")
	again, err := chromedp.Run(tab, chromedp.Evaluate[int](`new Promise(done => setTimeout(() => done(`+told+`), 2000))`, chromedp.EvalAwaitPromise))
	if err != nil || again != 3 {
		t.Errorf("told %d times, %v", again, err)
	}
	variant, err := chromedp.Run(tab, chromedp.Evaluate[string](variantShown))
	if err != nil {
		t.Fatal(err)
	}
	views := s.awaitViews(t, 3)
	for _, placement := range []string{"strip", "inline", "end"} {
		if n := views[placement+" "+variant+" geneva-joint-centre"]; n != 1 || len(views) != 3 {
			t.Errorf("%s: %d views of %v", placement, n, views)
		}
	}
	for range 3 {
		if err := chromedp.Do(tab, chromedp.Navigate(s.base+"/"), chromedp.Navigate(s.base+geneva)); err != nil {
			t.Fatal(err)
		}
		if now, err := chromedp.Run(tab, chromedp.Evaluate[string](variantShown)); err != nil || now != variant {
			t.Errorf("the reader had %s and has %s, %v", variant, now, err)
		}
	}
	page := s.signedIn(t).get(t, "/finance/appeals")
	if page.status != 200 || !strings.Contains(page.body, "keep-it-alive") {
		t.Errorf("the desk: %d\n%s", page.status, page.body)
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

package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/web/fixed"
)

// What an article may cost its reader.
const (
	maxWire     = 30_000 // bytes over the wire in all, headers included
	maxRequests = 4      // the page, its style, its script, and what it tells when it is left
)

// wire is what a page fetches, as the browser's own log has it.
type wire struct {
	mu       sync.Mutex
	requests map[network.RequestID]*fetched
}

// fetched is one request and what came back.
type fetched struct {
	url, coding, policy string
	bytes               float64 // headers and body as they were sent
	done                bool
}

// listen keeps the log of everything that the tab fetches from now on.
func (w *wire) listen(t *testing.T, tab context.Context) {
	t.Helper()
	if _, err := chromedp.Call(tab, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(tab, w.note); err != nil {
		t.Fatal(err)
	}
}

func (w *wire) note(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			w.requests[e.RequestID] = &fetched{url: e.Request.URL}
		}
	case *network.EventResponseReceived:
		if r := w.requests[e.RequestID]; r != nil {
			for name, value := range e.Response.Headers {
				switch text, _ := value.(string); http.CanonicalHeaderKey(name) {
				case "Content-Encoding":
					r.coding = text
				case "Content-Security-Policy":
					r.policy = text
				}
			}
		}
	case *network.EventLoadingFinished:
		if r := w.requests[e.RequestID]; r != nil {
			r.bytes, r.done = e.EncodedDataLength, true
		}
	case *network.EventLoadingFailed:
		if r := w.requests[e.RequestID]; r != nil {
			r.done = true
		}
	}
}

// clear forgets what was fetched.
func (w *wire) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = map[network.RequestID]*fetched{}
}

// finished waits until every request has its answer.
func (w *wire) finished(t *testing.T) []fetched {
	t.Helper()
	deadline, tick := time.After(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for {
		w.mu.Lock()
		var all []fetched
		open := 0
		for _, r := range w.requests {
			all = append(all, *r)
			if !r.done {
				open++
			}
		}
		w.mu.Unlock()
		if open == 0 && len(all) > 0 {
			return all
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("requests without an answer: %+v", all)
		}
	}
}

// watchShifts sums up every movement of what was there already that the reader did
// not cause (https://wicg.github.io/layout-instability/).
const watchShifts = `window.moved = []; new PerformanceObserver(list => {
	for (const e of list.getEntries()) if (!e.hadRecentInput)
		moved.push({value: e.value, what: e.sources.map(s => s.node?.outerHTML?.slice(0, 80) ?? String(s.node))});
}).observe({type: "layout-shift", buffered: true})`

// readOn scrolls to the end as a reader does, a screen at a time, and waits
// until what then comes has been drawn.
const readOn = `(async () => {
	const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
	for (let end = false; !end;) {
		const before = scrollY;
		scrollBy({top: innerHeight, behavior: "instant"});
		await drawn();
		end = scrollY === before;
	}
	await new Promise(done => setTimeout(done, 1500)); // the second that a view takes
	await drawn();
	return JSON.stringify({sum: moved.reduce((sum, m) => sum + m.value, 0), moved});
})()`

// An article of the sample newsroom, with all that it asks, costs its reader at
// most 30 kB and four requests to nobody but us, moves nothing and keeps nothing
// in the browser's cookies.
func TestBrowserArticleKeepsItsBudget(t *testing.T) {
	t.Parallel()
	s := bringUpWith(t, fixed.Press{}, "--ephemeral")
	tab := openScriptedBrowser(t, 4*time.Minute)
	if _, err := chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watchShifts}); err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	w.clear()
	w.listen(t, tab)
	for _, e := range editions() {
		for _, l := range []look{looks()[0], looks()[2]} {
			t.Run(e.language+" "+l.name, func(t *testing.T) {
				forgetEverything(t, tab)
				l.at(t, tab)
				w.clear()
				s.at("/articles/"+e.article)(t, tab)
				moved, err := chromedp.Run(tab, chromedp.Evaluate[string](readOn, chromedp.EvalAwaitPromise))
				if err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(moved, `{"sum":0,`) {
					t.Errorf("the page moved: %s", moved)
				}
				s.holdToBudget(t, w.finished(t))
				cookies, err := chromedp.Call(tab, network.GetCookies, network.GetCookiesParams{URLs: []string{s.base + "/"}})
				if err != nil {
					t.Fatal(err)
				}
				if len(cookies.Cookies) > 0 {
					t.Errorf("cookies on the first view: %+v", cookies.Cookies[0])
				}
			})
		}
	}
}

// Who stays at each ask until it counts as seen, turns away, comes back and stays again
// has made no more requests than the budget allows: what was seen is told in one.
func TestBrowserWhoStaysKeepsTheBudget(t *testing.T) {
	t.Parallel()
	s := bringUpWith(t, fixed.Press{}, "--ephemeral")
	tab := openScriptedBrowser(t, 4*time.Minute)
	w := &wire{}
	w.clear()
	w.listen(t, tab)
	for _, e := range editions() {
		t.Run(e.language, func(t *testing.T) {
			forgetEverything(t, tab)
			w.clear()
			s.at("/articles/"+e.article)(t, tab)
			for range 2 {
				for _, ask := range []string{".place.strip", ".place.inline", ".end .ask"} {
					staysAt(t, tab, ask)
				}
				turnAway(t, tab)
				awaitTrue(t, tab, told+" === 1")
				turnBack(t, tab)
			}
			all := w.finished(t)
			s.holdToBudget(t, all)
			if len(all) != maxRequests {
				t.Errorf("%d requests, with what was seen they are %d", len(all), maxRequests)
			}
		})
	}
}

func (s *testStack) holdToBudget(t *testing.T, all []fetched) {
	t.Helper()
	sum, list := 0.0, ""
	for _, r := range all {
		sum += r.bytes
		list += fmt.Sprintf("\n%6.0f %4s %s", r.bytes, r.coding, r.url)
		if !strings.HasPrefix(r.url, s.base+"/") {
			t.Errorf("a request to somebody else: %s", r.url)
		}
		if strings.HasPrefix(r.url, s.base+"/articles/") && (r.coding != "br" || r.policy == "" || strings.Contains(r.policy, "unsafe")) {
			t.Errorf("the page comes by %q under the policy %q", r.coding, r.policy)
		}
	}
	t.Logf("%.0f bytes, %d requests:%s", sum, len(all), list)
	if sum > maxWire || len(all) > maxRequests {
		t.Errorf("%.0f bytes in %d requests, the budget is %d in %d:%s", sum, len(all), maxWire, maxRequests, list)
	}
}

// forgetEverything makes the browser's next visit its first.
func forgetEverything(t *testing.T, tab context.Context) {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, network.ClearBrowserCache, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
}

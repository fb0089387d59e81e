package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/campaign"
)

// fewViews is the sample newsroom with an appeal that each browser shows twice in
// each place.
func fewViews(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, campaign.Sample()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "appeals", "keep-it-alive.yaml")
	appeal, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(appeal), "views: 10", "views: 2", 1)
	if changed == string(appeal) {
		t.Fatal("the sample appeal has no cap to change")
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

const geneva = "/articles/geneva-joint-centre"

// visible tells which places of a page a reader can see, and whether they ask or
// thank: "strip asks, inline thanks".
const visible = `(() => {
	const seen = e => !!e && e.getClientRects().length > 0 && getComputedStyle(e).visibility === "visible";
	const all = [...document.querySelectorAll(".place")].map(p => {
		const kind = ["banner", "strip", "inline"].find(k => p.classList.contains(k));
		return seen(p.querySelector(".asking")) ? kind + " asks" : seen(p.querySelector(".thanked")) ? kind + " thanks" : "";
	});
	if (seen(document.querySelector(".end .ask"))) all.push("end asks");
	if (seen(document.querySelector(".gave-thanks"))) all.push("end thanks");
	return all.filter(Boolean).join(", ");
})()`

func wantVisible(t *testing.T, tab context.Context, when, want string) {
	t.Helper()
	got, err := chromedp.Run(tab, chromedp.Evaluate[string](visible))
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%s: the page shows %q, want %q", when, got, want)
	}
}

// awaitTrue waits until an expression holds in the page.
func awaitTrue(t *testing.T, tab context.Context, expression string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		if holds, err := chromedp.Run(tab, chromedp.Evaluate[bool](expression)); err != nil {
			t.Fatal(err)
		} else if holds {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("it never came true that %s", expression)
		}
	}
}

// seenTimes is true once the browser noted n views of a place.
func seenTimes(place string, n int) string {
	wanted, _ := json.Marshal(place) // a string always can be
	count, _ := json.Marshal(n)
	return `(() => {
		try {
			const kept = JSON.parse(localStorage.getItem("readerfund.asked")) || {};
			return (kept.seen || []).filter(e => e && e[0] === ` + string(wanted) + `).length === ` + string(count) + `;
		} catch { return false; } // what the test put there
	})()`
}

func emptyStorage(t *testing.T, tab context.Context, s *testStack) {
	t.Helper()
	s.at("/thanks")(t, tab) // a page of ours that asks for nothing
	if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`localStorage.clear()`)); err != nil {
		t.Fatal(err)
	}
}

// TestBrowserPlacements is one stack for all that strip, card, banner and the ask
// at the end do in a browser; each part has a browser of its own.
func TestBrowserPlacements(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+fewViews(t))
	for _, part := range []struct {
		name string
		hold func(*testing.T)
	}{
		{"bounds", s.asksWithinBounds}, {"no memory", s.asksWithoutMemory}, {"thanks", s.thanksThoseWhoGave},
		{"nothing moves", s.placementsMoveNothing}, {"on paper", s.printsTheArticleAlone}, {"pictures", s.picturesOfPlacements},
	} {
		t.Run(part.name, part.hold)
	}
}

// A browser asks as often as the appeal allows and no more, counts only what was
// really on its screen, and remembers what its reader put away.
func (s *testStack) asksWithinBounds(t *testing.T) {
	tab := openScriptedBrowser(t, 4*time.Minute)

	t.Run("cap", func(t *testing.T) {
		emptyStorage(t, tab, s)
		for view := 1; view <= 2; view++ {
			s.at(geneva)(t, tab)
			wantVisible(t, tab, "below the cap", "strip asks, inline asks, end asks")
			awaitTrue(t, tab, seenTimes("keep-it-alive strip", view))
		}
		awaitTrue(t, tab, seenTimes("keep-it-alive inline", 0))
		s.at(geneva)(t, tab)
		wantVisible(t, tab, "after two views of the strip", "inline asks, end asks")
		if err := chromedp.Do(tab, chromedp.ScrollIntoView(chromedp.CSS(".inline"))); err != nil {
			t.Fatal(err)
		}
		awaitTrue(t, tab, seenTimes("keep-it-alive inline", 1))
		s.at("/")(t, tab)
		wantVisible(t, tab, "the banner is counted by itself", "banner asks")
		awaitTrue(t, tab, seenTimes("keep-it-alive banner", 1))
	})

	t.Run("put away", func(t *testing.T) {
		emptyStorage(t, tab, s)
		s.at(geneva)(t, tab)
		if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(".strip .away"))); err != nil {
			t.Fatal(err)
		}
		wantVisible(t, tab, "after a click", "end asks")
		for _, address := range []string{geneva, "/", "/articles/tarrow-river-gauges"} {
			s.at(address)(t, tab)
			want := "end asks"
			if address == "/" {
				want = ""
			}
			wantVisible(t, tab, "on the next page, "+address, want)
		}
		// Thirty days and an hour later.
		if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`localStorage.setItem("readerfund.asked", JSON.stringify({
			away: [["keep-it-alive", Math.floor(Date.now() / 1000) - 30 * 86400 - 3600]]}))`)); err != nil {
			t.Fatal(err)
		}
		s.at(geneva)(t, tab)
		wantVisible(t, tab, "when its time is over", "strip asks, inline asks, end asks")
	})

	t.Run("storage that holds something else", func(t *testing.T) {
		for _, stored := range []string{`null`, `7`, `{`, `{"seen":7,"away":{"a":1}}`, `{"seen":[null,["keep-it-alive strip","x"],[]],"away":[["keep-it-alive",1e99]]}`} {
			emptyStorage(t, tab, s)
			value, err := json.Marshal(stored)
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"readerfund.asked", "readerfund.gave"} {
				if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`localStorage.setItem("`+key+`", `+string(value)+`)`)); err != nil {
					t.Fatal(err)
				}
			}
			s.at(geneva)(t, tab)
			wantVisible(t, tab, stored, "strip asks, inline asks, end asks")
			awaitTrue(t, tab, seenTimes("keep-it-alive strip", 1))
		}
	})

	t.Run("a long log stays short", func(t *testing.T) {
		emptyStorage(t, tab, s)
		if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`localStorage.setItem("readerfund.asked", JSON.stringify({
			seen: Array.from({length: 400}, (_, i) => ["other strip", Math.floor(Date.now() / 1000) - 400 + i])}))`)); err != nil {
			t.Fatal(err)
		}
		s.at(geneva)(t, tab)
		awaitTrue(t, tab, seenTimes("keep-it-alive strip", 1)+` && JSON.parse(localStorage.getItem("readerfund.asked")).seen.length === 50`)
	})
}

// Where a browser keeps nothing, and where it runs no scripts, everybody is asked,
// and an ask can still be put away for this once.
func (s *testStack) asksWithoutMemory(t *testing.T) {
	tab := openScriptedBrowser(t, 2*time.Minute)
	forbidden, err := chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.wrong = []; addEventListener("error", e => wrong.push(e.message));
			Object.defineProperty(window, "localStorage", {get() { throw new DOMException("denied", "SecurityError"); }})`,
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.at(geneva)(t, tab)
		wantVisible(t, tab, "without storage", "strip asks, inline asks, end asks")
		if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(".strip .away"))); err != nil {
			t.Fatal(err)
		}
		wantVisible(t, tab, "without storage, put away", "end asks")
		if wrong, err := chromedp.Run(tab, chromedp.Evaluate[string](`wrong.join()`)); err != nil || wrong != "" {
			t.Errorf("%s %v", wrong, err)
		}
	}
	if _, err := chromedp.Call(tab, page.RemoveScriptToEvaluateOnNewDocument, page.RemoveScriptToEvaluateOnNewDocumentParams(forbidden)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.at(geneva)(t, tab)
		wantVisible(t, tab, "without scripts", "strip asks, inline asks, end asks")
		for _, step := range []struct{ put, left string }{{".strip .away", "inline asks, end asks"}, {".inline .away", "end asks"}} {
			if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(step.put))); err != nil {
				t.Fatal(err)
			}
			wantVisible(t, tab, "without scripts, after "+step.put, step.left)
		}
	}
}

// A reader who gave is thanked once on a page, in the same room that the ask has
// there, and can give again.
func (s *testStack) thanksThoseWhoGave(t *testing.T) {
	tab := openScriptedBrowser(t, 4*time.Minute)
	heights := func() string {
		t.Helper()
		all, err := chromedp.Run(tab, chromedp.Evaluate[string](`[...document.querySelectorAll(".strip, .inline")].map(p => p.offsetHeight).join()`))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	s.at(geneva)(t, tab)
	before := heights()
	s.at(s.give(t, gift("one_time", "25", "USD")))(t, tab)
	awaitTrue(t, tab, `!!localStorage.getItem("readerfund.gave")`)
	w := &wire{}
	w.clear()
	w.listen(t, tab)
	s.at(geneva)(t, tab)
	wantVisible(t, tab, "after a gift", "strip thanks")
	staysAt(t, tab, ".place.strip")
	awaitTrue(t, tab, seenTimes("thanks strip", 1))
	turnAway(t, tab) // which is when a page tells what was seen
	turnBack(t, tab)
	for _, r := range w.finished(t) {
		if strings.HasSuffix(r.url, "/seen") {
			t.Error("thanks are counted as a view of an ask")
		}
	}
	strip, _, _ := strings.Cut(before, ",")
	if after := heights(); after != strip+",0" {
		t.Errorf("with thanks strip and card are %s high, with asks %s", after, before)
	}
	keepPicture(t, tab, "placements-thanked")
	if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(".strip .thanked a"))); err != nil {
		t.Fatal(err)
	}
	wantVisible(t, tab, "when they give again", "strip thanks, end asks")
	s.at("/")(t, tab)
	wantVisible(t, tab, "on the front page", "banner thanks")

	// 61 days after a single gift it is time to ask; a recurring one is thanked for.
	for kind, want := range map[string]string{"one_time": "strip asks, inline asks, end asks", "monthly": "strip thanks"} {
		if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`localStorage.setItem("readerfund.gave", JSON.stringify({
			at: Math.floor(Date.now() / 1000) - 61 * 86400, kind: "`+kind+`"}))`)); err != nil {
			t.Fatal(err)
		}
		s.at(geneva)(t, tab)
		wantVisible(t, tab, "61 days after "+kind, want)
	}

	// Where the strip is put away the end thanks, and says for how long nobody asks.
	for kind, want := range map[string]string{"one_time": "For 60 days after your gift", "monthly": "For 13 months after your gift"} {
		if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`{ const now = Math.floor(Date.now() / 1000);
			localStorage.setItem("readerfund.gave", JSON.stringify({at: now, kind: "`+kind+`"}));
			localStorage.setItem("readerfund.asked", JSON.stringify({away: [["thanks", now]]})) }`)); err != nil {
			t.Fatal(err)
		}
		s.at(geneva)(t, tab)
		wantVisible(t, tab, "without the strip, "+kind, "end thanks")
		said, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector(".gave-thanks").innerText`))
		if err != nil || !strings.Contains(said, want) || strings.Count(said, "after your gift") != 1 {
			t.Errorf("%s: the end says %q, %v", kind, said, err)
		}
	}
	if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(".gave-thanks a"))); err != nil {
		t.Fatal(err)
	}
	wantVisible(t, tab, "when they give again without the strip", "end asks")
}

// Nothing moves by itself, whatever the browser remembers.
func (s *testStack) placementsMoveNothing(t *testing.T) {
	tab := openScriptedBrowser(t, 4*time.Minute)
	if _, err := chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watchShifts}); err != nil {
		t.Fatal(err)
	}
	now := `Math.floor(Date.now() / 1000)`
	for name, memory := range map[string]string{
		"nothing":  ``,
		"the cap":  `localStorage.setItem("readerfund.asked", JSON.stringify({seen: ["strip", "inline", "banner"].flatMap(p => [["keep-it-alive " + p, ` + now + `], ["keep-it-alive " + p, ` + now + `]])}))`,
		"put away": `localStorage.setItem("readerfund.asked", JSON.stringify({away: [["keep-it-alive", ` + now + `]]}))`,
		"a gift":   `localStorage.setItem("readerfund.gave", JSON.stringify({at: ` + now + `, kind: "monthly"}))`,
	} {
		for _, address := range []string{geneva, "/"} {
			t.Run(name+" "+address, func(t *testing.T) {
				emptyStorage(t, tab, s)
				if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](memory)); err != nil {
					t.Fatal(err)
				}
				s.at(address)(t, tab)
				moved, err := chromedp.Run(tab, chromedp.Evaluate[string](readOn, chromedp.EvalAwaitPromise))
				if err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(moved, `{"sum":0,`) {
					t.Errorf("the page moved: %s", moved)
				}
			})
		}
	}
}

// On paper nothing asks, to whomever, and the page says where it is from.
func (s *testStack) printsTheArticleAlone(t *testing.T) {
	tab := openScriptedBrowser(t, 2*time.Minute)
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	for _, memory := range []string{``, `localStorage.setItem("readerfund.gave", JSON.stringify({at: Math.floor(Date.now() / 1000), kind: "monthly"}))`} {
		emptyStorage(t, tab, s)
		if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](memory)); err != nil {
			t.Fatal(err)
		}
		s.at(geneva)(t, tab)
		wantVisible(t, tab, "on paper", "")
		text, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.body.innerText`))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{s.base + geneva, "15 September 2016", "The Meridian Times"} {
			if !strings.Contains(text, word) {
				t.Errorf("on paper there is no %s", word)
			}
		}
		for _, word := range []string{"Support us", "$", "Give", "Read more"} {
			if strings.Contains(text, word) {
				t.Errorf("on paper stands %s", word)
			}
		}
	}
	keepPicture(t, tab, "placements-article-print")
}

// A sheet of pictures for those who judge how it looks.
func (s *testStack) picturesOfPlacements(t *testing.T) {
	tab := openScriptedBrowser(t, 4*time.Minute)
	for _, width := range []struct {
		name string
		px   int64
	}{{"360", 360}, {"768", 768}, {"1280", 1280}} {
		for _, scheme := range []string{"light", "dark"} {
			if err := chromedp.Do(tab, chromedp.EmulateViewport(width.px, 900)); err != nil {
				t.Fatal(err)
			}
			if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			}); err != nil {
				t.Fatal(err)
			}
			for name, address := range map[string]string{"front": "/", "article": geneva, "ask": "/donate/independent-journalism", "arabic": "/articles/maqayis-nahr-tarrow"} {
				s.at(address)(t, tab)
				wide, err := chromedp.Run(tab, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
				if err != nil {
					t.Fatal(err)
				}
				if wide > width.px {
					t.Errorf("%s is %d pixels wide on a screen of %d", name, wide, width.px)
				}
				keepPicture(t, tab, strings.Join([]string{"placements", name, width.name, scheme}, "-"))
			}
		}
	}
}

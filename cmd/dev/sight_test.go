package main

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// aPerson is the User-Agent of a person's browser: that of the tests' own says
// that it has no screen, and is not counted.
const aPerson = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"

// openPersonsBrowser opens a phone whose reader is counted. It is all of the browser that
// says so: what a page sends while it is left does not carry what a tab was told to say.
func openPersonsBrowser(t *testing.T) context.Context {
	t.Helper()
	return openScriptedBrowser(t, 3*time.Minute, chromedp.UserAgent(aPerson))
}

// openAnotherTab opens one in the same browser, in a window of its own.
func openAnotherTab(t *testing.T, tab context.Context) context.Context {
	t.Helper()
	other, closeTab := chromedp.NewContext(tab)
	t.Cleanup(closeTab)
	if err := chromedp.Do(other, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile)); err != nil {
		t.Fatal(err)
	}
	return other
}

// staysAt scrolls to something and stays there for longer than the second after which
// it counts as seen. The page's own clock of that second was set before this one.
func staysAt(t *testing.T, tab context.Context, selector string) {
	t.Helper()
	said := evaluateSoon[bool](t, tab, `(async () => {
		document.querySelector('`+selector+`').scrollIntoView({block: "start", behavior: "instant"});
		for (let frame = 0; frame < 3; frame++) await new Promise(done => requestAnimationFrame(done));
		await new Promise(done => setTimeout(done, 1300));
		return true;
	})()`)
	if !said {
		t.Fatalf("there is no %s", selector)
	}
}

// evaluateSoon is evaluate for what the page has to wait for.
func evaluateSoon[T any](t *testing.T, tab context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(tab, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// turnAway takes the window of a tab out of the reader's sight, and waits until its page
// knows; turnBack shows it again.
func turnAway(t *testing.T, tab context.Context) {
	t.Helper()
	inSight(t, tab, "minimized", "hidden")
}

func turnBack(t *testing.T, tab context.Context) {
	t.Helper()
	inSight(t, tab, "normal", "visible")
}

func inSight(t *testing.T, tab context.Context, state browser.WindowState, known string) {
	t.Helper()
	window, err := chromedp.Call(tab, browser.GetWindowForTarget, browser.GetWindowForTargetParams{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, browser.SetWindowBounds, browser.SetWindowBoundsParams{
		WindowID: window.WindowID, Bounds: &browser.Bounds{WindowState: state},
	}); err != nil {
		t.Fatal(err)
	}
	awaitTrue(t, tab, `document.visibilityState === "`+known+`"`)
}

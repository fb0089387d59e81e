package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/cmd/dev/axe"
)

// A gift of this minute is on the overview of the finance desk, in a browser that runs
// no scripts: its currency can be chosen, and the figures of a chart opened by the
// keyboard. No rule of axe is broken on it or on the audit's page, in any look.
func TestBrowserOverview(t *testing.T) {
	t.Parallel()
	source, err := axe.Source(t.Context(), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	s := bringUp(t, "--ephemeral")
	tab := openScriptedBrowser(t, 6*time.Minute)
	does := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(tab, steps...); err != nil {
			keepPicture(t, tab, "overview-stuck")
			t.Fatal(err)
		}
	}
	holds := func(selector string, wanted ...string) {
		t.Helper()
		words, err := chromedp.Run(tab, chromedp.Text(chromedp.CSS(selector)))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wanted {
			if !strings.Contains(words, want) {
				t.Errorf("%s lacks %q:\n%s", selector, want, words)
			}
		}
	}
	looked := func(name string) {
		t.Helper()
		scripts(t, tab, true)
		for _, l := range looks() {
			l.at(t, tab)
			for _, line := range broken(t, tab, source) {
				t.Errorf("%s, %s: %s", name, l.name, line)
			}
			keepPicture(t, tab, "desk-"+name+"-"+strings.NewReplacer(", ", "-").Replace(l.name))
		}
		scripts(t, tab, false)
		looks()[2].at(t, tab)
	}
	a := s.financeAdmin(t)
	scripts(t, tab, false)
	looks()[2].at(t, tab)
	does(chromedp.Navigate(s.base+"/finance"), see(`#password`), fill(`#email`, a.email), fill(`#password`, a.password), click(`.fields button`),
		see(`#code`), fill(`#code`, codeOf(t, a.secret)), click(`.fields button`), see(`#needs`))
	holds(`main`, "No gift is in the books yet")
	looked("overview-empty")

	s.give(t, gift("one_time", "25", "EUR"))
	s.give(t, gift("monthly", "10", "EUR"))
	s.give(t, gift("annual", "60", "USD"))
	does(chromedp.Navigate(s.base+"/finance"), see(`.cards`))
	holds(`.cards li:first-child`, "35.00", "EUR", "2 gifts")
	holds(`[aria-labelledby="by-kind"]`, "One-time", "25.00", "each month", "10.00")
	holds(`[aria-labelledby="by-article"]`, "geneva-joint-centre")
	holds(`[aria-labelledby="base-now"]`, "Active", "10.00 from 1")
	does(click(`.switch a[href*="currency=USD"]`), see(`.switch a[href*="currency=USD"][aria-current]`))
	holds(`.cards li:last-child`, "60.00", "USD", "1 gift")
	does(chromedp.Focus(chromedp.CSS(`#days ~ details summary`)), chromedp.SendKeys(chromedp.CSS(`#days ~ details summary`), " "), see(`#days-table`))
	looked("overview")

	does(chromedp.Navigate(s.base+"/finance/audit"), see(`.audit`))
	holds(`main`, "sign in", "The chain is whole")
	looked("audit")
}

package main

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A gift of this minute is on the overview of the finance desk, in a browser that runs
// no scripts: its currency can be chosen, and the figures of a chart opened by the
// keyboard. No rule of axe is broken on it or on the audit's page, in any look.
func TestBrowserOverview(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	d := s.visitsDesk(t, "desk", 6*time.Minute, looks()[2], looks()[3], looks()[0], looks()[1])
	d.signsIn("/finance", `#needs`)
	d.holds(`main`, "No gift is in the books yet")
	d.looked("overview-empty")

	s.give(t, gift("one_time", "25", "EUR"))
	s.give(t, gift("monthly", "10", "EUR"))
	s.give(t, gift("annual", "60", "USD"))
	d.goes("/finance", `.cards`)
	d.holds(`.cards li:first-child`, "35.00", "EUR", "2 gifts")
	d.holds(`[aria-labelledby="by-kind"]`, "One-time", "25.00", "each month", "10.00")
	d.holds(`[aria-labelledby="by-article"]`, "geneva-joint-centre")
	d.holds(`[aria-labelledby="base-now"]`, "Active", "10.00 from 1")
	d.does(click(`.switch a[href*="currency=USD"]`), see(`.switch a[href*="currency=USD"][aria-current]`))
	d.holds(`.cards li:last-child`, "60.00", "USD", "1 gift")
	d.does(chromedp.Focus(chromedp.CSS(`#days ~ details summary`)), chromedp.SendKeys(chromedp.CSS(`#days ~ details summary`), " "), see(`#days-table`))
	d.looked("overview")

	d.goes("/finance/audit", `.audit`)
	d.holds(`main`, "sign in", "The chain is whole")
	d.looked("audit")
}

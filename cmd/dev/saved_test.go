package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/cmd/dev/mailbox"
	"github.com/readerfund/readerfund/payments/calendar"
)

// Somebody of the finance desk saves an export in a browser that runs no scripts, gives
// it a schedule, a folder and themselves as a reader, runs it, finds its file in the
// folder and the letter in the mail, changes it and deletes it. No page on the way breaks
// a rule of axe.
func TestBrowserSavedExports(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	d := s.visitsDesk(t, "saved", 3*time.Minute, looks()...)
	d.signsIn("/finance/exports", `.none`)
	d.does(click(`main .button + .button`), see(`.none`))
	d.looked("none")
	d.does(click(`main .button`), see(`#f-name`))
	d.looked("new")
	d.does(fill(`#f-name`, "Month end"), fill(`#f-period`, "last month"), fill(`#f-every`, "each month"), fill(`#f-day`, "3"),
		fill(`#f-folder`, "../outside"), click(`.told input`), click(`main form > .go button`), see(`#problem`))
	d.holds(`#problem`, "small letters")
	d.looked("wrong")
	d.does(mend(`#f-folder`, "month-end"), click(`main form > .go button`), see(`#turns`))
	d.holds(`.known`, "each month on day 3 at 06:00", "month-end", "last month")
	d.looked("kept")
	d.does(click(`form[action$="/run"] button`), see(`.state.good`))

	lastMonth := calendar.Of(time.Now().UTC())
	name := calendar.Date(lastMonth.Year, lastMonth.Month-1, 1).UTC().Format("donations-2006-01.csv")
	file := filepath.Join(s.data, "exports", "month-end", name)
	s.until(t, func() bool {
		_, err := os.Stat(file)
		return err == nil && s.count(t, `select count(*) from saved_turns where placed_at is not null`) == 1
	})
	var letter mailbox.Message
	s.until(t, func() bool {
		for _, m := range s.mailbox.Messages() {
			if strings.HasPrefix(m.Subject, "Export ready: Month end") {
				letter = m
			}
		}
		return letter.Subject != ""
	})
	if !strings.Contains(letter.Text, s.base+"/finance/exports/runs/exp_") || len(letter.Attachments) > 0 {
		t.Errorf("the letter: %+v", letter)
	}
	d.goes("/finance/exports/saved", `.rows .state.good`)
	d.holds(`.rows`, "Month end", "each month on day 3 at 06:00", "done")
	d.looked("list")
	d.does(click(`.rows a`), see(`.rows .state.good`))
	d.holds(`.rows`, name, "1 of 1 sent")
	d.looked("ran")
	d.does(click(`main .button`), see(`#f-name`))
	d.looked("change")
	d.does(fill(`#f-every`, "each week"), fill(`#f-weekday`, "Friday"), click(`main form > .go button`), see(`#turns`))
	d.holds(`.known`, "each Friday at 06:00", "Changed")
	d.does(click(`main .button + .button`), see(`.ask`))
	d.looked("delete")
	d.does(click(`.fields button`), see(`.none`))
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/cmd/dev/axe"
)

// donor is a reader who gives each month and looks after that with a phone.
type donor struct {
	*testStack
	t     *testing.T
	tab   context.Context
	email string
	lang  string
	rules string // axe's, where scripts run
}

// Readers in each language, with a phone, with and without scripts, come by a
// mailed link to their gifts, take a receipt, change, pause, resume and stop what
// they give each month; the books follow, and no page breaks a rule of axe.
func TestBrowserManage(t *testing.T) {
	t.Parallel()
	source, err := axe.Source(t.Context(), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	s := bringUp(t, "--ephemeral")
	tab := openScriptedBrowser(t, 7*time.Minute)
	for _, e := range editions() {
		for _, scripts := range []bool{true, false} {
			name := map[bool]string{true: "with scripts", false: "without scripts"}[scripts]
			t.Run(e.language+" "+name, func(t *testing.T) {
				d := &donor{testStack: s, t: t, tab: tab, lang: e.language, email: fmt.Sprintf("%s.%t@example.org", e.language, scripts)}
				looks()[0].at(t, tab)
				d.scripts(scripts)
				if scripts {
					d.rules = source
				}
				d.gives(e)
				d.comesIn()
				d.takesReceipt()
				d.changesTheGift()
				d.changesTheCard()
				if scripts {
					d.pagesAreAccessible(e)
				}
				d.stopsTheGift()
				d.leaves()
				if scripts {
					d.lettersAreAccessible()
				}
			})
		}
	}
	s.settled(t)
	s.agreesWithStripe(t)
}

func (d *donor) scripts(run bool) {
	d.t.Helper()
	if _, err := chromedp.Call(d.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *donor) gives(e edition) {
	d.t.Helper()
	a := d.post(d.t, d.payPage(d.t, d.begin(d.t, e.gift("monthly", "10"))), url.Values{
		"method": {"card"}, "card_number": {goodCard}, "email": {d.email}, "name": {"Ada Reader"}})
	if a.status != http.StatusSeeOther {
		d.t.Fatalf("paying: %d %s", a.status, words(a.body))
	}
	d.settled(d.t)
}

func (d *donor) does(steps ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.tab, 40*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		keepPicture(d.t, d.tab, "manage-stuck-"+d.lang)
		d.t.Fatal(err)
	}
}

func onPage(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

// comesIn asks for a link and follows the letter.
func (d *donor) comesIn() {
	d.t.Helper()
	d.does(chromedp.Navigate(d.base+"/manage?lang="+d.lang), onPage(`html[lang="`+d.lang+`"] #email`),
		chromedp.SendKeys(chromedp.CSS("#email"), d.email), chromedp.Click(chromedp.CSS("form.fill button")), onPage(".message h1"))
	link := ""
	d.until(d.t, func() bool {
		for _, m := range d.mailbox.Messages() {
			if slices.Contains(m.To, d.email) {
				link = regexp.MustCompile(`http://\S+/manage/open\?\S+`).FindString(m.Text)
			}
			if link != "" {
				return true
			}
		}
		return false
	})
	d.does(chromedp.Navigate(link), onPage(`html[lang="`+d.lang+`"] form.fill button`))
	keepPicture(d.t, d.tab, "manage-open-"+d.lang)
	d.does(chromedp.Click(chromedp.CSS("form.fill button")), onPage(".who"), onPage(".year li"))
	keepPicture(d.t, d.tab, "manage-gifts-"+d.lang)
}

// takesReceipt downloads what the page leads to, as the browser would.
func (d *donor) takesReceipt() {
	d.t.Helper()
	address, err := chromedp.Run(d.tab, chromedp.AttributeValue(chromedp.CSS(".paper a"), "href"))
	if err != nil {
		d.t.Fatal(err)
	}
	kept, err := chromedp.Call(d.tab, network.GetCookies, network.GetCookiesParams{URLs: []string{d.base + "/"}})
	if err != nil {
		d.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.absolute(address.Value), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range kept.Cookies {
		if c.Name == "reader" && c.HTTPOnly {
			req.Header.Add("Cookie", c.Name+"="+c.Value)
		}
	}
	a := d.do(d.t, req)
	if a.status != http.StatusOK || !strings.HasPrefix(a.body, "%PDF-") {
		d.t.Errorf("%s: %d %s", address.Value, a.status, a.header)
	}
}

// changes goes from the page of the gift through a form and waits for the books.
func (d *donor) changes(form, holds string, steps ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	d.does(append(append([]chromedp.Action[chromedp.Void]{chromedp.Click(chromedp.CSS(`.actions a[href*="/` + form + `?"]`)), onPage("form.fill button")}, steps...),
		chromedp.Click(chromedp.CSS("form.fill button")), onPage(".notice"))...)
	keepPicture(d.t, d.tab, "manage-"+form+"-"+d.lang)
	d.settled(d.t)
	d.until(d.t, func() bool {
		var n int
		err := d.db.QueryRow(d.t.Context(), `select count(*) from recurring_donations where donor_email = $1 and `+holds, d.email).Scan(&n)
		return err == nil && n == 1
	})
	d.does(chromedp.Navigate(d.base+d.gift()), onPage(".standing"))
}

// gift is the address of the page of the monthly gift.
func (d *donor) gift() string {
	return "/manage/recurring/" + d.text(d.t, `select recurring_id from recurring_donations where donor_email = $1`, d.email) + "?lang=" + d.lang
}

func (d *donor) changesTheGift() {
	d.t.Helper()
	d.does(chromedp.Click(chromedp.CSS(`.regular a[href^="/manage/recurring/"]`)), onPage(".actions"))
	d.changes("amount", "amount = 1200 and status = 'active'", chromedp.SendKeys(chromedp.CSS("#amount"), "12"))
	d.changes("pause", "status = 'paused'", chromedp.Click(chromedp.CSS(`input[name="months"][value="3"]`)))
	if d.rules != "" {
		path, query, _ := strings.Cut(d.gift(), "?")
		d.obeys("the gift that pauses", extremes())
		d.does(chromedp.Navigate(d.base+path+"/resume?"+query), onPage("form.fill button"))
		d.obeys("the end of a pause", extremes())
		d.does(chromedp.Navigate(d.base+path+"/amount?"+query), chromedp.SendKeys(chromedp.CSS("#amount"), "0.01"),
			chromedp.Click(chromedp.CSS("form.fill button")), onPage(".problems"))
		d.obeys("an amount to mend", extremes())
		d.does(chromedp.Navigate(d.base+d.gift()), onPage(".actions"))
	}
	d.changes("resume", "status = 'active'")
}

// changesTheCard follows the form to Stripe's page, as the policy of ours must let
// the browser, and comes back.
func (d *donor) changesTheCard() {
	d.t.Helper()
	d.does(chromedp.Click(chromedp.CSS(`.actions a[href*="/card?"]`)), onPage("form.fill button"))
	keepPicture(d.t, d.tab, "manage-card-"+d.lang)
	d.does(chromedp.Click(chromedp.CSS("form.fill button")), onPage("#card_number"),
		chromedp.SendKeys(chromedp.CSS("#card_number"), "5555555555554444"), chromedp.Click(chromedp.CSS("button[type=submit]")),
		onPage(`html[lang="`+d.lang+`"] .actions`))
}

func (d *donor) stopsTheGift() {
	d.t.Helper()
	d.does(chromedp.Navigate(d.base+d.gift()), onPage(".actions"))
	d.changes("cancel", "status = 'canceled'", chromedp.Click(chromedp.CSS(`input[name="reason"][value="reads_less"]`)),
		chromedp.SendKeys(chromedp.CSS("#comment"), "Until later!"))
	if n := d.count(d.t, `select count(*) from reader_changes where comment = 'Until later!' and reason = 'reads_less'`); n == 0 {
		d.t.Error("why is not kept")
	}
}

// leaves ends the visit: who comes next sees nothing of it.
func (d *donor) leaves() {
	d.t.Helper()
	d.does(chromedp.Navigate(d.base+"/manage?lang="+d.lang), onPage(".who"), chromedp.Click(chromedp.CSS(".who button")), onPage(".notice"), onPage("#email"))
}

// pagesAreAccessible holds every page of the reader's own to axe, and to the width
// of a small phone.
func (d *donor) pagesAreAccessible(e edition) {
	d.t.Helper()
	gift := d.gift()
	path, query, _ := strings.Cut(gift, "?")
	pages := []string{"/manage?" + query, gift, path + "/amount?" + query, path + "/card?" + query, path + "/pause?" + query, path + "/cancel?" + query,
		"/manage/data?" + query, "/manage/data/erase?" + query, "/manage/open?token=used&" + query}
	for _, page := range pages {
		d.does(chromedp.Navigate(d.base+page), onPage(`html[lang="`+e.language+`"][dir="`+e.direction+`"] main h1`))
		d.obeys(page, append(looks(), look{"small phone", 360, 740, "light"}))
	}
}

// lettersAreAccessible holds the letters that this reader got, opened as pages, to
// axe: the one with the link and those that confirm the four changes.
func (d *donor) lettersAreAccessible() {
	d.t.Helper()
	letters := map[string]string{}
	d.until(d.t, func() bool {
		for _, m := range d.mailbox.Messages() {
			if slices.Contains(m.To, d.email) && len(m.Attachments) == 0 {
				letters[m.Subject] = m.HTML
			}
		}
		return len(letters) == 5
	})
	for subject, letter := range letters {
		shownAlone(letter)(d.t, d.tab)
		d.does(onPage(`html[lang="` + d.lang + `"] main`))
		d.obeys(subject, extremes())
	}
}

// obeys holds the page that is shown to axe, in these looks, and to their widths.
func (d *donor) obeys(what string, all []look) {
	d.t.Helper()
	for _, l := range all {
		l.at(d.t, d.tab)
		if lines := broken(d.t, d.tab, d.rules); len(lines) > 0 {
			d.t.Errorf("%s, %s:\n%s", what, l.name, strings.Join(lines, "\n"))
		}
		width, err := chromedp.Run(d.tab, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
		if err != nil || width > l.width {
			d.t.Errorf("%s is %d pixels wide on a screen of %d, %v", what, width, l.width, err)
		}
	}
	looks()[0].at(d.t, d.tab)
}

// extremes are the two looks that have least in common.
func extremes() []look { return []look{looks()[0], looks()[3]} }

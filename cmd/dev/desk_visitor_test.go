package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/cmd/dev/axe"
)

// deskVisitor is somebody at the finance desk, in a browser that runs no scripts: the
// desk has none.
type deskVisitor struct {
	*testStack
	t     *testing.T
	tab   context.Context
	rules string // axe, as a script
	name  string // pictures begin with it
	looks []look // in which pages are looked at; the first is that of every step between
}

// visitsDesk opens a browser of its own, for as long as limit. name is what its pictures
// begin with.
func (s *testStack) visitsDesk(t *testing.T, name string, limit time.Duration, looks ...look) *deskVisitor {
	t.Helper()
	rules, err := axe.Source(t.Context(), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	d := &deskVisitor{testStack: s, t: t, tab: openScriptedBrowser(t, limit), rules: rules, name: name, looks: looks}
	scripts(t, d.tab, false)
	d.looks[0].at(t, d.tab)
	return d
}

// does goes on; where that cannot be done, a picture shows where it stuck.
func (d *deskVisitor) does(steps ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	if err := chromedp.Do(d.tab, steps...); err != nil {
		keepPicture(d.t, d.tab, d.name+"-stuck")
		d.t.Fatal(err)
	}
}

// goes opens a page and waits until something stands on it.
func (d *deskVisitor) goes(path, there string) {
	d.t.Helper()
	d.does(chromedp.Navigate(d.base+path), see(there))
}

// signsIn comes to a page of the desk as the stack's finance admin, and waits until
// something stands on it.
func (d *deskVisitor) signsIn(path, there string) {
	d.t.Helper()
	a := d.financeAdmin(d.t)
	d.goes(path, `#password`)
	d.password(a.email, a.password)
	d.does(fill(`#code`, codeOf(d.t, a.secret)), click(`.fields button`), see(there))
}

// password fills in the sign-in page, which then asks for a code.
func (d *deskVisitor) password(email, password string) {
	d.t.Helper()
	d.does(fill(`#email`, email), fill(`#password`, password), click(`.fields button`), see(`#code`))
}

// text is what can be read of a part of the page.
func (d *deskVisitor) text(selector string) string {
	d.t.Helper()
	words, err := chromedp.Run(d.tab, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		d.t.Fatal(err)
	}
	return words
}

// holds says which of these words cannot be read in a part of the page.
func (d *deskVisitor) holds(selector string, wanted ...string) {
	d.t.Helper()
	words := d.text(selector)
	for _, want := range wanted {
		if !strings.Contains(words, want) {
			d.t.Errorf("%s lacks %q:\n%s", selector, want, words)
		}
	}
}

// looked holds the page that is shown to axe's rules, which are scripts, in each look,
// and keeps a picture of it.
func (d *deskVisitor) looked(page string) {
	d.t.Helper()
	scripts(d.t, d.tab, true)
	for _, l := range d.looks {
		l.at(d.t, d.tab)
		for _, line := range broken(d.t, d.tab, d.rules) {
			d.t.Errorf("%s, %s: %s", page, l.name, line)
		}
		keepPicture(d.t, d.tab, d.name+"-"+page+"-"+strings.ReplaceAll(l.name, ", ", "-"))
	}
	scripts(d.t, d.tab, false)
	d.looks[0].at(d.t, d.tab)
}

package main

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// On a phone the form of the whole-page ask comes after all its words: a link at
// once below the headline leads to it. Where the form stands beside the words there
// is none.
func TestBrowserTheFormIsOnePressAway(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral", "TRUSTED_PROXIES=127.0.0.1")
	tab := openScriptedBrowser(t, 3*time.Minute)
	const link = ".to-form a"
	for i, e := range editions() {
		t.Run(e.language, func(t *testing.T) {
			r := s.travels(t, tab, e, false, i+1)
			look{"small phone", 360, 640, "light"}.at(t, tab)
			r.opens(wholeAsk + "?lang=" + e.language)
			r.does(see(link))
			if low := r.evaluated(t, tab, "", `JSON.stringify(scrollY === 0 && document.querySelector(".to-form a").getBoundingClientRect().bottom < innerHeight * 0.6)`); low != "true" {
				t.Error("the link is too far down the first screen")
			}
			r.does(click(link))
			at := r.evaluated(t, tab, "", `(() => {
				const seen = e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; };
				return ["f-monthly", "c-USD"].map(id => seen(document.getElementById(id))).join("/") + "/" + seen([...document.querySelectorAll(".give .amount")].find(e => e.offsetParent));
			})()`)
			if at != "true/true/true" {
				t.Errorf("of how often, currency and amounts these are seen: %s", at)
			}
			keepPicture(t, tab, "form-at-once-"+e.language)
			// Whoever goes on by the keyboard is in the form.
			r.does(chromedp.KeyEvent("\t"))
			if in := r.evaluated(t, tab, "", `document.activeElement.name`); in != "frequency" {
				t.Errorf("the next key leads to %q", in)
			}
			looks()[2].at(t, tab)
			r.opens(wholeAsk + "?lang=" + e.language)
			r.does(chromedp.WaitNotVisible(chromedp.CSS(link)))
		})
	}
	// Below an article the form is where its reader is.
	if n := s.evaluated(t, tab, s.base+"/articles/"+editions()[0].article, `String(document.querySelectorAll(".to-form").length)`); n != "0" {
		t.Errorf("an article has %s links to its form", n)
	}
}

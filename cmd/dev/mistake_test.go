package main

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A mistake is named above the form and once at its field, with scripts and without.
func TestBrowserNamesAMistakeOnce(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	for name, without := range map[string]bool{"with scripts": false, "without scripts": true} {
		t.Run(name, func(t *testing.T) {
			tab := openScriptedBrowser(t, 2*time.Minute)
			for _, e := range editions() {
				s.posted("/articles/"+e.article, "0.01")(t, tab)
				if without { // what was refused is sent once more, and read by a browser without
					if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
						t.Fatal(err)
					}
					if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(".give button")), chromedp.WaitVisible(chromedp.CSS("#custom_amount-wrong"))); err != nil {
						t.Fatal(err)
					}
				}
				sentence := said[string](t, tab, `document.querySelector(".problems a").innerText`)
				if n := strings.Count(said[string](t, tab, `document.querySelector(".ask").innerText`), sentence); n != 2 {
					t.Errorf("%s: %q stands %d times", e.language, sentence, n)
				}
				// The line at the field is the one that the field is described by.
				described := said[string](t, tab, `document.getElementById("custom_amount").getAttribute("aria-describedby").split(" ").map(id => document.getElementById(id)?.innerText).join(" ")`)
				if strings.Count(described, sentence) != 1 {
					t.Errorf("%s: the field is described by %q", e.language, described)
				}
				if without {
					if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false}); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

package main

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// On a small phone no page in any language is wider than the screen, and each
// runs in its own direction.
func TestBrowserLanguagesFitAPhone(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openBrowser(t)
	const width = 360
	if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 740, chromedp.EmulateMobile)); err != nil {
		t.Fatal(err)
	}
	for language, article := range map[string]string{
		"ar": "maqayis-nahr-tarrow", "de": "pegel-am-tarrow", "ru": "datchiki-na-tarrou", "en": "tarrow-river-gauges",
	} {
		direction := "ltr"
		if language == "ar" {
			direction = "rtl"
		}
		for name, target := range map[string]string{
			"front": "/?lang=" + language, "article": "/articles/" + article,
			"ask": "/donate/independent-journalism?lang=" + language, "nothing": "/nothing?lang=" + language,
		} {
			t.Run(language+" "+name, func(t *testing.T) {
				if err := chromedp.Do(tab, chromedp.Navigate(s.base+target),
					chromedp.WaitVisible(chromedp.CSS(`html[lang="`+language+`"][dir="`+direction+`"] main`))); err != nil {
					t.Fatal(err)
				}
				laid, err := chromedp.Call(tab, page.GetLayoutMetrics, cdp.Empty{})
				if err != nil {
					t.Fatal(err)
				}
				if got := laid.CSSContentSize.Width; got != width {
					t.Errorf("the page is %v pixels wide on a screen of %d", got, width)
				}
				keepPicture(t, tab, strings.Join([]string{"language", language, name}, "-"))
			})
		}
	}
}

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// brokenPresets are the labels of amounts in the ask that take more than one line,
// whatever is chosen.
const brokenPresets = `(() => {
	const all = [];
	for (const f of document.querySelectorAll('.give [name="frequency"]')) for (const c of document.querySelectorAll('.give [name="currency"]')) {
		f.click(); c.click();
		for (const label of document.querySelectorAll(".g-" + f.value + "-" + c.value + " .amount")) {
			const words = document.createRange();
			words.selectNodeContents(label);
			const { height, width } = words.getBoundingClientRect();
			if (height > 30 || width > label.offsetWidth) all.push(label.textContent);
		}
	}
	return all;
})()`

// unevenCard tells of buttons of the card that stand neither in one row nor each in
// one of its own, or take more than one line.
const unevenCard = `(() => {
	const all = [...document.querySelectorAll(".inline button")], rows = new Set(all.map(b => b.offsetTop)).size;
	const high = new Set(all.map(b => b.offsetHeight)).size;
	return all.length > 1 && (rows === 1 || rows === all.length) && high === 1 ? "" : all.map(b => b.textContent + " at " + b.offsetTop).join(", ");
})()`

// Amounts stand in even rows on the smallest phones, in languages that write the
// currency in words too.
func TestBrowserAmountsInEvenRows(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openScriptedBrowser(t, 3*time.Minute)
	for _, width := range []int64{320, 360, 390, 640} {
		if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900)); err != nil {
			t.Fatal(err)
		}
		for _, e := range editions() {
			s.at("/donate/independent-journalism?lang="+e.language)(t, tab)
			if broken := said[[]string](t, tab, brokenPresets); len(broken) != 0 {
				t.Errorf("%s at %d: amounts in two lines: %q", e.language, width, broken)
			}
			for _, currency := range []string{"USD", "CHF", "KWD"} {
				s.at("/articles/"+e.article+"?currency="+currency)(t, tab)
				if uneven := said[string](t, tab, unevenCard); uneven != "" {
					t.Errorf("%s %s at %d: the card has %s", e.language, currency, width, uneven)
				}
			}
		}
	}
}

// On a phone each term of the thank-you page has the whole line that it stands on;
// beside a long form the words of the ask stay in sight.
func TestBrowserUsesTheRoomThereIs(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openScriptedBrowser(t, 2*time.Minute)
	form := gift("one_time", "25", "USD")
	form.Set("cover_fees", "1")
	address := s.give(t, form)
	s.settled(t)
	s.at(address)(t, tab)
	const wide = `[...document.querySelectorAll(".thanks dl div")].map(row => {
		const dt = row.firstElementChild, beside = dt.offsetTop === dt.nextElementSibling.offsetTop;
		return beside ? "beside" : dt.offsetWidth === row.offsetWidth ? "whole" : "part";
	}).join(" ")`
	if got := said[string](t, tab, wide); !strings.Contains(got, "whole") || strings.Contains(got, "part") {
		t.Errorf("terms have %s of their lines", got)
	}
	if err := chromedp.Do(tab, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	if got := said[string](t, tab, `[...new Set([...document.querySelectorAll(".thanks dd")].map(dd => dd.offsetLeft))].length + ""`); got != "1" {
		t.Errorf("texts begin in %s places", got)
	}
	s.at("/donate/independent-journalism")(t, tab)
	top := said[float64](t, tab, `(() => { scrollTo(0, 300); return document.querySelector(".why").getBoundingClientRect().top })()`)
	if top != 32 {
		t.Errorf("beside the form the words stand at %v", top)
	}
}

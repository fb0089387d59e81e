package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// place is where something stands on the page, and how large it is.
type place struct{ X, Y, Width, Height float64 }

// standing gives the place of the button of the form in the window, once the page
// has been drawn.
const standing = `(async () => {
	await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
	const r = document.querySelector(".give button").getBoundingClientRect();
	return { X: r.x, Y: r.y, Width: r.width, Height: r.height };
})()`

func stands(t *testing.T, tab context.Context) place {
	t.Helper()
	at, err := chromedp.Run(tab, chromedp.Evaluate[place](standing, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// pressed types an amount and goes straight from the field to the button, with the
// mouse, and presses it as far down as deep says, from 0 to 1: near the lower edge a
// button that moves up is missed, near the upper one that moves down.
func pressed(amount string, deep float64) []chromedp.Action[chromedp.Void] {
	return []chromedp.Action[chromedp.Void]{
		fill("#custom_amount", amount),
		chromedp.Evaluate[chromedp.Void](`document.querySelector(".give button").scrollIntoView({ block: "center", behavior: "instant" })`),
		chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			at, err := chromedp.Run(ctx, chromedp.Evaluate[place](standing, chromedp.EvalAwaitPromise))
			if err != nil {
				return err
			}
			return chromedp.Do(ctx, chromedp.MouseClickXY(at.X+at.Width/2, at.Y+3+(at.Height-6)*deep))
		}),
	}
}

// A reader goes straight from the field to the button, which takes the press: what
// is wrong is said, and what is right leads on to the payment page.
func TestBrowserTheFirstPressCounts(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral", "TRUSTED_PROXIES=127.0.0.1")
	tab := openScriptedBrowser(t, 4*time.Minute)
	readers := 0
	for _, l := range []look{{"small phone", 360, 740, "light"}, looks()[2]} {
		for _, e := range editions() {
			readers++
			t.Run(e.language+" "+l.name, func(t *testing.T) {
				r := s.travels(t, tab, e, true, readers)
				l.at(t, tab)
				r.opens(wholeAsk + "?lang=" + e.language)
				r.does(pressed("0.25", 1)...)
				r.does(see(`.problems a[href="#custom_amount"]`))
				r.does(mend("#custom_amount", ""))
				r.does(pressed("1,00,0", 0)...)
				r.does(see(`#custom_amount[value="1,00,0"]`), see(`.problems a[href="#custom_amount"]`), see("#custom_amount-live"))
				// What the server says of it stands once, beside the field.
				const live = `document.getElementById("custom_amount-live").textContent`
				if got, want := said[string](t, tab, live), said[string](t, tab, `document.querySelector(".problems a").textContent`); got != want {
					t.Errorf("beside the field stands %q, above the form %q", got, want)
				}
				keepPicture(t, tab, fmt.Sprintf("refused-%s-%d", e.language, l.width))
				before := stands(t, tab)
				r.does(mend("#custom_amount", "33"))
				if after := stands(t, tab); after.Height != before.Height || said[string](t, tab, live) != "" {
					t.Errorf("mending moved the button from %v to %v", before, after)
				}
				r.does(pressed("1", 0.5)...)
				r.does(see("#card_number"))
				if n := s.count(t, `select count(*) from checkouts where amount = 33100`); n != readers {
					t.Errorf("%d gifts of 331 were begun, not %d", n, readers)
				}
			})
		}
	}
}

// Whatever is typed, in each language, currency and width, the button stays where
// it is, while one types and when the hand rests. The room that is kept for this under
// the hint is no hole: less than three lines where the hint is shortest.
func TestBrowserNothingMovesWhileTyping(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openScriptedBrowser(t, 4*time.Minute)
	for _, e := range editions() {
		for _, width := range []int64{320, 360, 1280} {
			look{height: 800, width: width, scheme: "light"}.at(t, tab)
			if err := chromedp.Do(tab, chromedp.Navigate(s.base+wholeAsk+"?lang="+e.language)); err != nil {
				t.Fatal(err)
			}
			moved, err := chromedp.Run(tab, chromedp.Evaluate[[]string](`(() => {
				const form = document.querySelector(".give"), own = document.getElementById("custom_amount"), button = form.querySelector("button"), all = [];
				const at = () => { const r = button.getBoundingClientRect(); return [r.top + scrollY, r.height].map(n => n.toFixed(1)).join(" + "); };
				for (const f of form.querySelectorAll('[name="frequency"]')) for (const c of form.querySelectorAll('[name="currency"]')) {
					f.click(); c.click();
					own.value = "";
					own.dispatchEvent(new Event("change", { bubbles: true }));
					const notes = form.querySelector(".notes"), hint = notes.querySelector(".range"), words = document.createRange();
					words.selectNodeContents(hint);
					const empty = (notes.getBoundingClientRect().bottom - words.getBoundingClientRect().bottom) / parseFloat(getComputedStyle(hint).lineHeight);
					if (!(empty < 2.5)) all.push([f.value, c.value, empty.toFixed(2), "empty lines under the hint"].join(" "));
					const before = at();
					for (const typed of ["7", "7500", "9999.99", "10000", "1000000", "-1", "ten", "1,00,0", "7.5055", ""]) {
						own.value = typed;
						for (const kind of ["input", "change"]) {
							own.dispatchEvent(new Event(kind, { bubbles: true }));
							if (at() !== before) all.push([f.value, c.value, JSON.stringify(typed), kind + ":", before, "to", at(), button.innerText].join(" "));
						}
					}
				}
				return all;
			})()`))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range moved {
				t.Errorf("%s, %d pixels: %s", e.language, width, m)
			}
		}
	}
}

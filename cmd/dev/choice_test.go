package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/money"
)

const wholeAsk = "/donate/independent-journalism"

// said runs an expression in the page.
func said[T any](t *testing.T, tab context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(tab, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%v: %s", err, expression)
	}
	return value
}

// typing puts a text into the field for one's own amount and leaves the field, as a
// reader does.
func typing(text string) string {
	quoted, _ := json.Marshal(text) // a string always can be
	return `(() => {
		const own = document.getElementById("custom_amount");
		own.value = ` + string(quoted) + `;
		own.dispatchEvent(new Event("input", { bubbles: true }));
		own.dispatchEvent(new Event("change", { bubbles: true }));
	})()`
}

func press(selector string) string {
	return `document.querySelector('` + selector + `').click()`
}

// The script writes amounts, and what is added for the fee, exactly as the server
// does, in every language and currency.
func TestBrowserFiguresAreTheServers(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openScriptedBrowser(t, 3*time.Minute)
	for _, language := range []string{"en", "de", "ru", "ar"} {
		if err := chromedp.Do(tab, chromedp.Navigate(s.base+wholeAsk+"?lang="+language)); err != nil {
			t.Fatal(err)
		}
		differ := said[[]string](t, tab, `(() => {
			const form = document.querySelector(".give"), own = document.getElementById("custom_amount"), all = [];
			let tried = 0;
			for (const f of form.querySelectorAll('[name="frequency"]')) for (const c of form.querySelectorAll('[name="currency"]')) {
				f.click(); c.click();
				const group = form.querySelector(".g-" + f.value + "-" + c.value), cover = group.querySelector(".cover");
				for (const [i, radio] of [...group.querySelectorAll('[type="radio"]')].entries()) {
					const label = group.querySelector('[for="' + radio.id + '"]').textContent;
					radio.click();
					const button = form.querySelector("button .for-" + f.value).textContent;
					if (!button.includes(label)) all.push("the button says " + button + " for " + label);
					if (!cover) continue;
					const figure = cover.querySelector(".n-" + i);
					if (getComputedStyle(figure).display === "none") all.push("hidden: " + figure.textContent);
					own.value = radio.value;
					own.dispatchEvent(new Event("input", { bubbles: true }));
					const typed = cover.querySelector(".n-own");
					if (typed.textContent !== figure.textContent || getComputedStyle(typed).display === "none" || getComputedStyle(figure).display !== "none")
						all.push(typed.textContent + " is not " + figure.textContent);
					own.value = "";
					own.dispatchEvent(new Event("input", { bubbles: true }));
					tried++;
				}
			}
			if (tried < 50) all.push("only " + tried + " were tried");
			return all;
		})()`)
		for _, difference := range differ {
			t.Errorf("%s: %s", language, difference)
		}
	}
}

// What the script calls wrong the server refuses, and what the server reads is the
// amount that the script shows.
func TestBrowserReadsAmountsAsTheServer(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openScriptedBrowser(t, 3*time.Minute)
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+wholeAsk)); err != nil {
		t.Fatal(err)
	}
	newsroom, err := campaign.Load(campaign.Sample(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{
		"25", "7.50", "7,50", "7,5", "0.5", "0", "-5", "−5", "ten", "$25", "25 €", "25 eur", "1 000", "1'000.50", "1,000", "1.000", "1.500", "1,500",
		"1.505", "7.505", "1,000.50", "1.000,50", "1,000,000", "1.234.567,5", "25,00,00", "1,00", ".50", "25.", ".", "٢٥٫٥٠", "۲۵", "１２", "२५", "500.5", "500.00",
		"10000", "10000.01", "99999999999", "1e3", "0x10", "5%", "£5", "¥500", "5 5", "1 00", "KWD 3",
		"\u200f12", "12\u200f", "\u200e12", "12\u061c", "\u200f$12", "\u200f1\u200f000", "\ufeff12", "\u200f", "1٬000", "1٬000٫5", "'10", "100’", "'$10’", "$ '10",
		"٬10", "10٬", "1٬5", "10٬50", "100٬0", "1٬000٬00", "٢٬٥٠٠", "1_000", "_10", "USD $5", "Usd 5", "usd 5", "1 000.000", "1 000.500", "1 000,500", "0.500", "0,500", "00,500", ",500", "1234,500", "1\u00a0000", "1\u202f000.5",
	}
	for _, terms := range newsroom.Site.Currencies {
		c := terms.Currency
		said[any](t, tab, press("#c-"+string(c)))
		for _, text := range texts {
			said[any](t, tab, typing(text))
			got := said[[]string](t, tab, `(() => {
				const own = document.getElementById("custom_amount");
				return [own.getAttribute("aria-invalid") || "", document.getElementById("custom_amount-live").textContent, document.querySelector("button .for-monthly").textContent];
			})()`)
			amount, err := money.Parse(text, c)
			good := err == nil && amount.Cmp(terms.Min) >= 0 && amount.Cmp(terms.Max) <= 0
			switch {
			case good && got[0] != "":
				t.Errorf("%s %q: the server takes %s, the script says %q", c, text, amount, got[1])
			case good && c != "KWD" && got[2] != "Give monthly" && !strings.Contains(got[2], amount.Display()):
				t.Errorf("%s %q: the server reads %s, the button says %q", c, text, amount, got[2])
			case !good && got[2] != "Give monthly":
				t.Errorf("%s %q: the server refuses it (%v), the button says %q", c, text, err, got[2])
			case (got[0] == "true") != (got[1] != ""):
				t.Errorf("%s %q: invalid is %q, the sentence %q", c, text, got[0], got[1])
			}
		}
	}
	described := said[string](t, tab, `document.getElementById("custom_amount").getAttribute("aria-describedby")`)
	if !strings.HasPrefix(described, "custom_amount-live ") {
		t.Errorf("the field is described by %q", described)
	}
}

// frames keeps what each frame showed of the form, from the first on, and what moved.
const frames = `(() => {
	window.shown = []; window.moved = 0;
	new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.moved += e.value; })
		.observe({ type: "layout-shift", buffered: true });
	const look = () => {
		const form = document.querySelector(".give"), of = name => form.querySelector('[name="' + name + '"]:checked')?.value;
		if (form && form.querySelector("button"))
			window.shown.push([of("frequency"), of("currency"), document.getElementById("custom_amount").value, form.querySelector("button").innerText].join(" | "));
		if (window.shown.length < 20) requestAnimationFrame(look);
	};
	requestAnimationFrame(look);
})()`

// What a reader chose is chosen at the next visit, from the first frame on, and
// nothing moves. What is shown by default is nobody's choice and is not kept.
func TestBrowserRemembersTheChoice(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openScriptedBrowser(t, 3*time.Minute)
	if _, err := chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: frames}); err != nil {
		t.Fatal(err)
	}
	open := func(address string) []string {
		t.Helper()
		if err := chromedp.Do(tab, chromedp.Navigate(s.base+address), chromedp.Poll[chromedp.Void]("window.shown.length >= 20")); err != nil {
			t.Fatal(err)
		}
		if moved := said[float64](t, tab, "window.moved"); moved != 0 {
			t.Errorf("%s: the page moved by %v", address, moved)
		}
		return slices.Compact(said[[]string](t, tab, "window.shown"))
	}
	first := open(wholeAsk)
	if !slices.Equal(first, []string{"monthly | USD |  | Give $10 monthly"}) || said[any](t, tab, `localStorage.getItem("readerfund.choice")`) != nil {
		t.Fatalf("at first: %q", first)
	}
	for _, step := range []string{press("#f-one_time"), press("#c-EUR"), press(`.g-one_time-EUR [value="50"]`)} {
		said[any](t, tab, step)
	}
	for _, address := range []string{wholeAsk, geneva} {
		if got := open(address); !slices.Equal(got, []string{"one_time | EUR |  | Give €50 once"}) {
			t.Errorf("%s: %q", address, got)
		}
	}
	said[any](t, tab, typing("42,50"))
	if got := open(wholeAsk); !slices.Equal(got, []string{"one_time | EUR | 42,50 | Give €42.50 once"}) {
		t.Errorf("one's own amount: %q", got)
	}
	if got := open(wholeAsk + "?currency=GBP"); !slices.Equal(got, []string{"one_time | GBP |  | Give £20 once"}) {
		t.Errorf("an address that names a currency: %q", got)
	}
	for _, odd := range []string{`"null"`, `"[]"`, `"{\"f\":7,\"c\":{},\"a\":[]}"`, `"{\"f\":\"weekly\"}"`, `"nonsense"`, `"{\"f\":\"annual\",\"c\":\"AUD\",\"a\":\"5\"}"`} {
		said[any](t, tab, `localStorage.setItem("readerfund.choice", `+odd+`)`)
		if got := open(wholeAsk); len(got) != 1 || !strings.Contains(got[0], "USD |  | Give $") {
			t.Errorf("%s: %q", odd, got)
		}
	}
}

// Two presses are one gift, and the thank-you page leaves the word that early.js
// thanks by.
func TestBrowserGivesOnceWithFeeAndWords(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openScriptedBrowser(t, 3*time.Minute)
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+wholeAsk)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{
		press("#f-one_time"), typing("40"), press(".g-one_time-USD .cover input"), press("#anonymous"), press(".more summary"),
		`document.getElementById("dedication").value = "For Ada"`, `addEventListener("submit", e => sessionStorage.setItem("sent", (sessionStorage.getItem("sent") || "") + e.defaultPrevented + " "))`,
	} {
		said[any](t, tab, step)
	}
	if got := said[string](t, tab, `document.querySelector(".give button").innerText`); got != "Give $41.50 once" {
		t.Errorf("the button says %q", got)
	}
	said[any](t, tab, `(() => { const b = document.querySelector(".give button"); for (const _ of [1, 2]) b.click(); })()`)
	if err := chromedp.Do(tab,
		chromedp.WaitVisible(chromedp.CSS(`input[name="card_number"]`)),
		chromedp.SendKeys(chromedp.CSS(`input[name="card_number"]`), goodCard),
		chromedp.SendKeys(chromedp.CSS(`input[name="email"]`), "reader@example.org"),
		chromedp.SendKeys(chromedp.CSS(`input[name="name"]`), "Ada Reader"),
		chromedp.Click(chromedp.CSS(`button[type="submit"], form button`)),
		chromedp.WaitVisible(chromedp.CSS("main h1")),
	); err != nil {
		t.Fatal(err)
	}
	text := s.awaitThanks(t, tab, "$41.50")
	for _, want := range []string{"$1.50 of it", "For Ada", "We will not mention it anywhere."} {
		if !strings.Contains(text, want) {
			t.Errorf("the thank-you page lacks %q: %s", want, text)
		}
	}
	keepPicture(t, tab, "thanks-with-words")
	if got := said[string](t, tab, `sessionStorage.getItem("sent")`); got != "false true " {
		t.Errorf("of two presses these were held back: %q", got)
	}
	var gave struct {
		At   int64
		Kind string
	}
	if err := json.Unmarshal([]byte(said[string](t, tab, `localStorage.getItem("readerfund.gave")`)), &gave); err != nil || gave.Kind != "one_time" ||
		time.Since(time.Unix(gave.At, 0)).Abs() > time.Hour {
		t.Errorf("%+v, %v", gave, err)
	}
	s.settled(t)
	row := s.exported(t)[0]
	if row["amount"] != "41.50" || row["fee_cover"] != "1.50" || row["anonymous"] != "true" || row["dedication"] != "For Ada" || row["comment"] != "" {
		t.Errorf("in the export: %v", row)
	}
	if n := s.count(t, `select count(*) from checkouts`); n != 1 {
		t.Errorf("%d checkouts", n)
	}
	// The same once more, by mistake.
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+wholeAsk), chromedp.Click(chromedp.CSS(".give button")), chromedp.WaitVisible(chromedp.CSS("form.again"))); err != nil {
		t.Fatal(err)
	}
	if title := said[string](t, tab, `document.querySelector("h1").innerText`); !strings.HasPrefix(title, "You gave $41.50 ") || !strings.HasSuffix(title, ", and it arrived") {
		t.Errorf("the warning says %q", title)
	}
	keepPicture(t, tab, "second-gift")
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+"/gift"), chromedp.WaitVisible(chromedp.CSS(".gift-list .good"))); err != nil {
		t.Fatal(err)
	}
	keepPicture(t, tab, "did-my-gift-go-through")
	s.agreesWithStripe(t)
}

// Without a script the figure beside the box is that of the chosen preset, and is
// what is charged, in each language.
func TestBrowserCoversTheFeeWithoutScript(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openBrowser(t)
	for i, where := range []struct{ language, before, after, pays string }{
		{"en", "Add $0.61 for the payment fee, so that all of your $10 arrives", "Add $0.76 for the payment fee, so that all of your $15 arrives", "15.76"},
		{"de", "0,61\u00a0$ für die Zahlungsgebühr dazugeben", "0,76\u00a0$ für die Zahlungsgebühr dazugeben", "15.76"},
		{"ru", "Добавить 0,61\u00a0$ на комиссию", "Добавить 0,76\u00a0$ на комиссию", "15.76"},
		{"ar", "0.61\u00a0دولار", "0.76\u00a0دولار", "15.76"},
	} {
		figure := func() string {
			t.Helper()
			text, err := chromedp.Run(tab, chromedp.Text(chromedp.CSS(".g-monthly-USD .cover label")))
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		if err := chromedp.Do(tab, chromedp.Navigate(s.base+wholeAsk+"?lang="+where.language)); err != nil {
			t.Fatal(err)
		}
		if got := figure(); !strings.Contains(got, where.before) {
			t.Errorf("%s: %q", where.language, got)
		}
		if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(`label[for="amount-2"]`)), chromedp.Click(chromedp.CSS(`label[for="cover_fees"]`))); err != nil {
			t.Fatal(err)
		}
		if got := figure(); !strings.Contains(got, where.after) {
			t.Errorf("%s, another preset: %q", where.language, got)
		}
		keepPicture(t, tab, "fee-"+where.language)
		if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(".give button")), chromedp.WaitVisible(chromedp.CSS(`input[name="card_number"]`))); err != nil {
			t.Fatal(err)
		}
		if n := s.count(t, fmt.Sprintf(`select count(*) from checkouts where amount = 1576 and fee_cover = 76 and language = '%s'`, where.language)); n != 1 {
			t.Errorf("%s, gift %d: %d checkouts of %s", where.language, i+1, n, where.pays)
		}
	}
}

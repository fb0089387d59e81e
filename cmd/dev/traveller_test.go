package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// traveller is a reader on the way from an article to the thanks, with a phone.
type traveller struct {
	*testStack
	t   *testing.T
	tab context.Context
	edition
	scripted bool
	number   int
	patience context.Context //nolint:containedctx // the tab, for as long as one journey may take
}

// travels makes the browser another reader's: with or without scripts, with nothing
// kept, at an address of the internet of its own.
func (s *testStack) travels(t *testing.T, tab context.Context, e edition, scripted bool, number int) *traveller {
	t.Helper()
	s.control(t, http.MethodPost, "/_control/faults", `{}`)
	forgetEverything(t, tab)
	if _, err := chromedp.Call(tab, storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: s.base, StorageTypes: "all"}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripted}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"X-Forwarded-For": fmt.Sprintf("192.0.2.%d", number)},
	}); err != nil {
		t.Fatal(err)
	}
	patience, cancel := context.WithTimeout(tab, 40*time.Second)
	t.Cleanup(cancel)
	return &traveller{testStack: s, t: t, tab: tab, edition: e, scripted: scripted, number: number, patience: patience}
}

// does goes on step by step; where one cannot be taken, the page as it is then is
// kept as a picture.
func (r *traveller) does(steps ...chromedp.Action[chromedp.Void]) {
	r.t.Helper()
	for i, step := range steps {
		if err := chromedp.Do(r.patience, step); err != nil {
			keepPicture(r.t, r.tab, "journey-"+strings.ReplaceAll(r.t.Name()[strings.Index(r.t.Name(), "/")+1:], "/", "-"))
			r.t.Fatalf("step %d: %v", i+1, err)
		}
	}
}

func (r *traveller) opens(path string) {
	r.t.Helper()
	r.does(chromedp.Navigate(r.base+path), chromedp.WaitVisible(chromedp.CSS(`html[lang="`+r.language+`"][dir="`+r.direction+`"] main`)))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func fill(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(selector), text)
}

func see(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

// mend takes back what stands in a field and writes something else.
func mend(selector, text string) chromedp.Action[chromedp.Void] {
	return fill(selector, kb.End+strings.Repeat(kb.Backspace, 40)+text)
}

// chooses picks frequency, currency and a preset in the form and sends it.
func (r *traveller) chooses(kind, amount string) {
	r.t.Helper()
	r.does(
		click(`label[for="f-`+kind+`"]`),
		click(`label[for="c-`+r.currency+`"]`),
		click(`.g-`+kind+`-`+r.currency+` input[value="`+amount+`"] + label`),
		click(`.give button`),
	)
}

// pays fills in the payment page.
func (r *traveller) pays(card string) {
	r.t.Helper()
	r.does(see(`#card_number`), fill(`#card_number`, card), fill(`#email`, r.email()), fill(`#name`, "Ada Reader"), click(`form button[type="submit"]`))
}

// email is another for each journey, so that its receipt is known.
func (r *traveller) email() string { return fmt.Sprintf("reader-%d@example.org", r.number) }

// isThanked waits until the books have the gift and the page says so, and gives
// the number of the donation.
func (r *traveller) isThanked(amount string) string {
	r.t.Helper()
	r.does(see(`html[lang="` + r.language + `"] .thanks`))
	text := r.awaitThanks(r.t, r.patience, amount)
	_, id, _ := strings.Cut(text, "don_")
	return "don_" + strings.Fields(id)[0]
}

// receipt is a mail that has to come.
type receipt struct{ donation, to, language string }

// awaitReceipts waits for the mails about all these gifts, each in its reader's
// language. They go out together, some seconds after the gifts.
func (s *testStack) awaitReceipts(t *testing.T, all []receipt) {
	t.Helper()
	for _, want := range all {
		s.until(t, func() bool {
			for _, m := range s.mailbox.Messages() {
				if !strings.Contains(m.Text, want.donation) {
					continue
				}
				if len(m.To) != 1 || m.To[0] != want.to || !strings.Contains(m.HTML, `<html lang="`+want.language+`"`) {
					t.Fatalf("the receipt of %+v went to %v: %s", want, m.To, m.Text)
				}
				return true
			}
			return false
		})
	}
}

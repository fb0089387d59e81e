package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// openBrowser starts a Chromium and runs no scripts in it: the pages must do
// without.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	tab := openScriptedBrowser(t, 90*time.Second)
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	return tab
}

// openScriptedBrowser starts a Chromium of a phone's size with a profile of its
// own, which ends with the test or after limit. More options come after ours.
func openScriptedBrowser(t *testing.T, limit time.Duration, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // the container is the sandbox; as root Chromium has no other way
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(t.TempDir()),
	)
	if path := os.Getenv("CHROME"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(options, more...)...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator, chromedp.WithLogf(t.Logf))
	t.Cleanup(closeTab)
	if err := chromedp.Do(tab, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile)); err != nil {
		t.Fatalf("starting Chromium: %v; install it, or name it in CHROME", err)
	}
	bounded, cancel := context.WithTimeout(tab, limit)
	t.Cleanup(cancel)
	return bounded
}

// keepPicture writes a screenshot of the whole page to the artefacts.
func keepPicture(t *testing.T, tab context.Context, name string) {
	t.Helper()
	png, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("picture of %s: %v", name, err)
	}
	dir := os.Getenv("READERFUND_ARTIFACTS")
	if dir == "" {
		dir = t.ArtifactDir()
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A reader with a phone and no JavaScript gives once, and then monthly in
// another currency.
func TestBrowserGivesOnceAndMonthly(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral")
	tab := openBrowser(t)
	gifts := []struct{ name, frequency, currency, amount, shown, kind string }{
		{"once", "f-one_time", "c-USD", "$25", "$25", "one_time"},
		{"monthly", "f-monthly", "c-EUR", "€10", "€10", "monthly"},
	}
	for _, g := range gifts {
		t.Run(g.name, func(t *testing.T) {
			group := ".g-" + strings.TrimPrefix(g.frequency, "f-") + "-" + strings.TrimPrefix(g.currency, "c-")
			label := s.presetLabel(t, group, g.amount)
			steps := []chromedp.Action[chromedp.Void]{
				chromedp.Navigate(s.base + "/"),
				chromedp.Click(chromedp.CSS(`a[href="/articles/geneva-joint-centre"]`)),
				chromedp.WaitVisible(chromedp.CSS(".story h1")),
			}
			if err := chromedp.Do(tab, steps...); err != nil {
				t.Fatal(err)
			}
			keepPicture(t, tab, "article")
			if err := chromedp.Do(tab,
				chromedp.Click(chromedp.CSS(`label[for="`+g.frequency+`"]`)),
				chromedp.Click(chromedp.CSS(`label[for="`+g.currency+`"]`)),
				chromedp.Click(chromedp.CSS(`label[for="`+label+`"]`)),
			); err != nil {
				t.Fatal(err)
			}
			keepPicture(t, tab, "ask-"+g.name)
			if err := chromedp.Do(tab,
				chromedp.Click(chromedp.CSS(".give button")),
				chromedp.WaitVisible(chromedp.CSS(`input[name="card_number"]`)),
				chromedp.SendKeys(chromedp.CSS(`input[name="card_number"]`), goodCard),
				chromedp.SendKeys(chromedp.CSS(`input[name="email"]`), "reader@example.org"),
				chromedp.SendKeys(chromedp.CSS(`input[name="name"]`), "Ada Reader"),
			); err != nil {
				t.Fatal(err)
			}
			keepPicture(t, tab, "payment-"+g.name)
			if err := chromedp.Do(tab,
				chromedp.Click(chromedp.CSS(`button[type="submit"], form button`)),
				chromedp.WaitVisible(chromedp.CSS("main h1")),
			); err != nil {
				t.Fatal(err)
			}
			page := s.awaitThanks(t, tab, g.shown)
			keepPicture(t, tab, "thanks-"+g.name)
			if !strings.Contains(page, g.shown) {
				t.Errorf("thank-you page: %s", page)
			}
			s.settled(t)
			rows := s.exported(t)
			last := rows[len(rows)-1]
			for _, row := range rows {
				if row["kind"] == g.kind {
					last = row
				}
			}
			if last["kind"] != g.kind || last["currency"] != strings.TrimPrefix(g.currency, "c-") || last["status"] != "succeeded" {
				t.Errorf("in the export: %v", last)
			}
		})
	}
	s.agreesWithStripe(t)
}

// presetLabel finds the id of a preset by its words.
func (s *testStack) presetLabel(t *testing.T, group, words string) string {
	t.Helper()
	page := s.get(t, "/articles/geneva-joint-centre").body
	_, rest, ok := strings.Cut(page, strings.TrimPrefix(group, "."))
	if !ok {
		t.Fatalf("the article has no group %s", group)
	}
	fieldset, _, _ := strings.Cut(rest, "</fieldset>")
	before, _, ok := strings.Cut(fieldset, ">"+words+"</label>")
	if !ok {
		t.Fatalf("%s has no preset %s", group, words)
	}
	_, id, _ := strings.Cut(before[strings.LastIndex(before, "<label"):], `for="`)
	return strings.TrimSuffix(id, `"`)
}

// awaitThanks reads the thank-you page, which goes on by itself, until the books
// have the gift.
func (s *testStack) awaitThanks(t *testing.T, tab context.Context, shown string) string {
	t.Helper()
	for {
		text, err := chromedp.Run(tab, chromedp.Text(chromedp.CSS("main")))
		if err == nil && strings.Contains(text, shown) && strings.Contains(text, "don_") {
			return text
		}
		select {
		case <-tab.Done():
			t.Fatalf("the thank-you page never had the gift: %s, %v", text, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/cmd/dev/axe"
)

// violations runs axe and gives a line for each element that breaks a rule of
// WCAG 2.2 AA or a best practice.
const violations = `axe.run(document, {
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
	resultTypes: ["violations"],
}).then(found => found.violations.flatMap(rule => rule.nodes.map(node =>
	rule.id + ": " + rule.help + ": " + node.target.join(" ") + ": " + node.html.slice(0, 200) + ": " +
	[...node.any, ...node.all, ...node.none].map(check => check.message).join("; ")))).then(lines => [...new Set(lines)])`

// looks are the ways in which each page is looked at.
func looks() []look {
	return []look{
		{"phone, light", 390, 844, "light"}, {"phone, dark", 390, 844, "dark"},
		{"desktop, light", 1280, 800, "light"}, {"desktop, dark", 1280, 800, "dark"},
	}
}

type look struct {
	name          string
	width, height int64
	scheme        string
}

func (l look) at(t *testing.T, tab context.Context) {
	t.Helper()
	options := []chromedp.EmulateViewportOption{}
	if l.width < 600 {
		options = append(options, chromedp.EmulateMobile)
	}
	if err := chromedp.Do(tab, chromedp.EmulateViewport(l.width, l.height, options...)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}); err != nil {
		t.Fatal(err)
	}
}

// No reader's page in any language breaks a rule of axe, light or dark, on a phone
// or a desk.
func TestBrowserPagesAreAccessible(t *testing.T) {
	t.Parallel()
	source, err := axe.Source(t.Context(), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	host := newReprint(t)
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+embeddingNewsroom(t, host.URL))
	host.service = s.base
	tab := openScriptedBrowser(t, 6*time.Minute)
	// What has faults is found to have them: the rules do run.
	shownAlone(`<html><title>Faulty</title><main><h1>Faulty</h1><input><p style="color:#999">pale</p></main></html>`)(t, tab)
	if faults := strings.Join(broken(t, tab, source), "\n"); !strings.Contains(faults, "label:") || !strings.Contains(faults, "color-contrast:") {
		t.Fatalf("a field without a label in pale words passes: %q", faults)
	}
	for _, e := range editions() {
		for _, p := range append(s.exhibits(t, e), host.exhibits(e)...) {
			t.Run(e.language+" "+p.name, func(t *testing.T) {
				looks()[0].at(t, tab)
				p.open(t, tab)
				for _, l := range looks() {
					l.at(t, tab)
					if lines := broken(t, tab, source); len(lines) > 0 {
						t.Errorf("%s:\n%s", l.name, strings.Join(lines, "\n"))
						keepPicture(t, tab, strings.NewReplacer(" ", "-", ",", "").Replace(fmt.Sprintf("axe %s %s %s", e.language, p.name, l.name)))
					}
				}
			})
		}
	}
}

// broken lists what breaks a rule on the page that is shown.
func broken(t *testing.T, tab context.Context, source string) []string {
	t.Helper()
	// A page that goes on by itself must not do so under the rules' feet.
	there, err := chromedp.Run(tab, chromedp.Evaluate[bool]("stop(), 'axe' in window"))
	if err != nil {
		t.Fatal(err)
	}
	if !there {
		if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](source)); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := chromedp.Run(tab, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

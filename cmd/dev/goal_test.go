package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/cmd/dev/axe"
)

// goalNewsroom is the sample newsroom with a goal in every appeal.
func goalNewsroom(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, campaign.Sample()); err != nil {
		t.Fatal(err)
	}
	appeals, err := filepath.Glob(filepath.Join(dir, "appeals", "*.yaml"))
	if err != nil || len(appeals) < len(editions()) {
		t.Fatalf("%v, %v", appeals, err)
	}
	for _, path := range appeals {
		appeal, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		goal := "\ngoal: {amount: 1000, currency: USD, label: For reporters, start: 108, deadline: 2100-01-01}\n"
		if err := os.WriteFile(path, append(appeal, goal...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// watched notes every movement of the page from here on, whoever caused it.
const watched = `(() => {
	window.moved = 0;
	new PerformanceObserver(list => list.getEntries().forEach(e => { window.moved += e.value; })).observe({type: "layout-shift"});
	return true;
})()`

const asked = `performance.getEntriesByType("resource").filter(e => e.name.includes("/goals/")).length`

// goalSays is the goal as it is on the page, in one line.
const goalSays = `[...document.querySelectorAll(".goal [data-say]")].map(e => e.textContent).join(" ") + " " + document.querySelector(".goal progress").value`

// A page that stays open tells of new gifts while its goal can be seen, and only
// then; nothing on it moves.
func TestBrowserFollowsAGoal(t *testing.T) {
	t.Parallel()
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+goalNewsroom(t))
	tab := openScriptedBrowser(t, 3*time.Minute)
	if err := chromedp.Do(tab, chromedp.Navigate(s.base+"/articles/geneva-joint-centre")); err != nil {
		t.Fatal(err)
	}
	says := func() string { return evaluate[string](t, tab, goalSays) }
	if got := says(); got != "$108 10% 10" {
		t.Fatalf("before: %s", got)
	}
	// Long enough for a figure to be asked for, were it seen.
	if err := chromedp.Do(tab, chromedp.Sleep(13*time.Second)); err != nil {
		t.Fatal(err)
	}
	if n := evaluate[int](t, tab, asked); n != 0 {
		t.Errorf("asked %d times for what nobody sees", n)
	}
	if _, err := s.db.Exec(t.Context(), `
		insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method,
			balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_name, donor_email,
			country, payment_intent, charge, invoice, subscription, checkout_session)
		values ('don_1', 'pi_1', now(), 'one_time', 'succeeded', 'USD', 88200, 0, '', '', 'c', 'independent-journalism',
			'', '', '', '', '', '', '', '', '', '', '', '')`); err != nil {
		t.Fatal(err)
	}
	evaluate[bool](t, tab, `document.querySelector(".goal").scrollIntoView({block: "center"}), true`)
	evaluate[bool](t, tab, watched)
	if _, err := chromedp.Run(tab, chromedp.Poll[bool](`(`+goalSays+`) === "$990 99% 99"`, chromedp.WithPollingTimeout(40*time.Second))); err != nil {
		t.Fatalf("after a gift: %s, %v", says(), err)
	}
	if moved := evaluate[float64](t, tab, "window.moved"); moved > 0 {
		t.Errorf("the page moved by %g", moved)
	}
	if beside := evaluate[string](t, tab, `document.querySelector(".goal .how").textContent`); !strings.Contains(beside, "raised of $1,000") {
		t.Errorf("beside it stands now %q", beside)
	}
}

// A goal breaks no rule of axe in any language, light or dark, on a phone or a desk.
func TestBrowserGoalIsAccessible(t *testing.T) {
	t.Parallel()
	source, err := axe.Source(t.Context(), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	s := bringUp(t, "--ephemeral", "CONTENT_DIR="+goalNewsroom(t))
	tab := openScriptedBrowser(t, 3*time.Minute)
	for _, e := range editions() {
		looks()[0].at(t, tab)
		s.at("/donate/independent-journalism?lang="+e.language)(t, tab)
		if bars := evaluate[int](t, tab, `document.querySelectorAll(".goal progress").length`); bars != 1 {
			t.Errorf("%s: %d bars", e.language, bars)
		}
		for _, l := range looks() {
			l.at(t, tab)
			if lines := broken(t, tab, source); len(lines) > 0 {
				t.Errorf("%s, %s:\n%s", e.language, l.name, strings.Join(lines, "\n"))
			}
		}
	}
}

func evaluate[T any](t *testing.T, tab context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(tab, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

package reader

import (
	"html/template"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// given is what the books say, whatever the period.
type given []payments.Given

func (g given) Given(payments.Period) ([]payments.Given, bool) { return g, g != nil }

// What a goal says of its time, and of how far it has come.
func TestGoalSays(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		moment, err := time.ParseInLocation("2006-01-02 15:04", text, london)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	noon := at("2026-11-20 12:00")
	gifts := func(n, dollars int64) given {
		return given{{Currency: "CHF", Gifts: 9, Amount: 9_000_00}, {Currency: "USD", Gifts: n + 2, Undone: 2, Amount: dollars*100 + 50}}
	}
	tests := map[string]struct {
		deadline, now time.Time
		given         given
		start         int64
		want          string // with | between what stands apart
	}{
		"nothing yet":                {time.Time{}, noon, given{}, 0, "For reporters|$0|0%|raised of $1,000|be the first to give"},
		"with what came before":      {time.Time{}, noon, given{}, 250_99, "For reporters|$250|25%|raised of $1,000|"},
		"one gift":                   {time.Time{}, noon, gifts(1, 999), 0, "For reporters|$999|99%|raised of $1,000|1 gift"},
		"reached":                    {time.Time{}, noon, gifts(12, 1000), 0, "For reporters|$1,000|100%|raised of $1,000. The goal is reached, thank you|12 gifts"},
		"more than asked":            {time.Time{}, noon, gifts(1200, 25000), 0, "For reporters|$25,000|2,500%|raised of $1,000. The goal is reached, thank you|1,200 gifts"},
		"not known":                  {time.Time{}, noon, nil, 0, "For reporters: $1,000|"},
		"weeks":                      {at("2026-12-24 00:00"), noon, gifts(3, 10), 0, "For reporters|$10|1%|raised of $1,000|33 days left, until 23 December 2026|3 gifts"},
		"over a change of clocks":    {at("2026-10-27 00:00"), at("2026-10-24 23:30"), gifts(3, 10), 0, "For reporters|$10|1%|raised of $1,000|2 days left, until 26 October 2026|3 gifts"},
		"the day before":             {at("2026-11-22 00:00"), noon, gifts(3, 10), 0, "For reporters|$10|1%|raised of $1,000|ends tomorrow|3 gifts"},
		"the last day":               {at("2026-11-21 00:00"), noon, gifts(3, 10), 0, "For reporters|$10|1%|raised of $1,000|ends today|3 gifts"},
		"the day itself":             {at("2026-11-20 23:59"), noon, nil, 0, "For reporters: $1,000|ends today"},
		"in the zone of its time":    {time.Date(2026, 11, 21, 0, 0, 0, 0, time.FixedZone("", -5*3600)), at("2026-11-21 04:00"), nil, 0, "For reporters: $1,000|ends today"},
		"over":                       {noon, noon, gifts(3, 70), 0, "For reporters|$70|7%|raised of $1,000|ended on 20 November 2026|3 gifts"},
		"over and in vain":           {at("2026-11-20 00:00"), noon, given{}, 0, "For reporters|$0|0%|raised of $1,000|ended on 19 November 2026|"},
		"over, and how is not known": {noon, noon, nil, 0, ""},
	}
	page := template.Must(template.ParseFS(templateFiles, "templates/goal.html"))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			appeal := &campaign.Appeal{ID: "autumn", Goal: &campaign.Goal{
				Amount: money.New(1000_00, "USD"), Start: money.New(tt.start, "USD"), Label: "For reporters", Deadline: tt.deadline,
			}}
			p := &Pages{Options: Options{Now: func() time.Time { return tt.now }, Giving: tt.given}}
			words := &teller{words: mustCatalogue(t, "en")}
			got := p.newTicker(appeal, words)
			if words.failed != nil {
				t.Fatal(words.failed)
			}
			if tt.want == "" {
				if got != nil {
					t.Errorf("%+v", got)
				}
				return
			}
			parts := []string{got.Label, got.Raised, got.Share, got.Of, got.Time, got.Gifts}
			if !got.Known {
				parts = []string{got.Label, got.Time}
			} else if got.Time == "" {
				parts = []string{got.Label, got.Raised, got.Share, got.Of, got.Gifts}
			}
			if said := strings.Join(parts, "|"); said != tt.want {
				t.Errorf("%s\nwant %s", said, tt.want)
			}
			var html strings.Builder
			if err := page.ExecuteTemplate(&html, "goal", ask{Goal: got}); err != nil {
				t.Fatal(err)
			}
			if bar := strings.Contains(html.String(), "<progress"); bar != got.Known || strings.Contains(html.String(), "data-goal") != got.Known {
				t.Errorf("known %v: %s", got.Known, html.String())
			}
			if got.Value != min(got.percent, 100) {
				t.Errorf("%d%% is a bar of %d", got.percent, got.Value)
			}
		})
	}
}

// One page stands in the cache, however often the figure moves.
func TestMovingPagesGiveWay(t *testing.T) {
	c := &pageCache{}
	made := 0
	for gifts := range 100 {
		key := pageKey{page: articlePage, id: "one", goal: standing{shown: true, known: true, gifts: gifts / 2}}
		answer, err := c.get(key, func() ([]byte, error) { made++; return []byte(strings.Repeat("x", gifts/2)), nil })
		if err != nil || len(answer.Bytes()) != gifts/2 {
			t.Fatalf("%d: %v, %v", gifts, answer, err)
		}
	}
	if made != 50 || len(c.moving.pages) != 1 || len(c.pages) != 0 {
		t.Errorf("made %d times; %d and %d are kept", made, len(c.moving.pages), len(c.pages))
	}
}

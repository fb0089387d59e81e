package campaign

import (
	"strings"
	"testing"
	"time"
)

func utc(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// scheduled is an appeal of the small right newsroom with other lines added.
func scheduled(lines string) string {
	return strings.Replace(rightAppeal, "starts: 2016-09-01\n", lines, 1)
}

// The same words in a file are other moments in other zones, and on either side
// of a change of the clocks.
func TestScheduleAcrossZones(t *testing.T) {
	for _, test := range []struct{ name, lines, starts, ends string }{
		{"site's zone in summer", "starts: 2016-09-15 09:00\nends: 2016-09-16\n", "2016-09-15T08:00:00Z", "2016-09-15T23:00:00Z"},
		{"site's zone over the end of summer", "starts: 2016-10-30\nends: 2016-10-31\n", "2016-10-29T23:00:00Z", "2016-10-31T00:00:00Z"},
		{"over the beginning of summer", "time_zone: America/New_York\nstarts: 2016-03-13\nends: 2016-03-14\n", "2016-03-13T05:00:00Z", "2016-03-14T04:00:00Z"},
		{"either hour of two", "starts: 2016-10-30T01:30:00+01:00\nends: 2016-10-30T01:30:00Z\n", "2016-10-30T00:30:00Z", "2016-10-30T01:30:00Z"},
		{"half an hour off", "time_zone: Asia/Kolkata\nstarts: 2016-09-15 09:00\nends: 2016-09-15 09:00:01\n", "2016-09-15T03:30:00Z", "2016-09-15T03:30:01Z"},
		{"a day that begins at one o'clock", "time_zone: America/Sao_Paulo\nstarts: 2016-10-16\nends: 2016-10-17\n", "2016-10-16T03:00:00Z", "2016-10-17T02:00:00Z"},
		{"a day with two midnights", "time_zone: America/Havana\nstarts: 2016-11-06\nends: 2016-11-07\n", "2016-11-06T04:00:00Z", "2016-11-07T05:00:00Z"},
		{"a day that an island left out", "time_zone: Pacific/Apia\nstarts: 2011-12-30\nends: 2012-01-01\n", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		{"open at both sides", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := right()
			files["appeals/one.yaml"] = scheduled(test.lines)
			n := mustLoad(t, mapFS(files))
			shown := func(at time.Time) bool {
				_, ok := n.AppealFor(n.Articles[0], PlacementEnd, at)
				return ok
			}
			if test.starts == "" {
				if !shown(time.Unix(0, 0)) || !shown(today.AddDate(100, 0, 0)) {
					t.Error("an appeal without a schedule does not always run")
				}
				return
			}
			starts, ends := utc(t, test.starts), utc(t, test.ends)
			if a := n.Appeals[0]; !a.Starts.Equal(starts) || !a.Ends.Equal(ends) {
				t.Errorf("%s to %s, want %s to %s", a.Starts.UTC(), a.Ends.UTC(), starts, ends)
			}
			for _, check := range []struct {
				at   time.Time
				want bool
			}{{starts.Add(-time.Nanosecond), false}, {starts, true}, {ends.Add(-time.Nanosecond), true}, {ends, false}} {
				if got := shown(check.at); got != check.want {
					t.Errorf("at %s: shown %t, want %t", check.at, got, check.want)
				}
			}
		})
	}
}

// Which of several appeals is shown: language, then priority, then file name.
func TestChoiceOfAppeal(t *testing.T) {
	files := right()
	files["site.yaml"] += "  - id: arts\n    name: Arts\n"
	files["articles/zwei.md"] = strings.Replace(rightArticle, "section", "language: de\nsection", 1)
	files["articles/trois.md"] = strings.Replace(rightArticle, "section", "language: fr\nsection", 1)
	files["appeals/b-same.yaml"] = rightAppeal
	files["appeals/autumn.yaml"] = "priority: 10\n" + scheduled("starts: 2016-10-01\nends: 2016-11-01\n")
	files["appeals/deutsch.yaml"] = "language: de\n" + rightAppeal
	files["appeals/arts-page.yaml"] = strings.NewReplacer("campaign: news", "campaign: arts", "[strip, end]", "[page]").Replace(rightAppeal)
	files["appeals/arts-end.yaml"] = "priority: -1\n" + strings.Replace(rightAppeal, "campaign: news", "campaign: arts", 1)
	n := mustLoad(t, mapFS(files))

	september, october := utc(t, "2016-09-20T12:00:00Z"), utc(t, "2016-10-20T12:00:00Z")
	for _, test := range []struct {
		name, slug string
		placement  Placement
		at         time.Time
		want       string
	}{
		{"first file name", "one", PlacementEnd, september, "b-same"},
		{"priority while it runs", "one", PlacementEnd, october, "autumn"},
		{"own language before priority", "zwei", PlacementEnd, october, "deutsch"},
		{"site's language where there is none in the article's", "trois", PlacementEnd, september, "b-same"},
		{"no article", "", PlacementStrip, september, "b-same"},
		{"only on the page", "one", PlacementPage, september, "arts-page"},
		{"none at the placement", "one", PlacementInline, september, ""},
		{"none yet", "one", PlacementEnd, utc(t, "2016-08-01T00:00:00Z"), ""},
	} {
		a, _ := n.Article(test.slug)
		got, ok := n.AppealFor(a, test.placement, test.at)
		if ok != (test.want != "") || ok && got.ID != test.want {
			t.Errorf("%s: %+v, want %q", test.name, got, test.want)
		}
	}
	for campaign, want := range map[string]string{"news": "b-same", "arts": "arts-page", "sport": ""} {
		got, ok := n.AppealOf(campaign, september)
		if ok != (want != "") || ok && got.ID != want {
			t.Errorf("the page of %s: %+v, want %q", campaign, got, want)
		}
	}
}

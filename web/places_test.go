package web_test

import (
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web"
)

// changedNewsroom is the sample newsroom with pieces of its files replaced, each
// of which must be there; a file without a piece to replace is a new one.
func changedNewsroom(t *testing.T, changes ...[3]string) *campaign.Newsroom {
	t.Helper()
	files := fstest.MapFS{}
	if err := fs.WalkDir(campaign.Sample(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(campaign.Sample(), name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		name, old, text := c[0], c[1], c[2]
		if old == "" {
			files[name] = &fstest.MapFile{Data: []byte(text)}
			continue
		}
		before := string(files[name].Data)
		if !strings.Contains(before, old) {
			t.Fatalf("%s does not hold %q", name, old)
		}
		files[name] = &fstest.MapFile{Data: []byte(strings.Replace(before, old, text, 1))}
	}
	n, err := campaign.Load(files, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const appealFile = "appeals/keep-it-alive.yaml"

// placesOn are the placements of the forms of a page, in their order.
func placesOn(t *testing.T, page string) []string {
	t.Helper()
	var all []string
	for _, f := range forms(t, page) {
		for _, c := range f.controls {
			if c.name == "placement" {
				all = append(all, c.value)
			}
		}
	}
	return all
}

func TestPlacesOfPages(t *testing.T) {
	const listed, all = "placements: [strip, inline, end, page, banner]", "placements: "
	sampleAppeal, err := fs.ReadFile(campaign.Sample(), appealFile)
	if err != nil {
		t.Fatal(err)
	}
	urgent := strings.Replace(string(sampleAppeal), listed, all+"[banner]\npriority: 5", 1)
	tests := []struct {
		name    string
		changes [][3]string
		article []string // an article of eleven paragraphs
		front   []string
		missing []string // the page for an address that leads nowhere
	}{
		{"all", nil, []string{"strip", "inline", "end"}, []string{"banner"}, []string{"banner"}},
		{"banner without strip", [][3]string{{appealFile, listed, all + "[banner, inline]"}}, []string{"banner", "inline"}, []string{"banner"}, []string{"banner"}},
		{"a banner that is more urgent than the strip", [][3]string{{"appeals/urgent.yaml", "", urgent}}, []string{"banner", "inline", "end"}, []string{"banner"}, []string{"banner"}},
		{"a banner that is less urgent", [][3]string{{"appeals/urgent.yaml", "", strings.Replace(urgent, "priority: 5", "priority: -5", 1)}}, []string{"strip", "inline", "end"}, []string{"banner"}, []string{"banner"}},
		{"strip alone", [][3]string{{appealFile, listed, all + "[strip]"}}, []string{"strip"}, nil, nil},
		{"card behind the second to last", [][3]string{{appealFile, "after: 3", "after: 10"}}, []string{"strip", "inline", "end"}, []string{"banner"}, []string{"banner"}},
		{"card behind the last", [][3]string{{appealFile, "after: 3", "after: 11"}}, []string{"strip", "end"}, []string{"banner"}, []string{"banner"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.Newsroom = changedNewsroom(t, tt.changes...) })
			for target, want := range map[string][]string{article: tt.article, "/": tt.front, "/nothing": tt.missing} {
				if got := placesOn(t, s.get(target).Body.String()); !slices.Equal(got, want) {
					t.Errorf("%s asks at %v, want %v", target, got, want)
				}
			}
			// Nobody is asked in the middle of giving, nor right after.
			for _, target := range []string{"/checkout/nothing", "/thanks?session_id=nothing"} {
				if got := placesOn(t, s.get(target).Body.String()); got != nil {
					t.Errorf("%s asks at %v", target, got)
				}
			}
			wrong := s.donate(gift("amount", "x"))
			if got := placesOn(t, wrong.Body.String()); !slices.Equal(got, []string{"end"}) || strings.Contains(wrong.Body.String(), "data-asks") {
				t.Errorf("a form with something to mend stands beside %v", got)
			}
		})
	}
}

// Each place begins a gift that is counted as its own.
func TestGiftFromEachPlace(t *testing.T) {
	s := newSite(t)
	for target, places := range map[string][]string{article: {"strip", "inline"}, "/": {"banner"}, "/articles/maqayis-nahr-tarrow": {"strip", "inline"}} {
		page := s.get(target).Body.String()
		for _, f := range forms(t, page) {
			values := f.values()
			at := values.Get("placement")
			if !slices.Contains(places, at) {
				continue
			}
			if at == "inline" { // the amount is the button's
				values.Set("amount", "15")
			}
			id := s.started(s.donate(values))
			if s.count(`select count(*) from checkouts where id = $1 and placement = $2 and kind = 'monthly'`, id, at) != 1 {
				t.Errorf("%s: the gift from %s is not counted there", target, at)
			}
		}
	}
}

// early.js is told of each place that is bounded, and of nothing else.
func TestWhatTheScriptIsTold(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Newsroom = changedNewsroom(t, [3]string{appealFile, "views: 10", "views: 4"}, [3]string{"site.yaml", "campaigns:", "thank:\n  one_time: 90\ncampaigns:"})
	})
	for target, want := range map[string]string{
		article:     `data-asks="strip keep-it-alive 4 30 30;inline keep-it-alive 4 30 30" data-thank="90 395"`,
		"/":         `data-asks="banner keep-it-alive 4 30 30" data-thank="90 395"`,
		"/?lang=de": `data-asks="banner keep-it-alive-de 10 30 30" data-thank="90 395"`,
		"/nothing":  `data-asks="banner keep-it-alive 4 30 30" data-thank="90 395"`,
	} {
		w := s.get(target)
		if !strings.Contains(w.Body.String(), want) {
			_, tag, _ := strings.Cut(w.Body.String(), "<script src=")
			tag, _, _ = strings.Cut(tag, ">")
			t.Errorf("%s tells the script %s", target, tag)
		}
	}
	if page := s.get("/donate/independent-journalism"); page.Code != http.StatusOK || strings.Contains(page.Body.String(), "data-asks") {
		t.Error("the whole-page ask is bounded")
	}
}

// How long readers who gave are spared is said as long as the site file has it.
func TestHowLongReadersAreSpared(t *testing.T) {
	for _, tt := range []struct{ language, once, regular, page string }{
		{"en", "For 1 day after", "For 12 months after", article},
		{"de", "Für 1 Tag ab", "Für 12 Monate ab", "/articles/pegel-am-tarrow"},
		{"ru", "В течение 1 дня после", "В течение 12 месяцев после", "/articles/datchiki-na-tarrou"},
		{"ar", "خلال يوم واحد من", "خلال 12 شهرًا من", "/articles/maqayis-nahr-tarrow"},
	} {
		s := newSite(t, func(o *web.Options) {
			o.Newsroom = changedNewsroom(t, [3]string{"site.yaml", "campaigns:", "thank: {one_time: 1, recurring: 365}\ncampaigns:"})
		})
		wantStatus(t, s.get(tt.page), http.StatusOK, tt.once, tt.regular)
	}
	s := newSite(t, func(o *web.Options) {
		o.Newsroom = changedNewsroom(t, [3]string{"site.yaml", "campaigns:", "thank: {one_time: 90, recurring: 400}\ncampaigns:"})
	})
	wantStatus(t, s.get(article), http.StatusOK, "For 90 days after", "For 400 days after")
}

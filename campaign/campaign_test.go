package campaign

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/readerfund/readerfund/payments/money"
)

// today is a moment long after everything in the sample.
var today = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// mustLoad loads a newsroom that is expected to be right.
func mustLoad(t *testing.T, fsys fs.FS) *Newsroom {
	t.Helper()
	n, err := Load(fsys, today)
	if err != nil {
		t.Fatalf("Load:\n%v", err)
	}
	return n
}

// edited is the sample with some files replaced; an empty text removes one.
func edited(t *testing.T, files map[string]string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(Sample(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(Sample(), name)
		out[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if text == "" {
			delete(out, name)
			continue
		}
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestSampleLoads(t *testing.T) {
	n := mustLoad(t, Sample())
	if len(n.Warnings) > 0 {
		t.Errorf("warnings: %v", n.Warnings)
	}
	if n.Site.Name != "The Meridian Times" || n.Site.BaseTimezone.String() != "Europe/London" {
		t.Errorf("site: %+v", n.Site)
	}
	first := n.Articles[0]
	if first.Slug != "geneva-joint-centre" {
		t.Errorf("the first article is %s", first.Slug)
	}
	if got := first.Published.UTC().Format(time.RFC3339); got != "2016-09-15T15:40:00Z" {
		t.Errorf("16:40 of a summer's day in London is %s", got)
	}
	if first.ReadingMinutes != 2 {
		t.Errorf("some 430 words take %d minutes", first.ReadingMinutes)
	}
	for _, p := range Placements() {
		if a, ok := n.AppealFor(first, p, today); !ok || a.ID != "keep-it-alive" {
			t.Errorf("no appeal at %s", p)
		}
	}
	if _, ok := mustLoad(t, mapFS(right())).AppealFor(nil, PlacementBanner, today); ok {
		t.Error("an appeal at a placement it does not name")
	}
	if c, ok := n.Campaign("independent-journalism"); !ok || c.Name != "Independent journalism at The Meridian Times" {
		t.Errorf("campaign: %+v, %t", c, ok)
	}
}

// The name of the newsroom is one line of the site file: everything else
// follows when that line changes.
func TestNameStandsInOneLineOnly(t *testing.T) {
	const name = "The Meridian Times"
	found := 0
	for file, data := range edited(t, nil) {
		if n := strings.Count(string(data.Data), name); n > 0 {
			found += n
			if file != "site.yaml" {
				t.Errorf("%s names the newsroom", file)
			}
		}
	}
	if found != 1 {
		t.Errorf("the name stands in %d places", found)
	}

	site, err := fs.ReadFile(Sample(), "site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	renamed := strings.Replace(string(site), name, `"Smith & <b>Sons</b>"`, 1)
	n := mustLoad(t, edited(t, map[string]string{"site.yaml": renamed}))
	appeal, _ := n.Appeal("keep-it-alive")
	if body := string(appeal.Paragraphs[0]); !strings.Contains(body, "Smith &amp; &lt;b&gt;Sons&lt;/b&gt; spends") {
		t.Errorf("the name is not escaped in HTML: %s", body)
	}
	if n.Site.Copyright != "© 2016 Smith & <b>Sons</b>" {
		t.Errorf("the name in plain text: %s", n.Site.Copyright)
	}
}

func TestOffers(t *testing.T) {
	n := mustLoad(t, Sample())
	appeal, _ := n.Appeal("keep-it-alive")
	for _, c := range []struct {
		f    Frequency
		c    money.Currency
		want []int64
		def  int64
	}{
		{OneTime, "USD", []int64{1000, 2500, 5000, 10000, 25000}, 2500},
		{Monthly, "EUR", []int64{500, 1000, 1500, 2500}, 1000},
		{OneTime, "JPY", []int64{500, 1000, 3000, 5000, 10000}, 3000},
		{OneTime, "KWD", []int64{1500, 3000, 7500, 15000, 30000}, 7500},
	} {
		presets, ok := appeal.Offers(c.f, c.c)
		var got []int64
		for _, a := range presets {
			got = append(got, a.Minor)
		}
		if !ok || !slices.Equal(got, c.want) {
			t.Errorf("%s in %s: %v, %t; want %v", c.f, c.c, got, ok, c.want)
		}
		if d := appeal.Default.Amount[c.f][c.c]; d != money.New(c.def, c.c) {
			t.Errorf("%s in %s: default %v, want %d", c.f, c.c, d, c.def)
		}
	}
	if _, ok := appeal.Offers(Monthly, "SEK"); ok {
		t.Error("a currency that the site does not take is offered")
	}
	if _, ok := appeal.Offers("weekly", "USD"); ok {
		t.Error("a frequency that does not exist is offered")
	}
	if appeal.Default.Frequency != Monthly || appeal.Default.Currency != "USD" {
		t.Errorf("default choice: %+v", appeal.Default)
	}
	if _, ok := n.Site.Terms("KWD"); !ok {
		t.Error("no terms for KWD")
	}
}

// An appeal's own amounts stand before the site's; what it leaves out of the
// default choice is the first of each list.
func TestAppealOverridesSite(t *testing.T) {
	n := mustLoad(t, edited(t, map[string]string{"appeals/own.yaml": `
campaign: independent-journalism
headline: Two amounts only
paragraphs: [One.]
frequencies: [annual, one_time]
buttons: {annual: Yearly, one_time: Once}
placements: [end]
amounts:
  annual: {USD: [33, "12,50"]}
`}))
	appeal, _ := n.Appeal("own")
	want := []money.Amount{money.New(3300, "USD"), money.New(1250, "USD")}
	if got, _ := appeal.Offers(Annual, "USD"); !slices.Equal(got, want) {
		t.Errorf("own amounts: %v", got)
	}
	if got, _ := appeal.Offers(Annual, "GBP"); len(got) != 4 {
		t.Errorf("the site's amounts: %v", got)
	}
	if appeal.Default.Frequency != Annual || appeal.Default.Amount[Annual]["USD"].Minor != 3300 || appeal.Default.Amount[OneTime]["JPY"].Minor != 500 {
		t.Errorf("default choice: %+v", appeal.Default)
	}
	if appeal.Variant != "base" {
		t.Errorf("variant: %q", appeal.Variant)
	}
	if _, ok := appeal.Offers(Monthly, "USD"); ok {
		t.Error("a frequency that the appeal leaves out is offered")
	}
}

func TestRelated(t *testing.T) {
	n := mustLoad(t, Sample())
	slugs := func(list []*Article) (out []string) {
		for _, a := range list {
			out = append(out, a.Slug)
		}
		return out
	}
	a, _ := n.Article("port-callan-shore-power")
	want := []string{"tarrow-river-gauges", "bus-ten-minutes", "moth-count-gardens", "geneva-joint-centre"}
	if got := slugs(n.Related(a, 4)); !slices.Equal(got, want) {
		t.Errorf("related: %v, want %v", got, want)
	}
	if got := n.Related(a, 99); len(got) != len(n.Articles)-1 {
		t.Errorf("an article is related to %d others of %d", len(got), len(n.Articles)-1)
	}
	if got := n.Related(a, 0); got != nil {
		t.Errorf("none asked, %d given", len(got))
	}
}

// CONTENT_DIR replaces the sample wholly, from a folder on disk with what
// mounted volumes and editors leave there.
func TestContentDir(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"site.yaml": "\ufeffname: Nordblatt\r\ntagline: Kurz\r\nlanguage: de\r\nlanguages: [en, de]\r\ntime_zone: Europe/Berlin\r\ncontact_email: post@nordblatt.example\r\n" +
			"currencies:\r\n  - {code: eur, min: 1, max: 500, monthly: [5]}\r\ncampaigns:\r\n  - {id: blatt, name: Für das Blatt}\r\n",
		"..data/site2.yaml":       "x",
		"articles/eins.md":        "---\ntitle: Eins\nstandfirst: Satz\nbyline: Lokales\nsection: Ort\npublished: 2016-09-15\n---\nText\n",
		"articles/eins.md~":       "backup",
		"articles/notizen.txt":    "notes",
		"articles/alt/zwei.md":    "old",
		"articles/morgen.md":      "---\ntitle: Morgen\nstandfirst: Satz\nbyline: Lokales\nsection: Ort\npublished: 2030-01-01 06:00\n---\nText\n",
		"appeals/blatt.yaml":      "campaign: blatt\nheadline: Ja\nparagraphs: Ein Satz.\nfrequencies: monthly\nbuttons: {monthly: Monatlich}\nplacements: end\n",
		"appeals/entwurf.yml":     "draft",
		"pictures/front-page.jpg": "jpg",
		"README.md":               "about",
	}
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join("..", "articles", "eins.md"), filepath.Join(dir, "articles", "zwei.md")); err != nil {
		t.Fatal(err)
	}
	n := mustLoad(t, os.DirFS(dir))
	if n.Site.Name != "Nordblatt" || !slices.Equal(n.Site.Languages, []string{"de", "en"}) || len(n.Articles) != 2 {
		t.Errorf("site %+v, %d articles", n.Site, len(n.Articles))
	}
	if _, ok := n.Article("geneva-joint-centre"); ok {
		t.Error("the sample shines through")
	}
	want := []string{
		`appeals/entwurf.yml: nothing reads this file; name it with the ending .yaml, or take it out`,
		`articles/alt: nothing reads this folder; put files into articles/ itself`,
		`articles/morgen.md: the article is left out: it is to be published at 2030-01-01T06:00:00+01:00; start the service again after that time`,
		`articles/notizen.txt: nothing reads this file; name it with the ending .md, or take it out`,
		`pictures: nothing reads this; name it site.yaml, articles or appeals if it is meant so, or take it out`,
	}
	var got []string
	for _, w := range n.Warnings {
		got = append(got, w.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestContentDirMissing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, why := range map[string]string{filepath.Join(t.TempDir(), "gone"): "no such file or directory", file: "not a directory"} {
		_, err := Load(os.DirFS(dir), today)
		want := "CONTENT_DIR: the content folder cannot be read (" + why + "); " + folderFix
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", dir, err, want)
		}
	}
}

func TestParsers(t *testing.T) {
	for _, f := range Frequencies() {
		if got, err := ParseFrequency(string(f)); err != nil || got != f {
			t.Errorf("ParseFrequency(%s): %v, %v", f, got, err)
		}
	}
	for _, p := range Placements() {
		if got, err := ParsePlacement(string(p)); err != nil || got != p {
			t.Errorf("ParsePlacement(%s): %v, %v", p, got, err)
		}
	}
	_, weekly := ParseFrequency("weekly")
	_, capital := ParsePlacement("Strip")
	for want, err := range map[string]error{
		`"weekly" is not a frequency; write one_time, monthly or annual`:       weekly,
		`"Strip" is not a placement; write strip, inline, end, page or banner`: capital,
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

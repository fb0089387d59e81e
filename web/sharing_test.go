package web_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web"
)

// ourScript is the one script of our pages, from a file of our own, with what it
// is told about the asks of the page.
var ourScript = regexp.MustCompile(`<script src="/static/reader\.[0-9a-f]{16}\.js"( data-asks="[a-z0-9 ;-]*" data-thank="\d+ \d+")?></script>`)

// runs tells whether a page has a script but ours, or what a browser could take
// for one.
func runs(page string) bool {
	page = ourScript.ReplaceAllLiteralString(page, "")
	return strings.Contains(strings.ReplaceAll(page, `<script type="application/ld+json">`, ""), "<script")
}

// metas are a page's meta elements with a property, and the data in its head.
func metas(t *testing.T, page string) (properties map[string][]string, data []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	properties = map[string][]string{}
	for n := range root.Descendants() {
		switch {
		case n.Data == "meta" && attr(n, "property") != "":
			properties[attr(n, "property")] = append(properties[attr(n, "property")], attr(n, "content"))
		case n.Data == "script" && attr(n, "type") == "application/ld+json":
			data = append(data, text(n))
		}
	}
	return properties, data
}

// edited is the sample newsroom with other files in place of some of its own.
func edited(t *testing.T, files map[string]string) *campaign.Newsroom {
	t.Helper()
	all := fstest.MapFS{}
	sample := campaign.Sample()
	for _, name := range []string{"site.yaml", "appeals/keep-it-alive.yaml", "articles/geneva-joint-centre.md"} {
		data, err := sampleFile(sample, name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: data}
	}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	n, err := campaign.Load(all, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const tricky = `---
title: 'Harbour & "quay": </script><script>alert(1)</script> <!--'
standfirst: "It's 5 < 6, \\ and more"
byline: O'Neill & Sons
section: Local
published: 2026-01-02 03:04
updated: 2026-01-03 04:05
tags: [ports, "a & b"]
---

Text.
`

func TestArticleTellsWhatItIs(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Newsroom = edited(t, map[string]string{"articles/tricky.md": tricky})
	})
	page := s.get("/articles/tricky").Body.String()
	title := `Harbour & "quay": </script><script>alert(1)</script> <!--`
	properties, data := metas(t, page)
	for name, want := range map[string][]string{
		"og:type": {"article"}, "og:title": {title}, "og:url": {"https://news.example/articles/tricky"},
		"og:site_name": {"The Meridian Times"}, "og:description": {`It's 5 < 6, \ and more`},
		"article:published_time": {"2026-01-02T03:04:00Z"}, "article:modified_time": {"2026-01-03T04:05:00Z"},
		"article:section": {"Local"}, "article:tag": {"ports", "a & b"},
	} {
		if !slices.Equal(properties[name], want) {
			t.Errorf("%s is %q, want %q", name, properties[name], want)
		}
	}
	if len(data) != 1 {
		t.Fatalf("%d blocks of data: %q", len(data), data)
	}
	var told map[string]any
	if err := json.Unmarshal([]byte(data[0]), &told); err != nil {
		t.Fatalf("%v: %s", err, data[0])
	}
	for name, want := range map[string]any{
		"@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "description": `It's 5 < 6, \ and more`,
		"mainEntityOfPage": "https://news.example/articles/tricky", "datePublished": "2026-01-02T03:04:00Z",
		"dateModified": "2026-01-03T04:05:00Z", "inLanguage": "en", "articleSection": "Local", "isAccessibleForFree": true,
	} {
		if told[name] != want {
			t.Errorf("%s is %v, want %v", name, told[name], want)
		}
	}
	if runs(page) {
		t.Error("the title became a script")
	}
	front, none := metas(t, s.get("/").Body.String())
	if !slices.Equal(front["og:type"], []string{"website"}) || len(none) != 0 {
		t.Errorf("the front page: %v, %q", front, none)
	}
	if again, data := metas(t, s.donate(gift("article", "tricky", "amount", "x")).Body.String()); len(again) != 0 || len(data) != 0 {
		t.Error("a page that is one reader's tells of itself")
	}
}

func TestFeeds(t *testing.T) {
	german := strings.NewReplacer("title: 'Harbour", "language: de\ntitle: 'Hafen").Replace(tricky)
	s := newSite(t, func(o *web.Options) {
		o.Newsroom = edited(t, map[string]string{"articles/tricky.md": tricky, "articles/hafen.md": german})
	})
	type channel struct {
		Version string `xml:"version,attr"`
		Channel struct {
			Title string `xml:"title"`
			Links []struct {
				XMLName xml.Name
				Address string `xml:",chardata"`
				Href    string `xml:"href,attr"`
				Rel     string `xml:"rel,attr"`
			} `xml:"link"` // RSS's own and Atom's
			Items []struct {
				Title       string   `xml:"title"`
				Link        string   `xml:"link"`
				GUID        string   `xml:"guid"`
				PubDate     string   `xml:"pubDate"`
				Creator     string   `xml:"http://purl.org/dc/elements/1.1/ creator"`
				Description string   `xml:"description"`
				Categories  []string `xml:"category"`
			} `xml:"item"`
		} `xml:"channel"`
	}
	home := map[string]struct{ title, path string }{
		"/feed.xml": {"The Meridian Times", "/"}, "/feed.en.xml": {"The Meridian Times (English)", "/"}, "/feed.de.xml": {"The Meridian Times (Deutsch)", "/?lang=de"},
	}
	for address, slugs := range map[string][]string{
		"/feed.xml": {"hafen", "tricky", "geneva-joint-centre"}, "/feed.en.xml": {"tricky", "geneva-joint-centre"}, "/feed.de.xml": {"hafen"},
	} {
		w := s.get(address)
		wantStatus(t, w, http.StatusOK)
		if got := w.Header().Get("Content-Type"); got != "application/rss+xml; charset=utf-8" {
			t.Errorf("%s: %s", address, got)
		}
		var feed channel
		if err := xml.Unmarshal(w.Body.Bytes(), &feed); err != nil {
			t.Fatalf("%s: %v\n%s", address, err, w.Body)
		}
		c := feed.Channel
		if feed.Version != "2.0" || len(c.Links) != 2 {
			t.Fatalf("%s: %+v", address, feed)
		}
		if c.Title != home[address].title || c.Links[0].XMLName.Space != "" || c.Links[0].Address != "https://news.example"+home[address].path {
			t.Errorf("%s is called %q and leads to %+v", address, c.Title, c.Links[0])
		}
		if self := c.Links[1]; self.XMLName.Space != "http://www.w3.org/2005/Atom" || self.Rel != "self" || self.Href != "https://news.example"+address {
			t.Errorf("%s names itself %+v", address, self)
		}
		var got []string
		for _, item := range c.Items {
			slug, ok := strings.CutPrefix(item.Link, "https://news.example/articles/")
			if !ok || item.GUID != item.Link {
				t.Errorf("%s: %+v", address, item)
			}
			if _, err := time.Parse(time.RFC1123Z, item.PubDate); err != nil {
				t.Errorf("%s: %v", address, err)
			}
			got = append(got, slug)
			if slug == "tricky" && (item.Title != `Harbour & "quay": </script><script>alert(1)</script> <!--` || item.Creator != "O'Neill & Sons" ||
				!slices.Equal(item.Categories, []string{"Local", "ports", "a & b"})) {
				t.Errorf("%s: %+v", address, item)
			}
		}
		slices.Sort(got)
		slices.Sort(slugs)
		if !slices.Equal(got, slugs) {
			t.Errorf("%s has %q, want %q", address, got, slugs)
		}
		again := s.get(address, func(r *http.Request) { r.Header.Set("If-None-Match", w.Header().Get("ETag")) })
		if again.Code != http.StatusNotModified || strings.HasPrefix(w.Header().Get("ETag"), "W/") {
			t.Errorf("%s: %d with its own tag %s", address, again.Code, w.Header().Get("ETag"))
		}
	}
	wantStatus(t, s.get("/feed.fr.xml"), http.StatusNotFound)
	page := s.get("/articles/hafen").Body.String()
	for _, link := range []string{`title="The Meridian Times" href="/feed.xml">`, `title="The Meridian Times (Deutsch)" href="/feed.de.xml">`} {
		if !strings.Contains(page, `<link rel="alternate" type="application/rss+xml" `+link) {
			t.Errorf("the article does not name the feed %s", link)
		}
	}
}

// A feed has the newest articles, and not all there ever were.
func TestFeedIsBounded(t *testing.T) {
	files := map[string]string{}
	for i := range 70 {
		files[fmt.Sprintf("articles/a-%d.md", i)] = strings.Replace(tricky, "2026-01-02 03:04", fmt.Sprintf("2025-09-%02d 0%d:00", i%28+1, i/28), 1)
	}
	s := newSite(t, func(o *web.Options) { o.Newsroom = edited(t, files) })
	body := s.get("/feed.xml").Body.String()
	if n := strings.Count(body, "<item>"); n != 50 {
		t.Errorf("%d items", n)
	}
	if strings.Contains(body, "/geneva-joint-centre<") {
		t.Error("the oldest article is among them")
	}
}

func TestSitemapAndRobots(t *testing.T) {
	s := newSite(t)
	locations := func() []string {
		w := s.get("/sitemap.xml")
		wantStatus(t, w, http.StatusOK)
		if got := w.Header().Get("Content-Type"); got != "application/xml; charset=utf-8" || w.Header().Get("ETag") == "" {
			t.Errorf("%v", w.Header())
		}
		var set struct {
			XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
			URLs    []struct {
				Loc     string `xml:"loc"`
				Lastmod string `xml:"lastmod"`
			} `xml:"url"`
		}
		if err := xml.Unmarshal(w.Body.Bytes(), &set); err != nil {
			t.Fatalf("%v\n%s", err, w.Body)
		}
		var all []string
		for _, u := range set.URLs {
			if u.Lastmod != "" {
				if _, err := time.Parse(time.RFC3339, u.Lastmod); err != nil {
					t.Error(err)
				}
			}
			path, ok := strings.CutPrefix(u.Loc, "https://news.example")
			if !ok || s.get(path).Code != http.StatusOK {
				t.Errorf("the sitemap names %s", u.Loc)
			}
			all = append(all, path)
		}
		return all
	}
	all := locations()
	for _, path := range []string{"/", "/?lang=de", article, "/donate/independent-journalism", "/donate/independent-journalism?lang=ar"} {
		if !slices.Contains(all, path) {
			t.Errorf("the sitemap lacks %s: %q", path, all)
		}
	}
	s.now.set(func() time.Time { return time.Date(2016, 8, 1, 0, 0, 0, 0, time.UTC) })
	if all := locations(); slices.Contains(all, "/donate/independent-journalism") {
		t.Errorf("nothing asks, and the sitemap names %q", all)
	}
	w := s.get("/robots.txt")
	wantStatus(t, w, http.StatusOK, "User-agent: *\n", "\nDisallow: /checkout/\n", "\nSitemap: https://news.example/sitemap.xml\n")
	if w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%v", w.Header())
	}
}

package reader

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/web/fixed"
)

// rss is a feed by https://www.rssboard.org/rss-specification, with the elements
// of Atom and Dublin Core that its profile for good feeds asks for.
type rss struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	Dublin  string     `xml:"xmlns:dc,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Copyright   string    `xml:"copyright,omitempty"`
	Built       string    `xml:"lastBuildDate"`
	Self        atomLink  `xml:"atom:link"`
	Items       []rssItem `xml:"item"`
}

type atomLink struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
}

type rssItem struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	GUID        rssGUID  `xml:"guid"`
	Published   string   `xml:"pubDate"`
	Creator     string   `xml:"dc:creator"`
	Language    string   `xml:"dc:language"`
	Categories  []string `xml:"category"`
	Description string   `xml:"description"`
}

type rssGUID struct {
	Permanent bool   `xml:"isPermaLink,attr"`
	Address   string `xml:",chardata"`
}

const (
	rssType = "application/rss+xml; charset=utf-8"
	// feedLength is how many articles a feed has, the newest.
	feedLength = 50
)

// feedAddress is the feed of the whole site, or of one language.
func feedAddress(language string) string {
	if language == "" {
		return "/feed.xml"
	}
	return "/feed." + strings.ToLower(language) + ".xml"
}

// feedLink is a feed as a page's head names it.
type feedLink struct{ Title, Path string }

// feedLinks are the feeds for the readers of a page in a language: that of the
// site, and where it has several languages that of this one.
func (p *Pages) feedLinks(language string) []feedLink {
	name := p.Newsroom.Site.Name
	links := []feedLink{{Title: name, Path: feedAddress("")}}
	if address := feedAddress(language); p.published[address] != nil && len(p.words) > 1 {
		links = append(links, feedLink{Title: p.feedTitle(language), Path: address})
	}
	return links
}

// feedTitle is the newsroom's name, with that of the language in that language.
func (p *Pages) feedTitle(language string) string {
	return p.Newsroom.Site.Name + " (" + newAlternate(language, "", false).Name + ")"
}

// loadFeeds prepares the feed of the site and that of each language in which it
// has articles, by their addresses.
func (p *Pages) loadFeeds() (map[string]*fixed.Answer, error) {
	languages := []string{""}
	for _, a := range p.Newsroom.Articles {
		if !slices.ContainsFunc(languages, func(l string) bool { return strings.EqualFold(l, a.Language) }) {
			languages = append(languages, a.Language)
		}
	}
	feeds := map[string]*fixed.Answer{}
	for _, language := range languages {
		body, err := xml.MarshalIndent(p.feed(language), "", " ")
		if err != nil {
			return nil, fmt.Errorf("feed %s: %w", feedAddress(language), err)
		}
		if feeds[feedAddress(language)], err = p.Press.New(rssType, shared, asFile(body)); err != nil {
			return nil, fmt.Errorf("feed %s: %w", feedAddress(language), err)
		}
	}
	return feeds, nil
}

// asFile is an XML document with its first line.
func asFile(document []byte) []byte { return append([]byte(xml.Header), append(document, '\n')...) }

func (p *Pages) feed(language string) rss {
	site := p.Newsroom.Site.In(cmp.Or(language, p.Newsroom.Site.Language))
	c := rssChannel{
		Title: site.Name, Link: p.BaseURL + "/", Description: site.Tagline, Language: site.Language, Copyright: site.Copyright,
		Self: atomLink{Href: p.BaseURL + feedAddress(language), Rel: "self", Type: "application/rss+xml"},
	}
	if language != "" {
		c.Language = language
		c.Title, c.Link = p.feedTitle(language), p.BaseURL+p.inLanguage("/", p.known(language))
	}
	var built time.Time
	for _, a := range p.Newsroom.Articles { // newest first
		if language != "" && !strings.EqualFold(a.Language, language) {
			continue
		}
		c.Items = append(c.Items, p.feedItem(a))
		if at := changed(a); at.After(built) {
			built = at
		}
		if len(c.Items) == feedLength {
			break
		}
	}
	c.Built = rfc822(built)
	return rss{Version: "2.0", Atom: "http://www.w3.org/2005/Atom", Dublin: "http://purl.org/dc/elements/1.1/", Channel: c}
}

func (p *Pages) feedItem(a *campaign.Article) rssItem {
	address := p.BaseURL + articleAddress(a)
	return rssItem{
		Title: a.Title, Link: address, GUID: rssGUID{Permanent: true, Address: address}, Published: rfc822(a.Published),
		Creator: a.Byline, Language: a.Language, Categories: append([]string{a.Section}, a.Tags...), Description: a.Standfirst,
	}
}

// rfc822 writes a time as the specification of RSS asks for, with all four
// digits of the year and the zone as a number.
func rfc822(t time.Time) string { return t.Format(time.RFC1123Z) }

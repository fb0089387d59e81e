package reader

import (
	"time"

	"github.com/readerfund/readerfund/campaign"
)

// story is what the head of an article's page tells those who link to it.
type story struct {
	Article   *campaign.Article
	Described newsArticle
}

// newsArticle is the article in the words of https://schema.org/NewsArticle. It
// stands in the page as a block of data, which a browser does not run, so that a
// policy without scripts has nothing to say about it
// (https://html.spec.whatwg.org/multipage/scripting.html#data-block).
type newsArticle struct {
	Context     string    `json:"@context"`
	Type        string    `json:"@type"`
	ID          string    `json:"mainEntityOfPage"`
	URL         string    `json:"url"`
	Headline    string    `json:"headline"`
	Description string    `json:"description"`
	Section     string    `json:"articleSection"`
	Keywords    []string  `json:"keywords,omitempty"`
	Language    string    `json:"inLanguage"`
	Published   string    `json:"datePublished"`
	Modified    string    `json:"dateModified"`
	Free        bool      `json:"isAccessibleForFree"`
	Author      author    `json:"author"`
	Publisher   publisher `json:"publisher"`
}

// author has no type: a byline may be a person or a desk, and the files do not
// tell which.
type author struct {
	Name string `json:"name"`
}

type publisher struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

// describe prepares the head of an article's page.
func (p *Pages) describe(a *campaign.Article) *story {
	address := p.BaseURL + articleAddress(a)
	return &story{Article: a, Described: newsArticle{
		Context: "https://schema.org", Type: "NewsArticle", ID: address, URL: address,
		Headline: a.Title, Description: a.Standfirst, Section: a.Section, Keywords: a.Tags, Language: a.Language,
		Published: a.Published.Format(time.RFC3339), Modified: changed(a).Format(time.RFC3339), Free: true,
		Author:    author{Name: a.Byline},
		Publisher: publisher{Type: "NewsMediaOrganization", Name: p.Newsroom.Site.Name, URL: p.BaseURL + "/"},
	}}
}

// changed is when an article was last written to.
func changed(a *campaign.Article) time.Time {
	if a.Updated.IsZero() {
		return a.Published
	}
	return a.Updated
}

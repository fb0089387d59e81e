package reader

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/campaign"
)

// sitemap is the list of pages by https://www.sitemaps.org/protocol.html.
type sitemap struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	Pages   []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Location string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

const (
	sitemapPage = "sitemap"
	xmlType     = "application/xml; charset=utf-8"
	// maxSitemap is the most addresses that the protocol allows in one file. The
	// articles beyond are the oldest, which search engines know by then.
	maxSitemap = 50_000
)

// sitemap answers with the pages that last: the front pages, the asks that run,
// each in its languages, and the articles.
func (p *Pages) sitemap(c *gin.Context) error {
	asking := p.asking(p.Now())
	page, err := p.cache.getAs(xmlType, pageKey{page: sitemapPage, id: strings.Join(asking, " ")}, func() ([]byte, error) {
		body, err := xml.MarshalIndent(p.listPages(asking), "", " ")
		if err != nil {
			return nil, fmt.Errorf("sitemap: %w", err)
		}
		return asFile(body), nil
	})
	if err != nil {
		return err
	}
	page.Serve(c.Writer, c.Request)
	return nil
}

// asking are the addresses of the asks that run at a moment.
func (p *Pages) asking(now time.Time) []string {
	var all []string
	for _, c := range p.Newsroom.Campaigns {
		for _, language := range p.Newsroom.Site.Languages {
			appeal, ok := p.Newsroom.AppealIn(c.ID, language, now)
			// Without words of its own a language has another's.
			if ok && !slices.Contains(all, p.askPage(appeal)) {
				all = append(all, p.askPage(appeal))
			}
		}
	}
	return all
}

func (p *Pages) listPages(asks []string) sitemap {
	newest := func(a []*campaign.Article) string {
		var last time.Time
		for _, one := range a {
			if at := changed(one); at.After(last) {
				last = at
			}
		}
		return last.Format(time.RFC3339)
	}
	var all []sitemapURL
	for _, language := range p.frontLanguages() {
		all = append(all, sitemapURL{Location: p.BaseURL + p.inLanguage("/", language), Modified: newest(p.articlesIn(language))})
	}
	for _, address := range asks {
		all = append(all, sitemapURL{Location: p.BaseURL + address})
	}
	for _, a := range p.Newsroom.Articles {
		if len(all) == maxSitemap {
			break
		}
		all = append(all, sitemapURL{Location: p.BaseURL + articleAddress(a), Modified: changed(a).Format(time.RFC3339)})
	}
	return sitemap{Pages: all}
}

// robots is what crawlers are told (RFC 9309). The addresses that belong to one
// reader are no use to them; their pages say noindex besides.
func (p *Pages) robots() []byte {
	return []byte("User-agent: *\nDisallow: /checkout/\nDisallow: /gift/\nDisallow: /thanks\nDisallow: /manage\nDisallow: /finance\nDisallow: /embed/\n\nSitemap: " + p.BaseURL + "/sitemap.xml\n")
}

package campaign

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Embed says which other sites may show the newsroom's appeals on their pages.
type Embed struct {
	// Origins are scheme and host, such as https://www.paper.example, as browsers
	// write them: in small letters, the port only where it is not the scheme's own
	// (RFC 6454, 6.1). Empty: no other site may.
	Origins []string
}

// Allows tells whether pages of an origin, written as browsers write it, may
// show appeals.
func (e Embed) Allows(origin string) bool { return slices.Contains(e.Origins, origin) }

// maxPage bounds the address of a page, in bytes: Stripe keeps no longer value
// (https://docs.stripe.com/api/metadata).
const maxPage = 500

// Page reads the address of a page of an allowed site, as it goes into the
// books: without the part after #, which names a place on the page, and without
// the query where the whole would be too long to keep. It answers false for
// anything else: another scheme or site, a password in the address, a text that
// is no address.
func (e Embed) Page(text string) (string, bool) {
	page, ok := e.page(text)
	if !ok || len(page) > maxPage {
		return "", false
	}
	return page, true
}

// TooLong tells whether a text is the address of a page of an allowed site that Page
// answers false for because of its length alone.
func (e Embed) TooLong(text string) bool {
	page, ok := e.page(text)
	return ok && len(page) > maxPage
}

// page is Page without its bound.
func (e Embed) page(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Opaque != "" {
		return "", false
	}
	origin, ok := originOf(u)
	if !ok || !e.Allows(origin) {
		return "", false
	}
	page := origin + u.EscapedPath()
	if u.Path == "" {
		page += "/"
	}
	if u.RawQuery != "" && len(page)+1+len(u.RawQuery) <= maxPage {
		page += "?" + u.RawQuery
	}
	if strings.ContainsFunc(page, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", false
	}
	return page, true
}

// originOf is the origin of an address as a browser would write it.
func originOf(u *url.URL) (string, bool) {
	own := map[string]string{"https": "443", "http": "80"}[u.Scheme] // url.Parse has made it small
	host := strings.ToLower(u.Hostname())
	if own == "" || host == "" || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", false
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && port != own {
		host += ":" + port
	}
	return u.Scheme + "://" + host, true
}

// readEmbed reads "embed".
func (f *siteFile) readEmbed(d document, n *yaml.Node) {
	t := d.table(n, `"embed"`, required("origins", "[https://www.newsroom.example]"))
	if t == nil {
		return
	}
	for _, n := range t.list("origins") {
		text, ok := t.oneLine(n, `an entry of "origins"`)
		if !ok {
			continue
		}
		origin, wrong, fix := readOrigin(text)
		switch {
		case wrong != "":
			t.problem(n, wrong, fix)
		case f.site.Embed.Allows(origin):
			t.problem(n, origin+" is listed twice", "keep one of the two")
		default:
			f.site.Embed.Origins = append(f.site.Embed.Origins, origin)
		}
	}
}

// readOrigin reads scheme and host; what is wrong with the text comes back in
// words, with what to write instead.
func readOrigin(text string) (origin, wrong, fix string) {
	const example = "write scheme and host, such as https://www.newsroom.example"
	if strings.Contains(text, "*") {
		return "", quote(text) + " stands for many sites", "write each site by itself, such as https://www.newsroom.example"
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", quote(text) + " is not the address of a site", example
	}
	origin, ok := originOf(u)
	switch {
	case !ok:
		return "", quote(text) + " is not the address of a site", example
	case u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Sprintf("%s is more than scheme and host", quote(text)), "write " + origin
	}
	return origin, "", ""
}

// PlacementEmbed is where a gift began on another site's page. No file names it:
// that page decides where the appeal stands.
const PlacementEmbed Placement = "embed"

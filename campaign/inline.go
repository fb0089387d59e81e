package campaign

import (
	"cmp"
	"html/template"
	"strings"

	"golang.org/x/net/html"
)

// InlineCopy is the card that stands between two paragraphs of an article.
type InlineCopy struct {
	Text  string // the strip's where the file gives none, else the headline
	After int    // the paragraph it follows, counted from 1
}

// defaultInlineAfter leaves a reader time to begin with the article.
const defaultInlineAfter = 3

// readInline reads the card of the placement inline. It follows readStrip, whose
// text it falls back to.
func (r *appealReader) readInline() {
	a := r.appeal
	a.Inline.After = defaultInlineAfter
	if n := r.values["inline"]; n != nil {
		if t := r.table.table(n, `"inline"`, optional("after"), optional("text")); t != nil {
			a.Inline = InlineCopy{Text: t.filled("text", r.siteFile.site), After: t.whole("after", 1, 100, defaultInlineAfter)}
		}
	}
	a.Inline.Text = cmp.Or(a.Inline.Text, a.Strip.Text, a.Headline)
}

// Cut divides the text behind a paragraph, counted from 1, so that something can
// stand there. Only paragraphs of the text itself count, not those of lists and
// quotations. Where the next thing belongs to the paragraph, as a list or a table
// does, the cut falls behind a later one. It answers false where no more of the
// story would follow: what is short is not interrupted.
func (a *Article) Cut(after int) (first, rest template.HTML, ok bool) {
	at := cutAt(string(a.Body), after)
	if at < 0 {
		return a.Body, "", false
	}
	return a.Body[:at], a.Body[at:], true
}

// cutAt is the offset of the cut, or -1. The text is the sanitiser's: every
// element that it opens is closed.
func cutAt(body string, after int) int {
	z := html.NewTokenizer(strings.NewReader(body))
	offset, depth, paragraphs, cut := 0, 0, 0, -1
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return -1 // the end of the text: a text in memory has no other error
		}
		name, _ := z.TagName()
		offset += len(z.Raw())
		switch kind {
		case html.StartTagToken:
			if depth == 0 && cut >= 0 {
				if isFlow(string(name)) {
					return cut
				}
				cut = -1
			}
			if !isVoid(string(name)) {
				depth++
			}
		case html.EndTagToken:
			depth--
			if depth == 0 && string(name) == "p" {
				if paragraphs++; paragraphs >= after {
					cut = offset
				}
			}
		case html.SelfClosingTagToken:
			if depth == 0 {
				cut = -1
			}
		}
	}
}

// isFlow tells whether the story goes on with an element, be it under a heading
// of its own.
func isFlow(name string) bool {
	return name == "p" || len(name) == 2 && name[0] == 'h' && name[1] <= '6'
}

func isVoid(name string) bool { return name == "br" || name == "hr" || name == "img" }

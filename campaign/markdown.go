package campaign

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// markdown turns editors' text into HTML. Raw HTML, pictures and dangerous
// addresses are reported where they stand rather than silently dropped; the
// sanitiser behind it is the second lock, should the first ever fail.
type markdown struct {
	engine goldmark.Markdown
	policy *bluemonday.Policy
	site   string // the newsroom's name
}

func newMarkdown(site string) *markdown {
	policy := bluemonday.NewPolicy()
	policy.AllowElements("p", "br", "hr", "em", "strong", "del", "blockquote", "code", "pre", "h2", "h3", "h4", "h5", "h6")
	policy.AllowLists()
	policy.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	policy.AllowTables()
	policy.AllowAttrs("href", "title").OnElements("a")
	policy.AllowURLSchemes("http", "https", "mailto", "tel")
	policy.AllowRelativeURLs(true)
	policy.RequireParseableURLs(true)
	return &markdown{
		engine: goldmark.New(goldmark.WithExtensions(
			// An attribute, not a style: pages forbid inline styles.
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.Strikethrough, extension.Typographer)),
		policy: policy,
		site:   site,
	}
}

// render gives the HTML of a text. Problems are told with the line of the text,
// counted from 1.
func (m *markdown) render(source []byte, problem func(line int, problem, fix string)) template.HTML {
	root := m.engine.Parser().Parse(text.NewReader(source))
	m.check(root, source, problem)
	if stray, at := strayPlaceholder(string(source)); stray != "" {
		problem(lineAt(source, at), quote(stray)+" would be shown to readers as it is", placeholderFix)
	}
	var out bytes.Buffer
	if err := m.engine.Renderer().Render(&out, source, root); err != nil {
		problem(1, "this text cannot be rendered ("+err.Error()+")", "take out what is unusual in it")
		return ""
	}
	clean := strings.TrimSpace(m.policy.Sanitize(out.String()))
	// The name comes in last and escaped: it is text, whatever it contains.
	return template.HTML(withSite(clean, html.EscapeString(m.site))) //nolint:gosec // sanitised one line above
}

// check walks the parsed text for what a page must not hold.
func (m *markdown) check(root ast.Node, source []byte, problem func(line int, problem, fix string)) {
	seen := map[string]bool{}
	tell := func(n ast.Node, what, fix string) {
		line := lineAt(source, position(n))
		// <b>…</b> is two pieces of HTML but one thing to mend.
		if key := fmt.Sprint(line, fix); !seen[key] {
			seen[key] = true
			problem(line, what, fix)
		}
	}
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker never fails
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.RawHTML:
			checkHTML(n, string(n.Segments.Value(source)), tell)
		case *ast.HTMLBlock:
			raw := string(n.Lines().Value(source))
			if n.HasClosure() {
				raw += string(n.ClosureLine.Value(source))
			}
			checkHTML(n, raw, tell)
		case *ast.Image:
			tell(n, "a picture stands in the text", "take it out; texts hold words only, so that a page loads nothing from elsewhere")
		case *ast.Link:
			checkAddress(n, string(n.Destination), tell)
		case *ast.AutoLink:
			checkAddress(n, string(n.URL(source)), tell)
		case *ast.Heading:
			if n.Level == 1 {
				tell(n, "a heading of the first level stands in the text", "write ## before it; the first level is the article's title")
			}
		}
		return ast.WalkContinue, nil
	})
}

// lineAt counts the line of an offset, from 1.
func lineAt(source []byte, at int) int {
	return 1 + bytes.Count(source[:min(at, len(source))], []byte("\n"))
}

// position is where a node begins, or else the nearest node around it.
func position(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if at := n.Pos(); at >= 0 {
			return at
		}
	}
	return 0
}

func checkHTML(n ast.Node, raw string, tell func(ast.Node, string, string)) {
	// A comment is an editor's note to colleagues; it is left out of the page.
	rest := strings.TrimSpace(regexp.MustCompile(`(?s)<!--.*?-->`).ReplaceAllString(raw, ""))
	if rest == "" {
		return
	}
	first, _, _ := strings.Cut(rest, "\n")
	tell(n, "HTML stands in the text: "+quote(first), `write Markdown: *emphasis*, **strong**, [words](https://address), ## heading; or \< for the sign itself`)
}

func checkAddress(n ast.Node, address string, tell func(ast.Node, string, string)) {
	u, err := url.Parse(address)
	good := err == nil
	if good {
		switch strings.ToLower(u.Scheme) {
		case "http", "https":
			good = u.Host != ""
		case "mailto", "tel":
		case "":
			good = u.Host == "" && address != ""
		default:
			good = false
		}
	}
	if !good {
		tell(n, "a link leads to "+quote(address), "write an address that begins with https://, mailto: or /")
	}
}

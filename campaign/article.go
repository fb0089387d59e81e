package campaign

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Article is one piece of journalism, rendered once at start.
type Article struct {
	Slug       string // of its address, /articles/{slug}
	Title      string
	Standfirst string // the sentence between title and text
	Byline     string
	Section    string
	Dateline   string // where it was written; "" where that is not told
	Published  time.Time
	Updated    time.Time // zero where it never was
	Language   string    // BCP 47
	Tags       []string

	// TranslationOf is the slug of the article that this one says in another
	// language; "" for an original.
	TranslationOf   string
	translationLine int // of the key, for problems that show once all are read

	Body           template.HTML // rendered and sanitised; block elements only
	ReadingMinutes int           // at 230 words a minute, at least 1
}

const fence = "---"

// readArticle reads one file of articles/: front matter between two lines of
// three hyphens, then the text in Markdown. It answers nil once it has reported
// why there is no article.
func readArticle(d document, data []byte, slugs names, site Site, md *markdown) *Article {
	matter, body, ok := d.cutFrontMatter(data)
	if !ok {
		return nil
	}
	bodyLine := bytes.Count(data[:len(data)-len(body)], []byte("\n"))
	a := d.readMatter(matter, slugs, site)
	if strings.TrimSpace(string(body)) == "" {
		d.report.problem(d.file, bodyLine, "the article has no text", "write the text below the line ---")
		return nil
	}
	html := md.render(body, func(line int, problem, fix string) { d.report.problem(d.file, bodyLine+line, problem, fix) })
	if a == nil {
		return nil
	}
	a.Body = html
	a.ReadingMinutes = max(1, (len(strings.Fields(string(body)))+115)/230)
	return a
}

// cutFrontMatter divides an article at the lines of three hyphens.
func (d document) cutFrontMatter(data []byte) (matter, body []byte, ok bool) {
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	if strings.TrimRight(string(first), " \t") != fence {
		d.report.problem(d.file, 1, "the front matter is missing", "begin the file with a line ---, then title: and the other keys, then a line ---, then the text")
		return nil, nil, false
	}
	for at := 0; at < len(rest); {
		line, _, _ := bytes.Cut(rest[at:], []byte("\n"))
		end := min(at+len(line)+1, len(rest))
		if strings.TrimRight(string(line), " \t") == fence {
			return rest[:at], rest[end:], true
		}
		at = end
	}
	d.report.problem(d.file, 1, "the front matter that begins here never ends", "write a line --- between the keys and the text")
	return nil, nil, false
}

// readMatter reads the keys above the text.
func (d document) readMatter(matter []byte, slugs names, site Site) *Article {
	d.before = 1 // the line of hyphens
	top := d.parse(matter)
	if top == nil {
		return nil
	}
	t := d.table(top, "the front matter",
		required("title", "The headline"),
		required("standfirst", "One sentence on what the article tells"),
		required("byline", "Foreign desk"),
		required("section", "World"),
		required("published", "2016-09-15 09:00"),
		optional("updated"), optional("time_zone"), optional("dateline"),
		optional("language"), optional("tags"), optional("slug"), optional("translation_of"))
	if t == nil {
		return nil
	}
	zone := t.zone("time_zone", site.BaseTimezone)
	a := &Article{
		Slug:  t.ownSlug("slug", slugs),
		Title: t.filled("title", site), Standfirst: t.filled("standfirst", site),
		Byline: t.filled("byline", site), Section: t.text("section"), Dateline: t.text("dateline"),
		Published: t.moment("published", zone), Updated: t.moment("updated", zone),
		Language: site.Language, Tags: t.texts("tags"),
	}
	if n := t.values["language"]; n != nil {
		if tag, ok := t.language(n, `"language"`); ok {
			a.Language = tag
		}
	}
	if n := t.values["translation_of"]; n != nil {
		a.TranslationOf, a.translationLine = t.slug("translation_of"), d.line(n)
	}
	if !a.Updated.IsZero() && a.Updated.Before(a.Published) {
		t.problem(t.values["updated"], fmt.Sprintf("the update %s is before publication", quote(t.values["updated"].Value)), "write a time after published, or take the key out")
	}
	return a
}

// filled reads a line of text and puts the newsroom's name in.
func (t *table) filled(key string, site Site) string {
	n := t.values[key]
	if n == nil {
		return ""
	}
	s, _ := t.filledLine(n, quote(key), site)
	return s
}

func (d document) filledLine(n *yaml.Node, name string, site Site) (string, bool) {
	s, ok := d.oneLine(n, name)
	if stray, _ := strayPlaceholder(s); stray != "" {
		d.problem(n, quote(stray)+" would be shown to readers as it is", placeholderFix)
	}
	return withSite(s, site.Name), ok
}

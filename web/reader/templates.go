package reader

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"regexp"
	"time"

	"github.com/readerfund/readerfund/campaign"
)

//go:embed templates/*.html
var templateFiles embed.FS

// The pages that handlers name; each is a file in templates/.
const (
	frontPage   = "front"
	articlePage = "article"
	askPage     = "donate"
	thanksPage  = "thanks"
	messagePage = "message"
	giftPage    = "gift"
	againPage   = "again"
)

// templates are the parsed pages by name, each with the frame and the partials.
type templates map[string]*template.Template

// frame is what the frame around every page needs.
type frame struct {
	Title       string // for the browser's tab
	Description string
	Canonical   string      // "" for pages that have no lasting address
	Private     bool        // one reader's: not for search engines
	Front       bool        // the masthead in full
	Support     string      // address of the masthead's call to action; "" for none
	Call        string      // its words, by the editor; "" for the catalogue's
	Kind        string      // for og:type
	Home        string      // address of the front page in this language
	Base        string      // of absolute addresses
	Alternates  []alternate // this page in all its languages; nil where there is one only
	Story       *story      // nil on pages that are no article
	Feeds       []feedLink  // of articles
	Style       string      // a stylesheet of this page's own; "" for none
	Manage      string      // address of the reader's own page; "" where there is none
	Banner      *strip      // above everything; nil for none
	Mark        *sighting   // where a banner would stand for others
	Asks        *settings   // for early.js; nil where nothing asks
}

// view is what a template is given.
type view struct {
	speaker // in the page's language
	Frame   frame
	Site    campaign.Site
	Page    any
	in      func(language string) *catalogue
}

// loadTemplates parses every page and checks that each sentence and file that a
// template names exists.
func (p *Pages) loadTemplates() (templates, error) {
	shared, err := template.New("").Funcs(template.FuncMap{
		"file": p.files.URL, "icon": func() template.URL { return p.files.icon }, "dir": direction,
		"rfc3339": func(t time.Time) string { return t.Format(time.RFC3339) },
	}).ParseFS(templateFiles, "templates/frame.html", "templates/ask.html", "templates/goal.html", "templates/sharing.html", "templates/embed.html", "templates/places.html", "templates/seen.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	all := templates{}
	for _, name := range append([]string{frontPage, articlePage, askPage, thanksPage, messagePage, giftPage, againPage}, managePages()...) {
		page, err := shared.Clone()
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		if all[name], err = page.ParseFS(templateFiles, "templates/"+name+".html"); err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		if all[name].Lookup("frame") == nil || all[name].Lookup("main") == nil {
			return nil, fmt.Errorf("template %s: it must define main", name)
		}
	}
	return all, p.checkKeys()
}

// checkKeys finds the sentences that templates name literally. Those that are
// put together from parts are met when every page is rendered at start.
func (p *Pages) checkKeys() error {
	named := regexp.MustCompile(`\.T "([\w.]+)"`)
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return fmt.Errorf("templates: %w", err)
	}
	for _, file := range files {
		source, err := templateFiles.ReadFile(file)
		if err != nil {
			return fmt.Errorf("templates: %w", err)
		}
		var keys []string
		for _, m := range named.FindAllSubmatch(source, -1) {
			keys = append(keys, string(m[1]))
		}
		for _, words := range p.words {
			if err := words.check(keys); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return nil
}

// render makes a whole page in memory, so that an error never shows as half a
// page with status 200.
func (p *Pages) render(words *catalogue, name string, f frame, content any) ([]byte, error) {
	var b bytes.Buffer
	f.Home, f.Base, f.Feeds = p.inLanguage("/", p.known(words.tag)), p.BaseURL, p.feedLinks(words.tag)
	if p.Manage != nil && f.Manage == "" {
		f.Manage = p.inLanguage(managePath, p.known(words.tag))
	}
	v := view{speaker: speaker{words}, Frame: f, Site: p.Newsroom.Site, Page: content, in: p.in}
	if err := p.templates[name].ExecuteTemplate(&b, "frame", v); err != nil {
		return nil, fmt.Errorf("rendering the page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// titled puts the newsroom's name behind a page's title.
func (p *Pages) titled(words *catalogue, title string) (string, error) {
	return words.text("title", "title", title, "site", p.Newsroom.Site.Name)
}

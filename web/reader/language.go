package reader

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/readerfund/readerfund/campaign"
)

// queryLanguage carries the language of a page that is no article's. It stands
// in the address, because pages come from shared caches.
const queryLanguage = "lang"

// catalogues are the languages of a newsroom by their tags in lower case.
type catalogues map[string]*catalogue

func loadCatalogues(n *campaign.Newsroom) (catalogues, error) {
	tags := slices.Clone(n.Site.Languages)
	tags = append(tags, n.Site.Language)
	for _, a := range n.Articles {
		tags = append(tags, a.Language)
	}
	for _, a := range n.Appeals {
		tags = append(tags, a.Language)
	}
	all := catalogues{}
	for _, tag := range tags {
		key := strings.ToLower(tag)
		if all[key] != nil {
			continue
		}
		var err error
		if all[key], err = loadCatalogue(tag); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// in gives the words of a language, or the site's where the newsroom does not
// use that language (any more).
func (p *Pages) in(tag string) *catalogue {
	if c := p.words[strings.ToLower(tag)]; c != nil {
		return c
	}
	return p.words[strings.ToLower(p.Newsroom.Site.Language)]
}

// asked is the language that an address asks for, of those of the site: the
// site's own where it asks for none.
func (p *Pages) asked(c *gin.Context) string { return p.known(c.Query(queryLanguage)) }

// known is a language of the site as its file writes it.
func (p *Pages) known(tag string) string {
	site := p.Newsroom.Site
	if at := slices.IndexFunc(site.Languages, func(l string) bool { return strings.EqualFold(l, tag) }); at >= 0 {
		return site.Languages[at]
	}
	return site.Language
}

// inLanguage adds a language to an address of ours. The site's own needs none.
func (p *Pages) inLanguage(address, tag string) string {
	if strings.EqualFold(tag, p.Newsroom.Site.Language) {
		return address
	}
	path, fragment, has := strings.Cut(address, "#")
	if path += "?" + queryLanguage + "=" + url.QueryEscape(tag); has {
		path += "#" + fragment
	}
	return path
}

// alternate is a page that says the same in another language.
type alternate struct {
	Language string // BCP 47
	Path     string
	Name     string // of the language, in that language
	Here     bool   // it is this page
}

// newAlternate names a language as its readers do.
func newAlternate(tag, path string, here bool) alternate {
	return alternate{Language: tag, Path: path, Name: languageName(tag), Here: here}
}

// languageName begins with a capital, as names do that stand alone.
func languageName(tag string) string {
	known := language.Make(tag)
	return cases.Title(known, cases.NoLower).String(display.Self.Name(known))
}

// alternates of a page in one language are none: there is nothing to choose.
func alternates(all []alternate) []alternate {
	if len(all) < 2 {
		return nil
	}
	return all
}

// frontLanguages are those with a front page of their own.
func (p *Pages) frontLanguages() []string {
	return slices.DeleteFunc(slices.Clone(p.Newsroom.Site.Languages), func(tag string) bool {
		return !strings.EqualFold(tag, p.Newsroom.Site.Language) && len(p.articlesIn(tag)) == 0
	})
}

// articlesIn are the articles of a front page, newest first. On that of the
// site's own language also stand those in languages that have no other. Where
// there is none, every article does.
func (p *Pages) articlesIn(tag string) []*campaign.Article {
	site := p.Newsroom.Site
	all := slices.DeleteFunc(slices.Clone(p.Newsroom.Articles), func(a *campaign.Article) bool {
		return !strings.EqualFold(p.known(a.Language), tag)
	})
	if len(all) == 0 && strings.EqualFold(tag, site.Language) {
		return p.Newsroom.Articles
	}
	return all
}

// frontAlternates are the front pages in all languages.
func (p *Pages) frontAlternates(here string) []alternate {
	var all []alternate
	for _, tag := range p.frontLanguages() {
		all = append(all, newAlternate(tag, p.inLanguage("/", tag), strings.EqualFold(tag, here)))
	}
	return alternates(all)
}

// articleAlternates are an article and its translations, in the site's order of
// languages as everywhere; what the site does not name comes last.
func (p *Pages) articleAlternates(a *campaign.Article) []alternate {
	site, translations := p.Newsroom.Site.Languages, p.Newsroom.Translations(a)
	place := func(t *campaign.Article) int {
		at := slices.IndexFunc(site, func(tag string) bool { return strings.EqualFold(tag, t.Language) })
		if at < 0 {
			return len(site)
		}
		return at
	}
	slices.SortStableFunc(translations, func(x, y *campaign.Article) int { return place(x) - place(y) })
	var all []alternate
	for _, t := range translations {
		all = append(all, newAlternate(t.Language, articleAddress(t), t.Slug == a.Slug))
	}
	return alternates(all)
}

// askAlternates are the whole-page asks of a campaign in all languages that one
// of its running appeals is written in.
func (p *Pages) askAlternates(appeal *campaign.Appeal) []alternate {
	var all []alternate
	for _, tag := range p.Newsroom.Site.Languages {
		if a, ok := p.Newsroom.AppealIn(appeal.Campaign, tag, p.Now()); ok && strings.EqualFold(a.Language, tag) {
			all = append(all, newAlternate(tag, p.askPage(a), strings.EqualFold(tag, appeal.Language)))
		}
	}
	return alternates(all)
}

// formAddress is where a form is posted from a page in a language: what the
// reader sees next is in that language too, whatever happens.
func (p *Pages) formAddress(page string) string { return p.inLanguage("/donate#support", page) }

// askPage is the address of the whole-page ask that an appeal makes.
func (p *Pages) askPage(a *campaign.Appeal) string {
	return p.inLanguage(pageAddress(a.Campaign), a.Language)
}

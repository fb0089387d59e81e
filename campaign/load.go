package campaign

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

const (
	articlesDir = "articles"
	appealsDir  = "appeals"
)

// Load reads a newsroom: site.yaml, articles/*.md and appeals/*.yaml, from the
// sample or from os.DirFS. It reads everything before it judges, and tells all
// that is wrong at once in a *ProblemsError; there is no newsroom then.
//
// An article whose publication lies after now is left out with a warning, so
// that an embargo holds until a later start.
func Load(fsys fs.FS, now time.Time) (*Newsroom, error) {
	r := &report{}
	f := folder{fs: fsys, report: r}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		r.problem("CONTENT_DIR", 0, "the content folder cannot be read ("+reason(err)+")", folderFix)
		return nil, &ProblemsError{Problems: r.problems}
	}
	f.warnOfStrangers(entries)

	site := newSiteFile()
	if text, ok := f.read(siteFileName); ok {
		site = readSite(document{report: r, file: siteFileName}, text)
	}
	md := newMarkdown(site.site.Name)
	n := &Newsroom{Campaigns: site.campaigns}
	n.Articles = f.articles(site, md, now)
	n.Appeals = f.appeals(site, md)
	n.Site = site.site

	sortProblems(r.problems)
	if len(r.problems) > 0 {
		return nil, &ProblemsError{Problems: r.problems}
	}
	sortProblems(r.warnings)
	n.Warnings = r.warnings
	return n, nil
}

// articles reads every article, newest first.
func (f folder) articles(site *siteFile, md *markdown, now time.Time) []*Article {
	files, sure := f.list(articlesDir, ".md")
	var all []*Article
	var translations []translation
	slugs := names{}
	for _, name := range files {
		text, ok := f.read(name)
		if !ok {
			sure = false
			continue
		}
		d := document{report: f.report, file: name}
		a := readArticle(d, text, slugs, site.site, md)
		if a == nil {
			sure = false
			continue
		}
		if a.Published.After(now) {
			f.report.warn(name, fmt.Sprintf("the article is left out: it is to be published at %s", a.Published.Format(time.RFC3339)),
				"start the service again after that time")
			continue
		}
		all = append(all, a)
		if a.TranslationOf != "" {
			translations = append(translations, translation{document: d, line: a.translationLine, article: a})
		}
	}
	if sure { // a file that could not be read may be the original
		checkTranslations(translations, all, slugs)
	}
	if len(all) == 0 && sure {
		f.report.problem(articlesDir, 0, "there is no published article", "write one, such as articles/first.md; docs/content.md describes it")
	}
	slices.SortStableFunc(all, func(a, b *Article) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(a.Slug, b.Slug))
	})
	return all
}

// appeals reads every appeal and checks that no campaign is without one.
func (f folder) appeals(site *siteFile, md *markdown) []*Appeal {
	files, sure := f.list(appealsDir, ".yaml")
	var all []*Appeal
	ids := names{}
	asked := map[string]bool{}
	for _, name := range files {
		text, ok := f.read(name)
		if !ok {
			sure = false
			continue
		}
		d := document{report: f.report, file: name}
		a := readAppeal(d, text, ids, site, md)
		if a == nil {
			sure = false
			continue
		}
		asked[a.Campaign] = true
		all = append(all, a)
	}
	for _, id := range site.campaignIDs {
		// A file that could not be read may be the very appeal.
		if !asked[id] && sure {
			f.report.problem(siteFileName, site.lines[id], fmt.Sprintf("the campaign %s has no appeal", quote(id)),
				fmt.Sprintf("write one in %s/ with campaign: %s, or take the campaign out", appealsDir, id))
		}
	}
	return all
}

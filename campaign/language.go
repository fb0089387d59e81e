package campaign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// AppealIn is AppealOf for readers of a language: of the campaign's appeals that
// run now one in that language, else one in the site's.
func (n *Newsroom) AppealIn(campaign, language string, now time.Time) (*Appeal, bool) {
	onPage := func(a *Appeal) bool {
		return a.Campaign == campaign && slices.Contains(a.Placements, PlacementPage)
	}
	anywhere := func(a *Appeal) bool { return a.Campaign == campaign }
	paged, onAnyPage := n.best(now, language, onPage)
	if onAnyPage && strings.EqualFold(paged.Language, language) {
		return paged, true
	}
	// Words that a reader can read outweigh the placement.
	if a, ok := n.best(now, language, anywhere); ok && strings.EqualFold(a.Language, language) {
		return a, true
	}
	if onAnyPage {
		return paged, true
	}
	return n.best(now, language, anywhere)
}

// Translations gives an article in all its languages, itself included: the
// original first, the others by language. An article that is neither a
// translation nor translated is alone.
func (n *Newsroom) Translations(a *Article) []*Article {
	original := cmp.Or(a.TranslationOf, a.Slug)
	all := slices.DeleteFunc(slices.Clone(n.Articles), func(o *Article) bool {
		return o.Slug != original && o.TranslationOf != original
	})
	slices.SortStableFunc(all, func(x, y *Article) int {
		if (x.Slug == original) != (y.Slug == original) {
			if x.Slug == original {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.Language, y.Language), cmp.Compare(x.Slug, y.Slug))
	})
	return all
}

// translation is what an article said it translates, until all are read.
type translation struct {
	document document
	line     int
	article  *Article
}

// checkTranslations finds translations of nothing, of a translation, and two in
// one language. Only what is published counts: a translation may wait for its
// original, and then stands alone.
func checkTranslations(all []translation, articles []*Article, slugs names) {
	taken := map[string]string{} // slug of the article that has a language of an original
	for _, a := range articles {
		if a.TranslationOf == "" {
			taken[a.Slug+" "+strings.ToLower(a.Language)] = a.Slug
		}
	}
	for _, t := range all {
		report := func(problem, fix string) {
			t.document.report.problem(t.document.file, t.line, problem, fix)
		}
		of := t.article.TranslationOf
		if _, ok := slugs[of]; !ok {
			report(fmt.Sprintf("there is no article %s to be a translation of", quote(of)), "write the slug of an article, the last part of its address")
			continue
		}
		original, ok := find(articles, func(a *Article) bool { return a.Slug == of })
		if !ok {
			continue
		}
		if original.TranslationOf != "" || of == t.article.Slug {
			report(fmt.Sprintf("%s is itself a translation", quote(of)), "name the original, from which all translations were made")
			continue
		}
		key := of + " " + strings.ToLower(t.article.Language)
		if other, twice := taken[key]; twice {
			report(fmt.Sprintf("%s is in the same language %s as %s", quote(t.article.Slug), t.article.Language, quote(other)), "write the language of each")
			continue
		}
		taken[key] = t.article.Slug
	}
}

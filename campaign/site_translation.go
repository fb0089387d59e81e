package campaign

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Translation is what the site file says in one more language. What it leaves out
// is said as the site says it.
type Translation struct {
	Tagline     string
	Copyright   string
	Imprint     []string // all lines, in place of the site's
	ReceiptNote string
}

// Translation is what the site file says in a language, or in that language
// without its region; the zero value where it says nothing.
func (s *Site) Translation(language string) Translation {
	t, _ := inLanguage(s.Translations, language)
	return t
}

// In is the site with its words in a language, as far as the file has them.
func (s Site) In(language string) Site {
	t := s.Translation(language)
	for _, said := range []struct {
		text *string
		in   string
	}{{&s.Tagline, t.Tagline}, {&s.Copyright, t.Copyright}, {&s.ReceiptNote, t.ReceiptNote}} {
		if said.in != "" {
			*said.text = said.in
		}
	}
	if t.Imprint != nil {
		s.Imprint = t.Imprint
	}
	return s
}

// NameIn is the campaign's name in a language, and true; where the file has none
// the name, and false.
func (c Campaign) NameIn(language string) (name string, translated bool) {
	if name, ok := inLanguage(c.Names, language); ok {
		return name, true
	}
	return c.Name, false
}

// inLanguage finds what is kept for a language, or for it without its region.
func inLanguage[T any](all map[string]T, language string) (T, bool) {
	tag := strings.ToLower(language)
	if t, ok := all[tag]; ok {
		return t, true
	}
	base, _, _ := strings.Cut(tag, "-")
	t, ok := all[base]
	return t, ok
}

// readTranslations reads the site's words in its other languages.
func (f *siteFile) readTranslations(t *table) {
	f.site.Translations = map[string]Translation{}
	f.otherLanguages(t, "translations", func(tag string, p pair) {
		words := t.table(p.value, fmt.Sprintf("the translation %s", quote(p.name)),
			optional("tagline"), optional("copyright"), optional("imprint"), optional("receipt"))
		if words == nil {
			return
		}
		said := Translation{Tagline: words.filled("tagline", f.site), Copyright: words.filled("copyright", f.site)}
		for _, n := range words.list("imprint") {
			if line, ok := words.filledLine(n, `an entry of "imprint"`, f.site); ok {
				said.Imprint = append(said.Imprint, line)
			}
		}
		said.ReceiptNote = f.receiptNote(words)
		f.site.Translations[tag] = said
	})
}

// readNames reads a campaign's name in the site's other languages.
func (f *siteFile) readNames(t *table) map[string]string {
	names := map[string]string{}
	f.otherLanguages(t, "names", func(tag string, p pair) {
		if isNothing(p.value) {
			t.problem(p.key, quote(p.name)+" has no name", "write the campaign's name in that language, or take the line out")
			return
		}
		if name, ok := t.filledLine(p.value, fmt.Sprintf("the name %s", quote(p.name)), f.site); ok {
			t.nameLength(p.value, name)
			names[tag] = name
		}
	})
	return names
}

// otherLanguages gives each entry of a mapping by language: the site's own is
// written elsewhere, and one that the site does not have is mistyped.
func (f *siteFile) otherLanguages(t *table, key string, each func(tag string, p pair)) {
	n := t.values[key]
	if n == nil {
		return
	}
	for _, p := range t.pairs(n, quote(key)) {
		tag := strings.ToLower(p.name)
		switch known := slices.ContainsFunc(f.site.Languages, func(l string) bool { return strings.EqualFold(l, tag) }); {
		case strings.EqualFold(tag, f.site.Language):
			t.problem(p.key, quote(p.name)+" is the language of the site itself", "write these words where the site's own stand, outside of "+quote(key))
		case !known:
			t.problem(p.key, quote(p.name)+" is not a language of the site", "write one of those in \"languages\", or add it there")
		default:
			each(tag, p)
		}
	}
}

// nameLength holds a campaign's name to what Stripe takes for that of a product.
func (d document) nameLength(n *yaml.Node, name string) {
	if most := 250; len([]rune(name)) > most {
		d.problem(n, fmt.Sprintf("the name has %d characters; Stripe's page takes %d", len([]rune(name)), most), "write a shorter name")
	}
}

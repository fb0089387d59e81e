package campaign

import (
	"slices"
	"strings"
	"testing"
)

// translatable is the right site in English, German and Brazilian Portuguese.
func translatable(more string) string {
	return strings.Replace(rightSite, "language: en\n", "language: en\nlanguages: [de, pt-BR]\n", 1) + more
}

func TestWordsInOtherLanguages(t *testing.T) {
	files := right()
	files["site.yaml"] = strings.Replace(translatable(`copyright: (c) [[site]]
imprint: [One, Two]
receipt: {note: A gift}
translations:
  DE:
    tagline: Kurz von [[site]]
    imprint: [Eins]
    receipt: {note: Eine Spende}
  pt-BR:
    copyright: (c) Jornal
`), "    name: News\n", "    name: News\n    names:\n      de: Nachrichten von [[site]]\n", 1)
	n := mustLoad(t, mapFS(files))
	for language, want := range map[string]string{
		"en":    "Short|(c) Paper|One Two|A gift|News false",
		"de":    "Kurz von Paper|(c) Paper|Eins|Eine Spende|Nachrichten von Paper true",
		"de-AT": "Kurz von Paper|(c) Paper|Eins|Eine Spende|Nachrichten von Paper true",
		"pt-br": "Short|(c) Jornal|One Two|A gift|News false",
		"pt":    "Short|(c) Paper|One Two|A gift|News false",
		"":      "Short|(c) Paper|One Two|A gift|News false",
	} {
		s := n.Site.In(language)
		name, translated := n.Campaigns[0].NameIn(language)
		if translated {
			name += " true"
		} else {
			name += " false"
		}
		got := strings.Join([]string{s.Tagline, s.Copyright, strings.Join(s.Imprint, " "), s.ReceiptNote, name}, "|")
		if got != want {
			t.Errorf("%q: %s, want %s", language, got, want)
		}
	}
	if n.Site.Tagline != "Short" || len(n.Site.Imprint) != 2 {
		t.Error("reading a translation changed the site")
	}
}

func TestTranslationProblems(t *testing.T) {
	for text, want := range map[string]string{
		"translations: [de]\n":                                `site.yaml:21: "translations" is a list, not keys with values; write keys and values, one a line, such as name: value`,
		"translations:\n  en:\n    tagline: x\n":              `site.yaml:22: "en" is the language of the site itself; write these words where the site's own stand, outside of "translations"`,
		"translations:\n  fr:\n    tagline: x\n":              `site.yaml:22: "fr" is not a language of the site; write one of those in "languages", or add it there`,
		"translations:\n  de: x\n":                            `site.yaml:22: the translation "de" is "x", not keys with values; write keys and values, one a line, such as name: value`,
		"translations:\n  de:\n    tagilne: x\n":              `site.yaml:23: "tagilne" is not a key that is read here; write tagline`,
		"translations:\n  de:\n    tagline: [[me]]\n":         `site.yaml:23: "tagline" is a list, not text; write text, in "quotes" where it holds a colon or begins with a bracket`,
		"translations:\n  de:\n    imprint: a [[me]]\n":       `site.yaml:23: "[[me]]" would be shown to readers as it is; ` + placeholderFix,
		"    names: {de: }\n":                                 `site.yaml:21: "de" has no name; write the campaign's name in that language, or take the line out`,
		"    names: {de: " + strings.Repeat("x", 251) + "}\n": `site.yaml:21: the name has 251 characters; Stripe's page takes 250; write a shorter name`,
		"    names: {en: x}\n":                                `site.yaml:21: "en" is the language of the site itself; write these words where the site's own stand, outside of "names"`,
	} {
		files := right()
		files["site.yaml"] = translatable(text)
		if got := problemsOf(t, files); !slices.Contains(got, want) {
			t.Errorf("%q:\n%q, want\n%q", text, got, want)
		}
	}
}

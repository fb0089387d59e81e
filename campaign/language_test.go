package campaign

import (
	"strings"
	"testing"
	"time"
)

func TestTranslations(t *testing.T) {
	in := func(language, of string) string {
		keys := "---\nlanguage: " + language + "\n"
		if of != "" {
			keys += "translation_of: " + of + "\n"
		}
		return strings.Replace(rightArticle, "---\n", keys, 1)
	}
	n := mustLoad(t, edited(t, map[string]string{
		"articles/flood.md": in("en", ""), "articles/flut.md": in("de", "flood"), "articles/fayadan.md": in("ar", "flood"),
	}))
	for _, slug := range []string{"flood", "flut", "fayadan"} {
		a, ok := n.Article(slug)
		if !ok {
			t.Fatalf("no article %s", slug)
		}
		var all []string
		for _, other := range n.Translations(a) {
			all = append(all, other.Slug)
		}
		if got := strings.Join(all, " "); got != "flood fayadan flut" {
			t.Errorf("%s exists as %s", slug, got)
		}
	}
	if a, ok := n.Article("geneva-joint-centre"); !ok || len(n.Translations(a)) != 1 {
		t.Error("an article without translations is not alone")
	}
	for want, files := range map[string]map[string]string{
		`articles/flut.md:3: there is no article "gone"`:     {"articles/flood.md": in("en", ""), "articles/flut.md": in("de", "gone")},
		`articles/zweite.md:3: "flut" is itself`:             {"articles/flood.md": in("en", ""), "articles/flut.md": in("de", "flood"), "articles/zweite.md": in("ar", "flut")},
		`articles/flut.md:3: "flut" is in the same language`: {"articles/flood.md": in("en", ""), "articles/flut.md": in("en", "flood")},
	} {
		all := right()
		for name, text := range files {
			all[name] = text
		}
		if got := strings.Join(problemsOf(t, all), "\n"); !strings.Contains(got, want) {
			t.Errorf("want %s, got %s", want, got)
		}
	}
}

func TestAppealInTheReadersLanguage(t *testing.T) {
	german := strings.Replace(rightAppeal, "campaign:", "language: de\ncampaign:", 1)
	all := right()
	all["appeals/deutsch.yaml"] = german
	n := mustLoad(t, mapFS(all))
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for language, want := range map[string]string{"de": "de", "DE": "de", "en": "en", "ru": "en"} {
		a, ok := n.AppealIn("news", language, at)
		if !ok || a.Language != want {
			t.Errorf("for readers of %s: %+v", language, a)
		}
	}
	if _, ok := n.AppealIn("nothing", "de", at); ok {
		t.Error("a campaign that does not exist asks")
	}
}

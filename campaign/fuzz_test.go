package campaign

import (
	"errors"
	"io/fs"
	"testing"
)

// FuzzLoad holds that no file, however wrong, makes Load panic: it gives either
// a newsroom whose every promise holds, or problems that each name a file, what
// is wrong and what to write.
func FuzzLoad(f *testing.F) {
	f.Add(rightSite, rightArticle, rightAppeal)
	add := func(name string) string {
		data, err := fs.ReadFile(Sample(), name)
		if err != nil {
			f.Fatal(err)
		}
		return string(data)
	}
	f.Add(add("site.yaml"), add("articles/geneva-joint-centre.md"), add("appeals/keep-it-alive.yaml"))
	f.Add("", "---\n---\n", "---")
	f.Add("a: &a [*a]", "---\n? {a: b}\n: c\n---\n<script>", "- - - -\n")
	f.Add("name: |\n  x\n\ty", "---\r\ntitle: x\r\n---\r\n[[site]]", "campaign: !!binary x")
	f.Fuzz(func(t *testing.T, site, article, appeal string) {
		n, err := Load(mapFS(map[string]string{"site.yaml": site, "articles/one.md": article, "appeals/one.yaml": appeal}), today)
		if err != nil {
			var all *ProblemsError
			if n != nil || !errors.As(err, &all) || len(all.Problems) == 0 {
				t.Fatalf("%v, %v", n, err)
			}
			for _, p := range all.Problems {
				if p.File == "" || p.Problem == "" || p.Fix == "" || p.Line < 0 {
					t.Errorf("a problem that does not help: %+v", p)
				}
			}
			return
		}
		keepsPromises(t, n)
	})
}

// keepsPromises checks what pages rely on without looking.
func keepsPromises(t *testing.T, n *Newsroom) {
	t.Helper()
	if n.Site.Name == "" || len(n.Site.Currencies) == 0 || len(n.Campaigns) == 0 || len(n.Articles) == 0 {
		t.Errorf("an unfinished newsroom: %+v", n)
	}
	for _, a := range n.Articles {
		if a.Slug == "" || a.Title == "" || a.Published.IsZero() || a.ReadingMinutes < 1 {
			t.Errorf("an unfinished article: %+v", a)
		}
	}
	for _, a := range n.Appeals {
		if _, ok := n.Campaign(a.Campaign); !ok || len(a.Placements) == 0 || len(a.Paragraphs) == 0 || a.Variant == "" {
			t.Errorf("an unfinished appeal: %+v", a)
		}
		if _, ok := a.Offers(a.Default.Frequency, a.Default.Currency); !ok {
			t.Errorf("the default choice is not offered: %+v", a.Default)
		}
		for _, f := range a.Frequencies {
			if a.Buttons[f] == "" {
				t.Errorf("no button for %s", f)
			}
			for _, terms := range n.Site.Currencies {
				presets, ok := a.Offers(f, terms.Currency)
				if !ok || len(presets) == 0 {
					t.Errorf("nothing to choose: %s in %s", f, terms.Currency)
				}
				chosen := false
				for _, p := range presets {
					chosen = chosen || p == a.Default.Amount[f][terms.Currency]
					if p.Cmp(terms.Min) < 0 || p.Cmp(terms.Max) > 0 || p.Currency != terms.Currency {
						t.Errorf("%v is outside %v to %v", p, terms.Min, terms.Max)
					}
				}
				if !chosen {
					t.Errorf("the default %v is no preset", a.Default.Amount[f][terms.Currency])
				}
			}
		}
	}
}

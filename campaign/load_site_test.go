package campaign

import (
	"errors"
	"strings"
	"testing"
)

func TestLoadSite(t *testing.T) {
	rules := "adopt:\n  - name: old\n    product: prod_1\n    metadata: {source: form, year: 2025}\n    frequency: monthly\n    campaign: news\n    appeal: gone\n"
	files := right()
	files["site.yaml"] += rules
	files["articles/one.md"] = "broken"
	site, err := LoadSite(mapFS(files))
	if err != nil || len(site.Adopt) != 1 || site.Name != "Paper" {
		t.Fatalf("%+v, %v", site, err)
	}
	a := site.Adopt[0]
	if a.Name != "old" || a.Product != "prod_1" || a.Frequency != Monthly || a.Campaign != "news" || a.Appeal != "gone" ||
		len(a.Metadata) != 2 || a.Metadata["year"] != "2025" {
		t.Errorf("%+v", a)
	}

	var all *ProblemsError
	files["site.yaml"] = rightSite + strings.Replace(rules, "campaign: news", "campaign: arts", 1)
	if _, err := LoadSite(mapFS(files)); !errors.As(err, &all) || len(all.Problems) != 1 {
		t.Errorf("%v, want one problem", err)
	}
	delete(files, "site.yaml")
	if _, err := LoadSite(mapFS(files)); !errors.As(err, &all) {
		t.Errorf("%v, want a problem", err)
	}
}

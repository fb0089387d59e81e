package campaign

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The description for editors names every key that is read, and its examples
// load as they are printed.
func TestDocsDescribeTheFiles(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "content.md"))
	if err != nil {
		t.Fatal(err)
	}
	docs := string(text)

	// A key that is far from all others makes the message list them.
	stray := "quite-another-thing: x\n"
	for _, files := range []map[string]string{
		{"site.yaml": stray + rightSite},
		{"site.yaml": strings.Replace(rightSite, "  - code: USD\n", "  - code: USD\n    "+stray, 1)},
		{"site.yaml": strings.Replace(rightSite, "    min: 1\n", "    min: 1\n    fee:\n      percent: 1\n      fixed: 0\n      "+stray, 1)},
		{"site.yaml": strings.Replace(rightSite, "  - id: news\n", "  - id: news\n    "+stray, 1)},
		{"site.yaml": strings.Replace(rightSite, "language: en\n", "language: en\nlanguages: [de]\ntranslations:\n  de:\n    "+stray, 1)},
		{"site.yaml": rightSite + "adopt:\n  - name: old\n    product: prod_1\n    campaign: news\n    " + stray},
		{"site.yaml": rightSite + "embed:\n  origins: https://a.example\n  " + stray},
		{"articles/one.md": strings.Replace(rightArticle, "---\n", "---\n"+stray, 1)},
		{"appeals/one.yaml": stray + rightAppeal},
		{"appeals/one.yaml": strings.Replace(rightAppeal, "strip:\n", "strip:\n  "+stray, 1)},
		{"appeals/one.yaml": rightAppeal + "default:\n  " + stray},
		{"appeals/one.yaml": rightAppeal + "inline:\n  after: 2\n  " + stray},
		{"appeals/one.yaml": rightAppeal + "cap:\n  views: 2\n  " + stray},
		{"site.yaml": rightSite + "thank:\n  " + stray},
		{"appeals/one.yaml": rightAppeal + "experiment:\n  weight: 1\n  holdback: 5%\n  " + stray},
		{"appeals/one.yaml": rightAppeal + "experiment:\n  weight: 1\n  variants:\n    b:\n      weight: 1\n      " + stray},
		{"appeals/one.yaml": rightAppeal + "goal:\n  amount: 1\n  currency: USD\n  label: All\n  " + stray},
	} {
		all := right()
		for name, text := range files {
			all[name] = text
		}
		message := strings.Join(problemsOf(t, all), "\n")
		_, keys, found := strings.Cut(message, "the keys here are ")
		if !found {
			t.Fatalf("no list of keys: %s", message)
		}
		for key := range strings.SplitSeq(keys, ", ") {
			if !strings.Contains(docs, "`"+key+"`") {
				t.Errorf("docs/content.md does not describe the key %s", key)
			}
		}
	}

	blocks := regexp.MustCompile("(?s)```[a-z]*\n(.*?)```").FindAllStringSubmatch(docs, -1)
	examples := map[string]string{}
	translated := false
	own := "" // the example of an appeal, which the experiment is part of
	for _, block := range blocks {
		switch {
		case strings.HasPrefix(block[1], "campaign:"):
			examples["appeals/example.yaml"] = block[1]
			own = block[1]
		case strings.HasPrefix(block[1], "experiment:"):
			examples["appeals/compared.yaml"] = own + block[1]
		case strings.HasPrefix(block[1], "translations:"):
			sample, err := os.ReadFile(filepath.Join("content", "site.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			before, own, _ := strings.Cut(string(sample), "translations:\n")
			_, after, found := strings.Cut(own, "\n\n")
			if !found {
				t.Fatal("the sample has no translations")
			}
			mustLoad(t, edited(t, map[string]string{"site.yaml": before + block[1] + "\n" + after}))
			translated = true
		case strings.HasPrefix(block[1], "adopt:"), strings.HasPrefix(block[1], "embed:"):
			if examples["site.yaml"] == "" {
				sample, err := os.ReadFile(filepath.Join("content", "site.yaml"))
				if err != nil {
					t.Fatal(err)
				}
				examples["site.yaml"] = string(sample)
			}
			examples["site.yaml"] += block[1]
		case strings.HasPrefix(block[1], "---\n"):
			examples["articles/example.md"] = block[1]
		}
	}
	if !translated {
		t.Error("docs/content.md has no example of translations")
	}
	n := mustLoad(t, edited(t, examples))
	if appeal, ok := n.Appeal("example"); !ok || appeal.Goal == nil || appeal.Goal.Amount.Minor != 5_000_000 || appeal.Priority != 10 {
		t.Errorf("the example of an appeal: %+v", appeal)
	}
	if compared, ok := n.Appeal("compared"); !ok || compared.Experiment == nil || len(compared.Experiment.Arms) != 4 {
		t.Errorf("the example of an experiment: %+v", compared)
	}
	if len(n.Site.Adopt) != 3 || n.Site.Adopt[2].Metadata["source"] != "gala" {
		t.Errorf("the example of rules of adoption: %+v", n.Site.Adopt)
	}
	if !n.Site.Embed.Allows("https://magazine.meridian.example") {
		t.Errorf("the example of other sites: %+v", n.Site.Embed)
	}
	if _, ok := n.Article("example"); !ok {
		t.Error("the example of an article is not there")
	}
}

//go:build lighthouse

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/web/fixed"
)

// attempts are how often a page may be tried: on a busy machine a single load says
// more of the machine than of the page.
const attempts = 3

// verdict is what is read of Lighthouse's report.
type verdict struct {
	Categories map[string]struct {
		Score     float64 `json:"score"`
		AuditRefs []struct {
			ID     string  `json:"id"`
			Weight float64 `json:"weight"`
		} `json:"auditRefs"`
	} `json:"categories"`
	Audits map[string]struct {
		Title        string   `json:"title"`
		DisplayValue string   `json:"displayValue"`
		Score        *float64 `json:"score"`
	} `json:"audits"`
}

// Lighthouse gives the article page 100 of 100 in each of its categories, by its
// settings for phones and for desks, in every language. `make lighthouse` runs it.
func TestLighthouse(t *testing.T) {
	s := bringUpWith(t, fixed.Press{}, "--ephemeral")
	for _, e := range editions() {
		for _, form := range []string{"phone", "desktop"} {
			t.Run(e.language+" "+form, func(t *testing.T) {
				for attempt := 1; ; attempt++ {
					v := s.judged(t, "/articles/"+e.article, "lighthouse-"+e.language+"-"+form, form == "desktop")
					short := v.shortcomings()
					t.Logf("performance %v, accessibility %v, best practices %v, search engines %v; %s, layout shift %s",
						v.score("performance"), v.score("accessibility"), v.score("best-practices"), v.score("seo"),
						v.Audits["largest-contentful-paint"].DisplayValue, v.Audits["cumulative-layout-shift"].DisplayValue)
					if len(short) == 0 {
						return
					}
					if attempt == attempts {
						t.Fatalf("less than 100:\n%s", strings.Join(short, "\n"))
					}
					t.Logf("trying again: %s", strings.Join(short, "; "))
				}
			})
		}
	}
}

func (v verdict) score(category string) float64 { return v.Categories[category].Score * 100 }

// shortcomings are the audits that cost points.
func (v verdict) shortcomings() []string {
	var out []string
	for _, name := range []string{"performance", "accessibility", "best-practices", "seo"} {
		category, judged := v.Categories[name]
		if judged && category.Score == 1 {
			continue
		}
		out = append(out, name+" was not judged or is below 100")
		for _, ref := range category.AuditRefs {
			if a := v.Audits[ref.ID]; ref.Weight > 0 && a.Score != nil && *a.Score < 1 {
				out = append(out, name+": "+ref.ID+": "+a.Title+" "+a.DisplayValue)
			}
		}
	}
	return out
}

// judged runs Lighthouse on a page; where that fails, the verdict is empty. Its
// reports stay in the artefacts.
func (s *testStack) judged(t *testing.T, address, name string, desktop bool) verdict {
	t.Helper()
	dir := os.Getenv("READERFUND_ARTIFACTS")
	if dir == "" {
		dir = t.ArtifactDir()
	}
	path := filepath.Join(dir, name)
	args := []string{
		filepath.Join("..", "..", ".ci", "npm", "node_modules", "lighthouse", "cli", "index.js"), s.base + address,
		"--output=json", "--output=html", "--output-path=" + path, "--quiet", "--no-enable-error-reporting",
		"--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run",
	}
	if desktop {
		args = append(args, "--preset=desktop")
	}
	out, err := exec.CommandContext(t.Context(), "node", args...).CombinedOutput()
	if err != nil { // its browser did not come up, or told of no page: nothing is judged
		t.Logf("lighthouse: %v\n%s", err, out)
		return verdict{}
	}
	report, err := os.ReadFile(path + ".report.json")
	if err != nil {
		t.Fatal(err)
	}
	var v verdict
	if err := json.Unmarshal(report, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

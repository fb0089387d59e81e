package campaign

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// update writes the golden files anew: go test ./campaign -run Golden -update
var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s", file, got)
	}
}

// Everything an editor may write, as it reaches the page.
func TestGoldenMarkdown(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("testdata", "everything.md"))
	if err != nil {
		t.Fatal(err)
	}
	html := newMarkdown("A & B").render(source, func(line int, problem, fix string) {
		t.Errorf("line %d: %s; %s", line, problem, fix)
	})
	golden(t, "everything.html", string(html)+"\n")
}

// The sample's appeal and first article, as readers get them.
func TestGoldenSample(t *testing.T) {
	n := mustLoad(t, Sample())
	var b strings.Builder
	appeal, _ := n.Appeal("keep-it-alive")
	fmt.Fprintf(&b, "<h2>%s</h2>\n", appeal.Headline)
	for _, p := range appeal.Paragraphs {
		fmt.Fprintln(&b, p)
	}
	golden(t, "appeal.html", b.String())
	golden(t, "article.html", string(n.Articles[0].Body)+"\n")
}

// Whatever is refused is also harmless: the sanitiser alone would do, should the
// report ever be passed over.
func TestRefusedTextIsHarmless(t *testing.T) {
	for _, source := range []string{
		"<script>alert(1)</script>",
		"a <img src=x onerror=alert(1)> b",
		"[x](javascript:alert(1))",
		"[x](JaVaScRiPt:alert(1))",
		"[x](data:text/html;base64,PHNjcmlwdD4=)",
		"[x](//elsewhere.example)",
		"<javascript:alert(1)>",
		"![x](https://elsewhere.example/x.png)",
		"<!-- a --> <iframe src=x></iframe>",
		"[x][r]\n\n[r]: vbscript:x",
	} {
		refused := false
		html := string(newMarkdown("A").render([]byte(source), func(int, string, string) { refused = true }))
		if !refused {
			t.Errorf("%s is not refused", source)
		}
		for _, bad := range []string{"<script", "<img", "<iframe", `="javascript:`, `="vbscript:`, `="data:`} {
			if strings.Contains(strings.ToLower(html), bad) {
				t.Errorf("%s becomes %s", source, html)
			}
		}
	}
}

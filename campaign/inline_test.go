package campaign

import (
	"html/template"
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	const list = "<ul>\n<li><p>i</p></li>\n</ul>\n"
	for _, test := range []struct {
		name, body string
		after      int
		first      string // "" where nothing may stand inside
	}{
		{"after the third", "<p>a</p>\n<p>b</p>\n<p>c</p>\n<p>d</p>", 3, "<p>a</p>\n<p>b</p>\n<p>c</p>"},
		{"never after the last", "<p>a</p>\n<p>b</p>\n<p>c</p>", 3, ""},
		{"too short", "<p>a</p>", 3, ""},
		{"before a heading", "<p>a</p>\n<h2>b</h2>\n<p>c</p>", 1, "<p>a</p>"},
		{"not inside a list, nor before one", "<p>a</p>\n" + list + "<p>b</p>\n<p>c</p>", 1, "<p>a</p>\n" + list + "<p>b</p>"},
		{"paragraphs of a quotation do not count", "<blockquote>\n<p>q</p>\n<p>q</p>\n</blockquote>\n<p>a</p>\n<p>b</p>", 1, "<blockquote>\n<p>q</p>\n<p>q</p>\n</blockquote>\n<p>a</p>"},
		{"a list is the end", "<p>a</p>\n<p>b</p>\n" + list, 2, ""},
		{"a rule between", "<p>a</p>\n<hr/>\n<p>b</p>\n<p>c</p>", 1, "<p>a</p>\n<hr/>\n<p>b</p>"},
		{"breaks and emphasis inside", "<p>a<br>b <em>c</em><br/>d</p>\n<p>e</p>", 1, "<p>a<br>b <em>c</em><br/>d</p>"},
		{"text with signs", "<p>a &lt;p&gt; &amp; ü</p>\n<p>b</p>", 1, "<p>a &lt;p&gt; &amp; ü</p>"},
		{"nothing", "", 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &Article{Body: template.HTML(test.body)} //nolint:gosec // written above
			first, rest, ok := a.Cut(test.after)
			if ok != (test.first != "") || ok && string(first) != test.first || string(first+rest) != test.body {
				t.Errorf("%q and %q, %t", first, rest, ok)
			}
		})
	}
}

// Wherever an editor's text is cut, nothing is open there and nothing is lost.
func FuzzCut(f *testing.F) {
	f.Add("One.\n\nTwo.\n\n- a\n- b\n\nThree.", 1)
	f.Add("> One.\n\n| a |\n|---|\n| b |\n\nTwo.\n\n***\n\n# Three\n\nfour", 2)
	md := newMarkdown("Paper")
	f.Fuzz(func(t *testing.T, text string, after int) {
		a := &Article{Body: md.render([]byte(text), func(int, string, string) {})}
		first, rest, ok := a.Cut(after)
		if first+rest != a.Body || ok && (rest == "" || !strings.HasSuffix(string(first), "</p>")) {
			t.Fatalf("%q is cut into %q and %q", a.Body, first, rest)
		}
		for _, tag := range []string{"p", "ul", "ol", "li", "blockquote", "table"} {
			opened := strings.Count(string(first), "<"+tag+">") + strings.Count(string(first), "<"+tag+" ")
			if opened != strings.Count(string(first), "</"+tag+">") {
				t.Fatalf("%s is open in %q", tag, first)
			}
		}
	})
}

func TestCapAndInline(t *testing.T) {
	load := func(site, appeal string) (*Newsroom, *Appeal) {
		files := right()
		files["site.yaml"] += site
		files["appeals/one.yaml"] += appeal
		n := mustLoad(t, mapFS(files))
		return n, n.Appeals[0]
	}
	n, a := load("", "")
	if a.Cap != (Cap{}) || a.Dismissed != 30 || a.Inline != (InlineCopy{Text: "Short", After: 3}) || n.Site.Thank != (Thank{OneTime: 60, Recurring: 395}) {
		t.Errorf("without keys: %+v, %d, %+v, %+v", a.Cap, a.Dismissed, a.Inline, n.Site.Thank)
	}
	n, a = load("thank: {one_time: 0, recurring: 31}\n", "cap: {views: 4}\ndismissed: 0\ninline: {after: 5, text: \"In [[site]]\"}\n")
	if a.Cap != (Cap{Views: 4, Days: 30}) || a.Dismissed != 0 || a.Inline != (InlineCopy{Text: "In Paper", After: 5}) || n.Site.Thank != (Thank{Recurring: 31}) {
		t.Errorf("with keys: %+v, %d, %+v, %+v", a.Cap, a.Dismissed, a.Inline, n.Site.Thank)
	}
}

func TestProblemsOfCapAndInline(t *testing.T) {
	for text, want := range map[string]string{
		"cap: 4\n":                     `"cap" is "4", not keys with values; write keys and values, one a line, such as name: value`,
		"cap: {days: 30}\n":            `"views" is missing in "cap"; write views: 4`,
		"cap: {views: 0}\n":            `"views" is "0", not a whole number from 1 to 15; write a number such as 15`,
		"cap: {views: 4, days: ten}\n": `"days" is "ten", not a whole number from 1 to 400; write a number such as 30`,
		"dismissed: -1\n":              `"dismissed" is "-1", not a whole number from 0 to 400; write a number such as 30`,
		"inline: {after: 0}\n":         `"after" is "0", not a whole number from 1 to 100; write a number such as 30`,
		"inline: {text: \"{{x}}\"}\n":  `"{{x}}" would be shown to readers as it is; write [[site]] for the name of the newsroom, or take it out`,
	} {
		files := right()
		files["appeals/one.yaml"] += text
		if got := strings.Join(problemsOf(t, files), "\n"); got != "appeals/one.yaml:14: "+want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

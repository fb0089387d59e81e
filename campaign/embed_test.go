package campaign

import (
	"slices"
	"strings"
	"testing"
)

func TestEmbedOrigins(t *testing.T) {
	files := right()
	files["site.yaml"] += "embed:\n  origins: [HTTPS://WWW.Paper.example:443/, 'http://127.0.0.1:8081', 'http://[::1]:80']\n"
	n := mustLoad(t, mapFS(files))
	want := []string{"https://www.paper.example", "http://127.0.0.1:8081", "http://[::1]"}
	if !slices.Equal(n.Site.Embed.Origins, want) {
		t.Errorf("%q, want %q", n.Site.Embed.Origins, want)
	}
	if n.Site.Embed.Allows("https://paper.example") || n.Site.Embed.Allows("null") || n.Site.Embed.Allows("") {
		t.Error("a site that is not named is allowed")
	}
}

func TestEmbedProblems(t *testing.T) {
	for text, want := range map[string]string{
		"embed: https://a.example":                                      `site.yaml:20: "embed" is "https://a.example", not keys with values; write keys and values, one a line, such as name: value`,
		"embed: {origin: x}":                                            "site.yaml:20: \"origin\" is not a key that is read here; write origins\nsite.yaml:20: \"origins\" is missing in \"embed\"; write origins: [https://www.newsroom.example]",
		"embed: {origins: []}":                                          `site.yaml:20: "origins" is an empty list; write at least one entry, or take the key out`,
		"embed: {origins: [www.a.example]}":                             `site.yaml:20: "www.a.example" is not the address of a site; write scheme and host, such as https://www.newsroom.example`,
		"embed: {origins: ['ftp://a.example']}":                         `site.yaml:20: "ftp://a.example" is not the address of a site; write scheme and host, such as https://www.newsroom.example`,
		"embed: {origins: ['https://*.a.example']}":                     `site.yaml:20: "https://*.a.example" stands for many sites; write each site by itself, such as https://www.newsroom.example`,
		"embed: {origins: ['https://a.example/news']}":                  `site.yaml:20: "https://a.example/news" is more than scheme and host; write https://a.example`,
		"embed: {origins: ['https://a.example', 'https://A.example/']}": `site.yaml:20: https://a.example is listed twice; keep one of the two`,
	} {
		files := right()
		files["site.yaml"] += text + "\n"
		if got := problemsOf(t, files); !slices.Equal(got, strings.Split(want, "\n")) {
			t.Errorf("%s:\n%s\nwant\n%s", text, strings.Join(got, "\n"), want)
		}
	}
}

func TestEmbedPage(t *testing.T) {
	e := Embed{Origins: []string{"https://www.paper.example", "http://127.0.0.1:8081"}}
	long := strings.Repeat("a", 490)
	for text, want := range map[string]string{
		"https://www.paper.example/2026/harbour":          "https://www.paper.example/2026/harbour",
		"HTTPS://WWW.paper.example:443/a?p=1#comments":    "https://www.paper.example/a?p=1",
		"https://www.paper.example":                       "https://www.paper.example/",
		"http://127.0.0.1:8081/page":                      "http://127.0.0.1:8081/page",
		"https://www.paper.example/Гавань":                "https://www.paper.example/%D0%93%D0%B0%D0%B2%D0%B0%D0%BD%D1%8C",
		"https://www.paper.example/a?q=" + long:           "https://www.paper.example/a",
		"https://www.paper.example/" + long:               "",
		"http://www.paper.example/a":                      "",
		"https://www.paper.example:8443/a":                "",
		"https://www.paper.example.evil.example/a":        "",
		"https://user:secret@www.paper.example/a":         "",
		"https://evil.example/https://www.paper.example/": "",
		"https://evil.example\\@www.paper.example/a":      "",
		"javascript:alert(1)//www.paper.example":          "",
		"//www.paper.example/a":                           "",
		"geneva-joint-centre":                             "",
		"https://www.paper.example/a?b=ü":                 "",
		"https://www.paper.example/\x00":                  "",
		"":                                                "",
	} {
		got, ok := e.Page(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, ok, want)
		}
	}
	if _, ok := (Embed{}).Page("https://www.paper.example/a"); ok {
		t.Error("without origins a page is taken")
	}
}

// Whatever is passed, what is kept is an address of a named site, short enough,
// and stays as it is when it is read again.
func FuzzEmbedPage(f *testing.F) {
	e := Embed{Origins: []string{"https://www.paper.example", "http://127.0.0.1:8081"}}
	for _, seed := range []string{
		"https://www.paper.example/a?b=c#d", "HTTP://127.0.0.1:8081", "https://u:p@www.paper.example/", "https://www.paper.example/%zz",
		"https://www.paper.example/a b", "https://www.paper.example//evil.example/", "https://www.paper.example?x", "https://[::1]/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		page, ok := e.Page(text)
		if !ok {
			if page != "" {
				t.Errorf("%q: refused, and yet %q", text, page)
			}
			return
		}
		if len(page) > 500 || !strings.HasPrefix(page, "https://www.paper.example/") && !strings.HasPrefix(page, "http://127.0.0.1:8081/") {
			t.Errorf("%q is kept as %q", text, page)
		}
		if again, ok := e.Page(page); !ok || again != page {
			t.Errorf("%q is kept as %q, and that as %q", text, page, again)
		}
	})
}

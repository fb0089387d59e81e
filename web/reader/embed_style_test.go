package reader

import (
	"regexp"
	"strings"
	"testing"
)

// The ask has the same colours on other sites' pages as on ours, light and dark,
// and every variable that its style uses.
func TestEmbedHasTheColoursOfThePages(t *testing.T) {
	read := func(name string) string {
		data, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	variable := regexp.MustCompile(`(--[a-z-]+):([^;]+);`)
	ours := map[string][]string{} // light, then dark
	for _, found := range variable.FindAllStringSubmatch(read("reader.css"), -1) {
		ours[found[1]] = append(ours[found[1]], found[2])
	}
	theirs := map[string][]string{}
	for _, found := range variable.FindAllStringSubmatch(read("embed.css"), -1) {
		theirs[found[1]] = append(theirs[found[1]], found[2])
	}
	for _, used := range regexp.MustCompile(`var\((--[a-z-]+)`).FindAllStringSubmatch(read("ask.css")+read("embed.css"), -1) {
		name := used[1]
		switch {
		case name == "--cols" || name == "--w": // set where they are used
		case len(theirs[name]) == 0:
			t.Errorf("embed.css does not set %s", name)
		case !strings.HasPrefix(theirs[name][0], "#"):
		case len(ours[name]) < 2 || len(theirs[name]) != 2 || theirs[name][0] != ours[name][0] ||
			theirs[name][1] != "light-dark("+ours[name][0]+","+ours[name][1]+")":
			t.Errorf("%s: reader.css has %q, embed.css %q", name, ours[name], theirs[name])
		}
	}
}

func TestEmbedStyleIsHeldInItsPlace(t *testing.T) {
	got := string(embedStyle([]byte(".readerfund{--side:1.25rem}\n"), []byte(".ask{padding:.5rem 3rem;width:40%}\n@container ask (min-width:60rem){.give{margin:0}}\n")))
	want := ".readerfund{--side:20px}\n.readerfund.readerfund{\n.ask{padding:8px 48px;width:40%}\n@container ask (min-width:960px){.give{margin:0}}\n}\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

package reader

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What is kept in a reader's browser stands in the table of docs/privacy.md, each
// cookie and each key.
func TestWhatStandsInTheBrowserIsDocumented(t *testing.T) {
	privacy, err := os.ReadFile("../../docs/privacy.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{giftsCookie: true, bucketCookie: true, (&Pages{}).sessionCookie(): true, (&Pages{}).noticeCookie(): true}
	scripts, err := filepath.Glob("assets/script/*.js")
	if err != nil {
		t.Fatal(err)
	}
	keys := regexp.MustCompile(`"(readerfund\.[a-z]+)"`)
	for _, path := range append(scripts, "assets/embed.js") {
		script, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys.FindAllStringSubmatch(string(script), -1) {
			names[key[1]] = true
		}
	}
	if len(names) < 8 {
		t.Errorf("only %v were found", names)
	}
	for name := range names {
		if !strings.Contains(string(privacy), "| `"+name+"`") {
			t.Errorf("docs/privacy.md does not name %q", name)
		}
	}
}

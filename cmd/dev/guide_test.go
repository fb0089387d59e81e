package main

import (
	"net/http"
	"os"
	"regexp"
	"testing"
)

// The guide for finance goes through every page that the desk's head leads to, and no
// other; each of its pictures is there.
func TestTheFinanceGuideNamesEveryPage(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/finance.md")
	if err != nil {
		t.Fatal(err)
	}
	as := bringUp(t, "--ephemeral").signedIn(t)
	head := as.get(t, "/finance")
	linked := map[string]bool{}
	for _, link := range regexp.MustCompile(`<li><a href="(/finance[a-z/]*)"`).FindAllStringSubmatch(head.body, -1) {
		linked[link[1]] = true
	}
	for _, row := range regexp.MustCompile("(?m)^\\| [A-Z][a-z ]+, `(/finance[a-z/]*)` \\|").FindAllSubmatch(guide, -1) {
		path := string(row[1])
		if !linked[path] {
			t.Errorf("the head does not lead to %s", path)
		}
		delete(linked, path)
		if page := as.get(t, path); page.status != http.StatusOK {
			t.Errorf("%s: %d", path, page.status)
		}
	}
	for path := range linked {
		t.Errorf("the guide does not name %s", path)
	}
	pictures := regexp.MustCompile(`!\[[^\]]+\]\(([a-z-]+\.png)\)`).FindAllSubmatch(guide, -1)
	for _, picture := range pictures {
		if _, err := os.Stat("../../docs/" + string(picture[1])); err != nil {
			t.Error(err)
		}
	}
	if len(pictures) == 0 {
		t.Error("the guide has no pictures")
	}
}

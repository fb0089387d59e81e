package campaign

import (
	"regexp"
	"strings"
)

// sitePlaceholder stands for the newsroom's name wherever a text needs it, so
// that the name is written in one line of the site file only.
const sitePlaceholder = "[[site]]"

const placeholderFix = "write " + sitePlaceholder + " for the name of the newsroom, or take it out"

// withSite puts the newsroom's name where the placeholder stands.
func withSite(text, name string) string { return strings.ReplaceAll(text, sitePlaceholder, name) }

// strayPlaceholder finds the first thing in double brackets or braces that is
// not the placeholder and would reach readers as it is, and its offset in bytes.
func strayPlaceholder(text string) (found string, at int) {
	for _, span := range regexp.MustCompile(`\[\[[A-Za-z_ ]*\]\]|\{\{[^{}\n]*\}\}`).FindAllStringIndex(text, -1) {
		if found := text[span[0]:span[1]]; found != sitePlaceholder {
			return found, span[0]
		}
	}
	return "", 0
}

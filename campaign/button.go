package campaign

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// AmountPlaceholder stands in the words of a button for the amount that is given.
// A page fills it in where it can follow what the reader chooses, and leaves it
// out where it cannot.
const AmountPlaceholder = "[[amount]]"

// buttonLine reads the words on a button that gives.
func (d document) buttonLine(n *yaml.Node, name string, site Site) (string, bool) {
	s, ok := d.oneLine(n, name)
	if stray, _ := strayPlaceholder(strings.ReplaceAll(s, AmountPlaceholder, "")); stray != "" {
		d.problem(n, quote(stray)+" would be shown to readers as it is",
			"write "+sitePlaceholder+" for the name of the newsroom or "+AmountPlaceholder+" for the amount, or take it out")
	}
	if ok && WithoutAmount(s) == "" {
		d.problem(n, name+" has no words beside the amount", "write some, such as Give "+AmountPlaceholder+" monthly")
	}
	return withSite(s, site.Name), ok
}

// WithoutAmount is what is left of the words on a button where no amount can be
// filled in.
func WithoutAmount(words string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(words, AmountPlaceholder, "")), " ")
}

package campaign

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is one YAML text in a file: a whole file, or the front matter of an
// article. It turns a node of the text into a place for a message.
type document struct {
	report *report
	file   string
	before int // lines of the file above the YAML text
}

func (d document) problem(n *yaml.Node, problem, fix string) {
	d.report.problem(d.file, d.line(n), problem, fix)
}

func (d document) line(n *yaml.Node) int { return d.before + max(1, n.Line) }

// parse reads one YAML text and answers its top mapping, or nil once it has
// reported why there is none.
func (d document) parse(text []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		d.report.problem(d.file, d.before+1, "there is nothing here", "write keys and values, one a line, such as name: value")
		return nil
	case err != nil:
		d.syntax(err, text)
		return nil
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.syntax(err, text)
		return nil
	default:
		d.problem(&second, "a second document begins here", "take the line --- out, or move what follows to a file of its own")
		return nil
	}
	if len(doc.Content) == 0 {
		d.problem(&doc, "there is nothing here", "write keys and values, one a line, such as name: value")
		return nil
	}
	return doc.Content[0]
}

// syntax reports what the YAML parser says, with the line that it names.
func (d document) syntax(err error, text []byte) {
	line, what := 1, err.Error()
	// The parser's errors are text only: "yaml: line 3: did not find expected key".
	if m := regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`).FindStringSubmatch(what); m != nil {
		what = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	if last := 1 + bytes.Count(bytes.TrimSpace(text), []byte("\n")); line > last {
		// Of something opened in the first line the parser names only the end.
		line = 1
	}
	problem, fix := plainWords(what)
	d.report.problem(d.file, d.before+line, problem, fix)
}

// plainWords says what the commonest messages of the YAML parser mean for
// somebody who does not know YAML.
func plainWords(what string) (problem, fix string) {
	switch {
	case strings.Contains(what, "cannot start any token"):
		return "a value begins with a character that means something else here, perhaps a tab",
			"indent with spaces, and put text that begins with such a character in \"quotes\""
	case strings.Contains(what, "mapping values are not allowed"):
		return "a second colon stands in a line, or a line is indented too far",
			`put text that holds a colon in "quotes", and begin keys that belong together in one column`
	case strings.Contains(what, "unexpected end of stream"):
		return "something that is opened from here on is never closed", "close the quote or bracket"
	}
	return "this is not YAML (" + what + ")", "look at this line and the one above for a missing colon, quote, bracket or space"
}

// pair is one line of a mapping.
type pair struct {
	name       string
	key, value *yaml.Node
}

// pairs reads a mapping. It reports whatever else stands there, and keys that
// are written twice, of which it keeps the first.
func (d document) pairs(n *yaml.Node, name string) []pair {
	if !d.plainNode(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		d.problem(n, fmt.Sprintf("%s is %s, not keys with values", name, describe(n)), "write keys and values, one a line, such as name: value")
		return nil
	}
	var all []pair
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !d.plainNode(key) {
			continue
		}
		if key.Kind != yaml.ScalarNode {
			d.problem(key, "a key is "+describe(key)+", not a word", "write one word before the colon")
			continue
		}
		if first, twice := seen[key.Value]; twice {
			d.problem(key, fmt.Sprintf("%s is written twice; it stands in line %d already", quote(key.Value), first), "keep one of the two")
			continue
		}
		seen[key.Value] = d.line(key)
		all = append(all, pair{name: key.Value, key: key, value: value})
	}
	return all
}

// plainNode refuses YAML's references and tags: with them a file no longer says
// in each place what holds there.
func (d document) plainNode(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		d.problem(n, "*"+n.Value+" refers to another place", "write the value itself here")
		return false
	case n.Anchor != "":
		d.problem(n, "&"+n.Anchor+" marks a value for use in another place", "take the mark out and write the value in each place")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		d.problem(n, n.Tag+" gives the value a type", "take the type out and write the value alone")
		return false
	}
	return true
}

// describe names what stands at a node, for a message.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a group of keys"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNothing(n):
		return "empty"
	default:
		return quote(n.Value)
	}
}

// isNothing tells whether a key has no value: nothing after the colon, null, ~
// or an empty text.
func isNothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.Value == "" || n.Style == 0 && n.ShortTag() == "!!null")
}

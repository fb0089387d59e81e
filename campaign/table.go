package campaign

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// field is a key that a mapping may have.
type field struct {
	name     string
	example  string // a value that would do, shown where the key is missing
	required bool
}

func required(name, example string) field {
	return field{name: name, example: example, required: true}
}
func optional(name string) field { return field{name: name} }

// table is a mapping whose keys are known. What is wrong with it is reported
// once, where it is read; a value that cannot be read comes back as its zero.
type table struct {
	document
	name   string
	node   *yaml.Node
	values map[string]*yaml.Node
}

// table reads a mapping with these fields, reporting unknown and missing keys.
// A key without a value counts as missing. It answers nil for what is no mapping.
func (d document) table(n *yaml.Node, name string, fields ...field) *table {
	pairs := d.pairs(n, name)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	t := &table{document: d, name: name, node: n, values: map[string]*yaml.Node{}}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	keys := map[string]*yaml.Node{}
	for _, p := range pairs {
		if !slices.Contains(names, p.name) {
			d.unknown(p, names)
			continue
		}
		keys[p.name] = p.key
		if !isNothing(p.value) {
			t.values[p.name] = p.value
		}
	}
	for _, f := range fields {
		if !f.required || t.values[f.name] != nil {
			continue
		}
		fix := fmt.Sprintf("write %s: %s", f.name, f.example)
		if key, written := keys[f.name]; written {
			d.problem(key, fmt.Sprintf("%s is empty in %s", quote(f.name), name), fix)
		} else {
			d.problem(n, fmt.Sprintf("%s is missing in %s", quote(f.name), name), fix)
		}
	}
	return t
}

func (d document) unknown(p pair, names []string) {
	fix := "take it out; the keys here are " + strings.Join(names, ", ")
	if near := nearest(p.name, names); near != "" {
		fix = "write " + near
	}
	d.problem(p.key, quote(p.name)+" is not a key that is read here", fix)
}

// text reads a line of text, with its white space evened out.
func (t *table) text(key string) string {
	n := t.values[key]
	if n == nil {
		return ""
	}
	s, _ := t.oneLine(n, quote(key))
	return s
}

// texts reads a list of lines of text. One line alone is taken as a list of one.
func (t *table) texts(key string) []string {
	var all []string
	for _, n := range t.list(key) {
		if s, ok := t.oneLine(n, "an entry of "+quote(key)); ok {
			all = append(all, s)
		}
	}
	return all
}

// list gives the entries of a list. One value alone is taken as a list of one.
func (t *table) list(key string) []*yaml.Node {
	n := t.values[key]
	switch {
	case n == nil || !t.plainNode(n):
		return nil
	case n.Kind == yaml.SequenceNode:
		if len(n.Content) == 0 {
			t.problem(n, quote(key)+" is an empty list", "write at least one entry, or take the key out")
		}
		return n.Content
	case n.Kind == yaml.ScalarNode:
		return []*yaml.Node{n}
	}
	t.problem(n, fmt.Sprintf("%s is %s, not a list", quote(key), describe(n)), "write one entry a line, each after a dash")
	return nil
}

// oneLine reads a scalar as one line of text: YAML's own idea of its type (yes,
// 2016, 7.50) does not matter.
func (d document) oneLine(n *yaml.Node, name string) (string, bool) {
	if !d.plainNode(n) {
		return "", false
	}
	if n.Kind != yaml.ScalarNode || isNothing(n) {
		d.problem(n, fmt.Sprintf("%s is %s, not text", name, describe(n)), `write text, in "quotes" where it holds a colon or begins with a bracket`)
		return "", false
	}
	s := strings.Join(strings.Fields(n.Value), " ")
	if s == "" {
		d.problem(n, name+" is blank", "write text, or take the key out")
		return "", false
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		d.problem(n, name+" holds characters that cannot be shown", "write plain text")
		return "", false
	}
	return s, true
}

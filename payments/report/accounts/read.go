package accounts

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/readerfund/readerfund/payments/money"
)

// FileName is the map's name in the newsroom's folder.
const FileName = "accounts.yaml"

// Problem is one thing in the file that finance has to look at.
type Problem struct {
	File    string
	Line    int // counted from 1
	Problem string
	Fix     string
}

// String is one line: "accounts.yaml:12: what is wrong; what to write".
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s; %s", p.File, p.Line, p.Problem, p.Fix)
}

// ProblemsError holds everything that is wrong with a file.
type ProblemsError struct {
	Problems []Problem // sorted by line
}

// Error is the problems, one a line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Read reads a map. A program that it does not name is booked as without a file;
// one that it names is booked by the file alone. The error is a *ProblemsError with
// everything that is wrong.
func Read(file string, text []byte) (*Map, error) {
	r := &reader{file: file}
	m := Default()
	m.file = file
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		r.syntax(err)
	} else if err == nil && len(doc.Content) > 0 {
		r.books(m, doc.Content[0])
		var second yaml.Node
		if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
			r.problem(&second, "a second document begins here", "take the line --- out")
		}
	}
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		return nil, &ProblemsError{Problems: r.problems}
	}
	return m, nil
}

type reader struct {
	file     string
	problems []Problem
}

func (r *reader) problem(n *yaml.Node, problem, fix string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: max(1, n.Line), Problem: problem, Fix: fix})
}

func (r *reader) syntax(err error) {
	line, what := 1, err.Error()
	// The parser's errors are text only: "yaml: line 3: did not find expected key".
	if m := regexp.MustCompile(`(?s)^yaml: line (\d+): (.*)$`).FindStringSubmatch(what); m != nil {
		what = m[2]
		if _, err := fmt.Sscan(m[1], &line); err != nil {
			line = 1
		}
	}
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Problem: "this is not YAML (" + strings.TrimPrefix(what, "yaml: ") + ")",
		Fix: "look at this line and the one above for a missing colon, quote, bracket or space"})
}

// pairs gives each key of a mapping its value; keys that are not allowed or stand
// there twice are reported.
func (r *reader) pairs(n *yaml.Node, what string, allowed ...string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		r.problem(n, what+" is no list of keys with values", "write keys and values, one a line, such as "+allowed[0]+": …")
		return nil
	}
	all := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case !slices.Contains(allowed, key.Value):
			r.problem(key, fmt.Sprintf("%s has no key %q", what, key.Value), "write one of "+strings.Join(allowed, ", "))
		case all[key.Value] != nil:
			r.problem(key, fmt.Sprintf("%q is written twice", key.Value), "keep one of the two")
		default:
			all[key.Value] = n.Content[i+1]
		}
	}
	return all
}

// text is a value of one line; "" where the key is absent or was reported.
func (r *reader) text(values map[string]*yaml.Node, key string) string {
	n := values[key]
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		r.problem(n, key+" is not one line of text", "write it behind the colon, in \"quotes\" where it holds a colon")
		return ""
	}
	if strings.ContainsFunc(n.Value, func(c rune) bool { return c < ' ' }) || utf8.RuneCountInString(n.Value) > 200 {
		r.problem(n, key+" has line breaks, or is longer than 200 letters", "write one short line")
		return ""
	}
	return n.Value
}

func (r *reader) books(m *Map, n *yaml.Node) {
	var names []string
	for _, p := range Programs() {
		names = append(names, string(p))
	}
	for name, value := range r.pairs(n, "the file", names...) {
		m.books[Program(name)] = r.book(Program(name), value)
	}
}

func (r *reader) book(p Program, n *yaml.Node) book {
	b := book{date: defaultDate(p)}
	values := r.pairs(n, string(p), "accounts", "date", "tax")
	if format := r.text(values, "date"); format != "" {
		layout, ok := dates()[format]
		if !ok || p == Beancount && format != "YYYY-MM-DD" {
			r.problem(values["date"], fmt.Sprintf("the date %q cannot be written for %s", format, p), "write MM/DD/YYYY, DD/MM/YYYY or YYYY-MM-DD, the last for Beancount")
		}
		b.date = layout
	}
	tax := cmp.Or(r.text(values, "tax"), defaultTax(p))
	list := values["accounts"]
	if list == nil && values != nil {
		r.problem(n, string(p)+" has no accounts", "write accounts: and below it, for each, - account: fees and name: …")
	}
	if list == nil {
		return b
	}
	if list.Kind != yaml.SequenceNode {
		r.problem(list, "accounts is no list", "begin each with a dash: - account: fees")
		return b
	}
	for _, item := range list.Content {
		if one, ok := r.rule(p, item, tax); ok {
			for _, before := range b.rules {
				if before.pattern == one.pattern && before.currency == one.currency {
					r.problem(item, fmt.Sprintf("%s stands above already, and the first counts", one.pattern), "keep one of the two")
				}
			}
			b.rules = append(b.rules, one)
		}
	}
	return b
}

func (r *reader) rule(p Program, n *yaml.Node, tax string) (rule, bool) {
	before := len(r.problems)
	values := r.pairs(n, "an account", "account", "name", "currency", "tax")
	if values == nil {
		return rule{}, false
	}
	one := rule{line: n.Line, pattern: r.text(values, "account"), name: r.text(values, "name"), tax: cmp.Or(r.text(values, "tax"), tax)}
	if values["account"] == nil {
		r.problem(n, "it is not said which account of the ledger is meant", "write account: fees, or with * for any text account: donations:*:monthly")
	} else if one.pattern != "" && !known(one.pattern) {
		r.problem(values["account"], fmt.Sprintf("the ledger has no account %q", one.pattern),
			"write one of "+strings.Join(shown(), ", ")+"; * stands for any text")
	}
	if values["name"] == nil {
		r.problem(n, "it is not said where it is booked", "write name: "+nameExample(p))
	} else if one.name != "" {
		r.name(p, values["name"], one.name)
	}
	if text := r.text(values, "currency"); text != "" {
		c, err := money.ParseCurrency(text)
		if err != nil {
			r.problem(values["currency"], err.Error(), "write three letters such as EUR, or leave it out")
		}
		one.currency = c
	}
	one.fits = glob(one.pattern)
	return one, len(r.problems) == before
}

// name checks what a program itself would refuse, as far as it can be told before
// what stands in brackets is filled in.
func (r *reader) name(p Program, n *yaml.Node, name string) {
	plain := strings.NewReplacer("{campaign}", "A", "{kind}", "A", "{currency}", "EUR").Replace(name)
	if at := strings.IndexAny(plain, "{}"); at >= 0 {
		r.problem(n, fmt.Sprintf("%q has a bracket that stands for nothing", name), "write {campaign}, {kind} or {currency}")
		return
	}
	if problem, fix := refused(p, plain); problem != "" {
		r.problem(n, fmt.Sprintf("%q %s", name, problem), fix)
	}
}

// known says whether a pattern can fit an account of the ledger.
func known(pattern string) bool {
	head, _, split := strings.Cut(pattern, ":")
	for _, h := range heads() {
		name := strings.TrimSuffix(h, ":")
		byCampaign := name != h
		if glob(head).MatchString(name) && (split == byCampaign || !split && strings.Contains(head, "*")) {
			return true
		}
	}
	return false
}

// shown are the ledger's accounts as a pattern names them.
func shown() []string {
	all := heads()
	for i, h := range all {
		if strings.HasSuffix(h, ":") {
			all[i] = h + "*"
		}
	}
	return all
}

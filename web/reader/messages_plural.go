package reader

import (
	"fmt"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// sentence is one sentence of a catalogue: written once, or in the forms that
// its language has for numbers, such as one and other
// (https://unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules).
type sentence struct {
	other string
	forms map[string]string // by CLDR's names; nil for a sentence with one form
}

// UnmarshalYAML reads a line of text, or a table of forms of which other is one.
func (s *sentence) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&s.other)
	}
	if err := n.Decode(&s.forms); err != nil {
		return err
	}
	for name := range s.forms {
		if name != "other" && !isPluralName(name) {
			return fmt.Errorf("line %d: %q is not a form for numbers", n.Line, name)
		}
	}
	other, ok := s.forms["other"]
	if !ok {
		return fmt.Errorf("line %d: the form other is missing", n.Line)
	}
	s.other = other
	return nil
}

// form gives the words for a number.
func (s sentence) form(tag language.Tag, n operands) string {
	if s.forms == nil {
		return s.other
	}
	if text, ok := s.forms[pluralName(n.plural(tag))]; ok {
		return text
	}
	return s.other
}

// operands are a number as plural rules see it: its whole part and the digits
// that are shown behind the decimal mark.
type operands struct {
	whole    int64
	fraction int // 50 for 7.50
	digits   int // 2 for 7.50
}

func (n operands) plural(tag language.Tag) plural.Form {
	short, places := n.fraction, n.digits
	for places > 0 && short%10 == 0 {
		short, places = short/10, places-1
	}
	// The rules look at the last digits only; what is greater than an int of 32
	// bits keeps them.
	whole := n.whole
	if whole > 1_000_000 {
		whole = 1_000_000 + whole%1_000_000
	}
	return plural.Cardinal.MatchPlural(tag, int(whole), n.digits, places, n.fraction, short)
}

func pluralName(f plural.Form) string {
	switch f {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}

func isPluralName(name string) bool {
	for _, f := range []plural.Form{plural.Zero, plural.One, plural.Two, plural.Few, plural.Many} {
		if pluralName(f) == name {
			return true
		}
	}
	return false
}

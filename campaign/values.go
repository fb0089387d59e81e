package campaign

import (
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/readerfund/readerfund/payments/money"
)

// names are the slugs already in use, each with the file that has it.
type names map[string]string

// slug reads a name that stands in addresses and reports.
func (t *table) slug(key string) string {
	n := t.values[key]
	if n == nil {
		return ""
	}
	s, ok := t.oneLine(n, quote(key))
	if !ok {
		return ""
	}
	if !isSlug(s) {
		t.problem(n, fmt.Sprintf("the %s %s has characters that an address cannot hold, or is too long", key, quote(s)),
			"write small letters a to z, digits and hyphens, at most 100, such as "+slugLike(s))
		return ""
	}
	return s
}

// ownSlug reads the name that tells this file from the others of its kind. A
// file that names none is called as it is named on disk.
func (t *table) ownSlug(key string, taken names) string {
	n, s := t.values[key], t.slug(key)
	if n != nil && s == "" {
		return ""
	}
	if n == nil {
		n = t.node
		s = strings.TrimSuffix(path.Base(t.file), path.Ext(t.file))
		if !isSlug(s) {
			t.problem(n, fmt.Sprintf("the file's name %s cannot be its %s", quote(s), key),
				fmt.Sprintf("rename the file with small letters a to z, digits and hyphens, or write %s: %s", key, slugLike(s)))
			return ""
		}
	}
	if other, twice := taken[s]; twice {
		t.problem(n, fmt.Sprintf("the %s %s is already that of %s", key, quote(s), other), "give one of the two another "+key)
		return ""
	}
	taken[s] = t.file
	return s
}

func isSlug(s string) bool {
	return s != "" && len(s) <= 100 && !strings.HasPrefix(s, "-") && s == slugLetters(s)
}

// slugLike makes the nearest usable slug, as a proposal.
func slugLike(s string) string {
	s = slugLetters(strings.ToLower(s))
	s = strings.Trim(s[:min(len(s), 100)], "-")
	if s == "" {
		return "my-own-name"
	}
	return s
}

func slugLetters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case unicode.IsSpace(r), r == '_', r == '.':
			return '-'
		}
		return -1
	}, s)
}

// zone reads the name of a time zone; where it is missing or wrong it is fallback.
func (t *table) zone(key string, fallback *time.Location) *time.Location {
	n := t.values[key]
	if n == nil {
		return fallback
	}
	name, ok := t.oneLine(n, quote(key))
	if !ok {
		return fallback
	}
	z, problem, fix := zone(name)
	if problem != "" {
		t.problem(n, problem, fix)
		return fallback
	}
	return z
}

// moment reads a date or time in a zone; the zero time where there is none.
func (t *table) moment(key string, zone *time.Location) time.Time {
	n := t.values[key]
	if n == nil {
		return time.Time{}
	}
	s, ok := t.oneLine(n, quote(key))
	if !ok {
		return time.Time{}
	}
	at, problem, fix := moment(s, zone)
	if problem != "" {
		t.problem(n, problem, fix)
		return time.Time{}
	}
	return at
}

// language reads a language tag such as en or pt-BR (BCP 47).
func (d document) language(n *yaml.Node, name string) (string, bool) {
	s, ok := d.oneLine(n, name)
	if !ok {
		return "", false
	}
	parts := strings.Split(s, "-")
	good := len(parts[0]) == 2 || len(parts[0]) == 3
	for i, part := range parts {
		letters := strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
		good = good && len(part) >= 1 && len(part) <= 8 && (letters == "" || i > 0 && strings.Trim(letters, "0123456789") == "")
	}
	if !good {
		d.problem(n, quote(s)+" is not a language tag", "write a tag such as en, de or pt-BR")
		return "", false
	}
	return s, true
}

// amount reads a positive amount in major units from the text of the file
// itself, so that 7.50 never passes through a binary fraction.
func (d document) amount(n *yaml.Node, name string, c money.Currency) (money.Amount, bool) {
	text, ok := d.oneLine(n, name)
	if !ok {
		return money.Amount{}, false
	}
	a, err := money.Parse(text, c)
	if err != nil {
		d.problem(n, err.Error(), fmt.Sprintf("write the amount in %s as %s", c, amountExample(c)))
		return money.Amount{}, false
	}
	if a.Minor <= 0 {
		d.problem(n, fmt.Sprintf("%s is zero", name), fmt.Sprintf("write an amount above zero in %s, as %s", c, amountExample(c)))
		return money.Amount{}, false
	}
	return a, true
}

// amountExample shows how amounts of a currency look: 750, 7.50, 7.500.
func amountExample(c money.Currency) string {
	switch c.Digits() {
	case 0:
		return "750"
	case 3:
		return "7.500"
	}
	return "7.50"
}

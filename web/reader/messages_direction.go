package reader

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/bidi"
)

// direction is the value of the dir attribute for a language: by the script in
// which it is usually written.
func direction(tag string) string {
	script, _ := language.Make(tag).Script()
	switch script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg":
		return "rtl"
	}
	return "ltr"
}

// Marks that keep the direction of a text from touching what stands around it
// (https://unicode.org/reports/tr9/#Explicit_Directional_Isolates). They also
// work where no element can stand: in titles and attributes.
const (
	firstStrongIsolate    = "\u2068"
	popDirectionalIsolate = "\u2069"
)

// isolate shields a sentence from a value that runs in the other direction: an
// Arabic name in an English sentence, a Latin name or a mail address in an
// Arabic one.
func (c *catalogue) isolate(s string) string {
	rightToLeft := direction(c.language) == "rtl"
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.R, bidi.AL, bidi.AN:
			if !rightToLeft {
				return shielded(s)
			}
		case bidi.L, bidi.EN:
			if rightToLeft {
				return shielded(s)
			}
		case bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.LRI, bidi.RLI, bidi.FSI:
			return shielded(s)
		}
	}
	return s
}

// shielded puts a text between isolates, without controls of its own that could
// reach beyond them.
func shielded(s string) string {
	inner := strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)
	return firstStrongIsolate + inner + popDirectionalIsolate
}

package reader

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wishes are what a reader may add to a gift in words. All may be empty.
type wishes struct {
	Anonymous  bool   // not to be named
	Dedication string // one line
	Comment    string
}

// The fields of the form that hold them.
const (
	fieldAnonymous  = "anonymous"
	fieldDedication = "dedication"
	fieldComment    = "comment"
)

// How many characters each may have.
const (
	maxDedication = 200
	maxComment    = 500
)

// readWishes takes them from a posted form. What is too long stays whole, for the
// form that is shown again: the bound of the form is its bound.
func readWishes(form url.Values) wishes {
	return wishes{
		Anonymous:  ticked(form, fieldAnonymous),
		Dedication: oneLine(form.Get(fieldDedication)),
		Comment:    lines(form.Get(fieldComment)),
	}
}

// Written tells whether there is anything in words.
func (w wishes) Written() bool { return w.Dedication != "" || w.Comment != "" }

// oneLine is a text on one line, without what cannot be seen.
func oneLine(text string) string { return strings.Join(strings.Fields(visible(text)), " ") }

// lines is a text of several lines, with at most one empty one between two.
func lines(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	var kept []string
	for line := range strings.SplitSeq(text, "\n") {
		line = oneLine(line)
		if line == "" && (len(kept) == 0 || kept[len(kept)-1] == "") {
			continue
		}
		kept = append(kept, line)
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n")
}

// visible takes out what no keyboard writes: control characters, and the marks
// that turn the direction of all that follows and can make a text look like
// another (https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings).
// Marks that join letters or emoji, or only hint at a direction, stay.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, r == '\ufeff', unicode.IsControl(r), unicode.In(r, unicode.Co, unicode.Cs, unicode.Noncharacter_Code_Point):
			return -1
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

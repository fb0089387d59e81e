package sheet

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// separators end a cell where a spreadsheet takes them for it: Excel cuts a CSV file at
// semicolons where numbers have a comma, and tabs are an import's usual second guess.
// The quotes around a field keep nothing together then, so that a line break ends the
// row too.
const separators = ";\t\r\n"

// Harmless keeps a spreadsheet from running a text that a reader wrote as a
// formula: such a text gets an apostrophe before it, and so does what a semicolon, a tab
// or a line break would make a cell of
// (https://owasp.org/www-community/attacks/CSV_Injection). Blanks and invisible
// signs before the formula are looked through, as some spreadsheets do.
func Harmless(s string) string {
	if text := []byte(s); risky(text) {
		return string(appendHarmless(nil, text))
	}
	return s
}

// risky tells whether a text has to be looked at part by part. Nearly none has.
func risky(text []byte) bool { return formula(text) || bytes.ContainsAny(text, separators) }

// appendHarmless appends a text with the apostrophes that keep it from being run.
func appendHarmless(to, text []byte) []byte {
	if formula(text) {
		to = append(to, '\'')
	}
	for {
		at := bytes.IndexAny(text, separators)
		if at < 0 {
			return append(to, text...)
		}
		to, text = append(to, text[:at+1]...), text[at+1:]
		// Quotes are the file's own there, or doubled by it, and are read away.
		if marked(text, func(r rune) bool { return r == '"' || unseen(r) && !strings.ContainsRune(separators, r) }) {
			to = append(to, '\'')
		}
	}
}

// formula tells whether a spreadsheet could take the text of a CSV field for one.
func formula(text []byte) bool {
	if len(text) == 0 || plain(text[0]) {
		return false
	}
	return strings.IndexByte("\t\r\n", text[0]) >= 0 || marked(text, unseen)
}

// marked tells whether the first sign of a text that is not passed over is one with
// which formulas begin.
func marked(text []byte, passed func(rune) bool) bool {
	visible := bytes.TrimLeftFunc(text, passed)
	first, _ := utf8.DecodeRune(visible)
	return len(visible) > 0 && strings.ContainsRune("=+-@＝＋－＠", first)
}

// unseen tells of blanks and invisible signs.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// plain tells of the letters and digits with which nearly every text begins.
func plain(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

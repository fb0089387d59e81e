package sheet

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Harmless keeps a spreadsheet from running a text that a reader wrote as a
// formula: such a text gets an apostrophe before it
// (https://owasp.org/www-community/attacks/CSV_Injection). Blanks and invisible
// signs before the formula are looked through, as some spreadsheets do.
func Harmless(s string) string {
	if formula([]byte(s)) {
		return "'" + s
	}
	return s
}

// formula tells whether a spreadsheet could take the text of a CSV field for one.
func formula(text []byte) bool {
	if len(text) == 0 || plain(text[0]) {
		return false
	}
	if strings.IndexByte("\t\r\n", text[0]) >= 0 {
		return true
	}
	visible := bytes.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
	first, _ := utf8.DecodeRune(visible)
	return len(visible) > 0 && strings.ContainsRune("=+-@＝＋－＠", first)
}

// plain tells of the letters and digits with which nearly every text begins.
func plain(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

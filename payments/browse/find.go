package browse

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestFind bounds what is searched for, in bytes: Stripe's ids are shorter.
const longestFind = 255

// tidyFind brings what was typed into form, or says what is wrong with it.
func tidyFind(find string) (string, error) {
	find = strings.Join(strings.Fields(find), " ")
	if len(find) > longestFind || !utf8.ValidString(find) || strings.ContainsRune(find, 0) {
		return "", invalid("What is searched for is too long, or no text. Write an id, a mail address or a name.")
	}
	return find, nil
}

// isID tells an id of ours or of Stripe's, which has a short prefix, from a name.
func isID(find string) bool {
	prefix, rest, ok := strings.Cut(find, "_")
	if !ok || prefix == "" || rest == "" || len(prefix) > 8 {
		return false
	}
	for _, r := range find {
		if r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) {
			return false
		}
	}
	return true
}

// nobodyNamed are the donations d that are no donor's, and have the name that %s looks
// for. "offset 0" keeps Postgres from going through all gifts in the list's order to find
// some.
const nobodyNamed = `(select * from donations
	where donor_id is null and donor_name <> '' and to_tsvector('simple', donor_name) @@ to_tsquery('simple', %s) offset 0) as d`

// after is a text that comes, byte by byte, after all that begin with begins.
func after(begins string) string { return begins + string(utf8.MaxRune) }

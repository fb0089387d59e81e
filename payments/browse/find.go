package browse

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// longestFind bounds what is searched for, in bytes: Stripe's ids are shorter.
const longestFind = 255

// mostFound bounds how many donors a search may mean.
const mostFound = 1000

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

// words are what is searched for in names, as Postgres' text search takes it: each
// word as the beginning of one. "" where there is none.
func words(find string) string {
	var all []string
	for word := range strings.FieldsFuncSeq(find, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		all = append(all, "'"+word+"':*")
	}
	return strings.Join(all, " & ")
}

// nameFound is the condition that a donation d has the name that %s looks for.
const nameFound = "d.donor_name <> '' and to_tsvector('simple', d.donor_name) @@ to_tsquery('simple', %s)"

// people finds the donors whose mail address begins like find, or one of whose gifts
// bears a name with its words.
func people(ctx context.Context, tx pgx.Tx, find string) ([]string, error) {
	begins := payments.NormalAddress(find)
	sql, args := `select donor_id from donors where email_key collate "C" >= $1 and email_key collate "C" < $2`, []any{begins, after(begins)}
	if w := words(find); w != "" && !strings.Contains(find, "@") {
		args = append(args, w)
		sql += ` union select d.donor_id from donations d where d.donor_id is not null and ` + fmt.Sprintf(nameFound, "$3")
	}
	rows, err := tx.Query(ctx, sql+fmt.Sprintf(" limit %d", mostFound+1), args...)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	if len(found) > mostFound {
		return nil, invalid("More than %d donors are called so. Write more of the name, or the mail address.", mostFound)
	}
	return found, nil
}

// after is a text that comes, byte by byte, after all that begin with begins.
func after(begins string) string { return begins + string(utf8.MaxRune) }

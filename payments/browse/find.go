package browse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// longestFind bounds what is searched for, in bytes: Stripe's ids are shorter.
const longestFind = 255

// A search may mean so many donors, and be answered by the names on so many gifts.
const (
	mostFound = 1000
	mostNamed = 5_000
)

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
// word as the beginning of one.
func words(find string) (all []string) {
	for word := range strings.FieldsFuncSeq(find, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		all = append(all, "'"+word+"':*")
	}
	return all
}

// nameFound is the condition that a donation d has the name that %s looks for.
const nameFound = "d.donor_name <> '' and to_tsvector('simple', d.donor_name) @@ to_tsquery('simple', %s)"

// people finds the donors whose mail address begins like find, or one of whose gifts
// bears a name with its words.
func people(ctx context.Context, tx pgx.Tx, find string) ([]string, error) {
	begins := payments.NormalAddress(find)
	rows, err := tx.Query(ctx, fmt.Sprintf(`select donor_id from donors where email_key collate "C" >= $1 and email_key collate "C" < $2 limit %d`, mostFound+1), begins, after(begins))
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	if w := words(find); len(w) > 0 && !strings.Contains(find, "@") {
		called, err := named(ctx, tx, w)
		if err != nil {
			return nil, err
		}
		found = append(found, called...)
		slices.Sort(found)
		found = slices.Compact(found)
	}
	if len(found) > mostFound {
		return nil, tooMany()
	}
	return found, nil
}

// named finds the donors one of whose gifts bears a name with all of the words. Where
// there are too many gifts to look through it finds none and says so: a part of them
// would be taken for all.
func named(ctx context.Context, tx pgx.Tx, words []string) (donors []string, err error) {
	rare, far, err := rareWords(ctx, tx, words)
	switch {
	case err != nil:
		return nil, err
	case far:
		return nil, tooMany()
	}
	// "is true" keeps the second condition from the index.
	rows, err := tx.Query(ctx, fmt.Sprintf(`select g.donor_id, count(*) from (
			select d.donor_id from donations d where d.donor_id is not null and `+nameFound+` and (to_tsvector('simple', d.donor_name) @@ to_tsquery('simple', $2)) is true
			limit %d) as g group by 1`, "$1", mostNamed+1), strings.Join(rare, " & "), strings.Join(words, " & "))
	if err != nil {
		return nil, err
	}
	var id string
	var gifts, all int64
	_, err = pgx.ForEachRow(rows, []any{&id, &gifts}, func() error { donors, all = append(donors, id), all+gifts; return nil })
	if err == nil && all > mostNamed {
		return nil, tooMany()
	}
	return donors, err
}

func tooMany() error {
	return invalid("More than %d donors, or too many gifts, go by that name. Write more of it, or the mail address.", mostFound)
}

// after is a text that comes, byte by byte, after all that begin with begins.
func after(begins string) string { return begins + string(utf8.MaxRune) }

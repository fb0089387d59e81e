package browse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"github.com/readerfund/readerfund/payments"
)

// A search may mean so many donors: their gifts stand far from each other, and each is a
// read of its own.
const mostFound = 250

// Where Postgres expects so many times as many of one word, nobody looks. Someone of two
// names, or of two words that begin so, is expected twice.
const farMore = 4

// So many names are read of few donors who go by several each, as a club does that is
// spelled anew with each gift.
const mostNames = 20 * mostFound

// words are what is searched for in names, parted as name_words parts those of a name.
func words(find string) []string {
	return strings.FieldsFunc(norm.NFC.String(find), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// terms are what is searched for in names, as Postgres' text search takes it: each word
// as the beginning of one. They are "" where there is no word, and where it is a mail
// address that is searched for.
func terms(find string) string {
	if strings.Contains(find, "@") {
		return ""
	}
	all := words(find)
	for i, word := range all {
		all[i] = "'" + word + "':*"
	}
	return strings.Join(all, " & ")
}

// people finds the donors whose mail address begins like find, or who gave by a name with
// its words.
func people(ctx context.Context, tx pgx.Tx, find string) ([]string, error) {
	begins := payments.NormalAddress(find)
	rows, err := tx.Query(ctx, `select donor_id from donors where email_key collate "C" >= $1 and email_key collate "C" < $2 limit $3`, begins, after(begins), mostFound+1)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	if len(found) > mostFound {
		return nil, tooMany()
	}
	if find := terms(find); find != "" {
		called, err := named(ctx, tx, find)
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

// namedSQL finds whose names have the words of $1. Somebody may have several.
const namedSQL = `select donor_id from donor_names where name_words(name) @@ to_tsquery('simple', $1) limit $2`

// named finds the donors who gave by a name with all of the words.
func named(ctx context.Context, tx pgx.Tx, terms string) ([]string, error) {
	if one, several := strings.CutSuffix(terms, ":*"); !strings.Contains(one, " & ") && several {
		far, err := common(ctx, tx, strings.Trim(one, "'"))
		if err != nil {
			return nil, err
		}
		if far, err = unread(ctx, tx, far); err != nil {
			return nil, err
		}
		if far {
			return nil, tooMany()
		}
	}
	// Which words are rare a plan that is made for any cannot know.
	for _, most := range []int{2 * mostFound, mostNames} {
		rows, err := tx.Query(ctx, namedSQL, pgx.QueryExecModeExec, terms, most+1)
		if err != nil {
			return nil, err
		}
		donors, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, err
		}
		all := len(donors) <= most
		slices.Sort(donors)
		if donors = slices.Compact(donors); all || len(donors) > mostFound {
			return donors, nil
		}
	}
	return nil, tooMany() // a part of them would be taken for all
}

// commonSQL is how many names have a word that begins like $1, as far as Postgres knows
// from when it last looked (https://www.postgresql.org/docs/current/view-pg-stats.html):
// of the words that are not the most common it knows nothing.
const commonSQL = `
select coalesce(sum(u.share), 0) * (select greatest(reltuples, 0) from pg_class where oid = 'donor_names'::regclass)
from pg_stats s cross join lateral unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) as u (word, share)
where s.schemaname = current_schema() and s.tablename = 'donor_names_words' and starts_with(u.word, (ts_lexize('simple', $1))[1])`

// common tells that a word is far too common to look for: the index would read everybody
// who is called so before it gives the first.
func common(ctx context.Context, tx pgx.Tx, word string) (bool, error) {
	var expected float64
	if err := tx.QueryRow(ctx, commonSQL, word).Scan(&expected); err != nil {
		return false, fmt.Errorf("asking how common a name is: %w", err)
	}
	return expected >= farMore*mostFound, nil
}

// unread tells that what is expected is not confirmed by a look: names of so many bytes,
// some 200,000, are read in 10 ms or so, and what Postgres knows of few may be of others
// that were there before.
func unread(ctx context.Context, tx pgx.Tx, far bool) (bool, error) {
	const quicklyRead = 16 << 20
	if !far {
		return false, nil
	}
	if err := tx.QueryRow(ctx, "select pg_relation_size('donor_names') > $1", quicklyRead).Scan(&far); err != nil {
		return false, fmt.Errorf("asking how many names there are: %w", err)
	}
	return far, nil
}

func tooMany() error {
	return invalid("More than %d donors go by that name, or have an address that begins so. Write more of it, or the mail address.", mostFound)
}

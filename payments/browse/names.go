package browse

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// The newest gifts tell how common a word is among names: so many are looked at, and a
// word that so many of them bear is common where there are very many gifts.
const (
	namesLooked = 1000
	namesCommon = 6
)

// sampleSQL counts for each query of $1 how many of the newest named gifts it finds,
// beside how many gifts there are, as Postgres last counted.
const sampleSQL = `
with newest as materialized (
	select to_tsvector('simple', donor_name) as name from donations where donor_name <> '' order by received_at desc, donation_id desc limit $2
)
select q.n::bigint, count(newest.name), (select greatest(reltuples, 0)::bigint from pg_class where oid = 'donations'::regclass)
from (select n, to_tsquery('simple', word) as query from unnest($1::text[]) with ordinality as u (word, n)) as q
left join newest on newest.name @@ q.query group by 1 order by 1`

// rareWords chooses the words that names are looked for by in the index: those that few
// gifts bear, the others being looked for among what these find; all, where each is
// common. An index reads every gift that bears a common word before it gives one. Where
// too many bear all of them the answer is none.
func rareWords(ctx context.Context, tx pgx.Tx, words []string) (rare []string, tooMany bool, err error) {
	all := append([]string{strings.Join(words, " & ")}, words...)
	rows, err := tx.Query(ctx, sampleSQL, all, namesLooked)
	if err != nil {
		return nil, false, err
	}
	var n, found, gifts int64
	_, err = pgx.ForEachRow(rows, []any{&n, &found, &gifts}, func() error {
		common := found >= namesCommon && found*gifts/namesLooked >= 4*mostNamed
		switch {
		case n == 1:
			tooMany = common
		case !common:
			rare = append(rare, words[n-2])
		}
		return nil
	})
	if len(rare) == 0 {
		rare = words
	}
	return rare, tooMany, err
}

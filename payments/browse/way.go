package browse

import (
	"slices"
	"strings"
)

// way is a way into the rows of a list that it is filtered for, where these are few and
// stand far from each other: an index has them, and the list's own order would pass over
// millions to find them.
type way struct {
	// condition is what its rows fulfil beside the list's own conditions, with its values.
	condition string
	values    []any
	// Where each, it is fulfilled for each id of of by itself, called w.id; for none, where
	// there are none.
	each bool
	of   []string
}

// ofDonors is the way to the rows d of these donors.
func ofDonors(ids []string) way { return way{condition: "d.donor_id = w.id", each: true, of: ids} }

// through replaces the conditions by the ids of the rows of a page: of each way, and of
// each id of it, the rows that would come first, and of all these the first. So nothing
// but an index is read of those that are on other pages.
func (l *list[T]) through(where conditions, down bool, rows int) conditions {
	only := conditions{args: where.args}
	var all []string
	for _, w := range l.ways {
		one := conditions{parts: slices.Clone(where.parts), args: only.args}
		one.and(w.condition, w.values...)
		sql := "select " + l.key + " as k, " + l.id + " as i from " + l.from + " where " + strings.Join(one.parts, " and ") + inOrder(l.key, l.id, down, rows)
		if w.each {
			one.parts = nil
			one.and("select r.k, r.i from unnest(%s::text[]) as w (id) cross join lateral ("+strings.ReplaceAll(sql, "%", "%%")+") as r", w.of)
			sql = one.parts[0]
		}
		all, only.args = append(all, "("+sql+")"), one.args
	}
	only.parts = []string{l.id + " = any(array(select f.i from (" + strings.Join(all, "\nunion all ") + ") as f" + inOrder("f.k", "f.i", down, rows) + "))"}
	return only
}

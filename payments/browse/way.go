package browse

import "strings"

// way is a way into the rows of a list that it is filtered for, where these are few and
// stand far from each other: an index has them, and the list's own order would pass over
// millions to find them.
type way struct {
	// from has its rows instead of the list's own, with its values; "" is the list's.
	from   string
	values []any
	// condition is what they fulfil beside the list's own conditions.
	condition string
	// Where each, it is fulfilled by itself for every one of these ids, called w.id, and by
	// nothing where there are none.
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
		one, from := conditions{args: only.args}, l.from
		if w.from != "" {
			one.and(w.from, w.values...)
			from = one.parts[0]
		}
		parts := append([]string{w.condition}, where.parts...)
		sql := "select " + l.key + " as k, " + l.id + " as i from " + from + " where " + strings.Join(parts, " and ") + inOrder(l.key, l.id, down, rows)
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

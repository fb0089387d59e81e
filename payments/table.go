package payments

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// table stores the join of all facts told about each object of one type.
type table[T comparable] struct {
	title   string
	columns string // the key first, named id
	in      func(*Facts) *[]T
	key     func(*T) string
	join    func(a, b T) T
	fields  func(*T) []any // pointers to what each column holds
	// names adds what a fact speaks of to what is locked while it is merged.
	names func(*T, *reach)
	// bears adds what must be derived again once the object was old (all zero
	// where it is new) and is now something else.
	bears func(old, now *T, a *affected)
}

// storing is one merge on its way into the tables.
type storing struct {
	ctx      context.Context
	tx       pgx.Tx
	affected affected
	erased   []string // objects that were found to be an erased person's
	leaving  []string // the donors whose they were
}

func (t table[T]) add(to *Facts, from Facts) {
	*t.in(to) = append(*t.in(to), *t.in(&from)...)
}

// compact joins the facts about one object and sorts by key.
func (t table[T]) compact(f *Facts) {
	facts := *t.in(f)
	slices.SortStableFunc(facts, func(a, b T) int { return cmp.Compare(t.key(&a), t.key(&b)) })
	out := facts[:0]
	for _, x := range facts {
		if last := len(out) - 1; last >= 0 && t.key(&out[last]) == t.key(&x) {
			out[last] = t.join(out[last], x)
			continue
		}
		out = append(out, x)
	}
	*t.in(f) = out
}

func (t table[T]) name(f *Facts, r *reach) {
	facts := *t.in(f)
	for i := range facts {
		t.names(&facts[i], r)
	}
}

// store joins compacted facts into what is stored and notes what follows from
// the rows that are new or changed. The caller holds the locks of their keys.
func (t table[T]) store(s *storing, f *Facts) error {
	facts := *t.in(f)
	if len(facts) == 0 {
		return nil
	}
	stored, err := t.load(s, facts)
	if err != nil {
		return fmt.Errorf("loading %s: %w", t.title, err)
	}
	var changed []T
	for _, now := range facts {
		old, known := stored[t.key(&now)]
		if known {
			now = t.join(old, now)
			if now == old {
				continue
			}
		}
		changed = append(changed, now)
		if t.bears != nil {
			t.bears(&old, &now, &s.affected)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if _, err := s.tx.Exec(s.ctx, t.upsert(), t.arrays(changed)...); err != nil {
		return fmt.Errorf("storing %s: %w", t.title, err)
	}
	return nil
}

func (t table[T]) load(s *storing, facts []T) (map[string]T, error) {
	ids := make([]string, len(facts))
	for i := range facts {
		ids[i] = t.key(&facts[i])
	}
	rows, err := s.tx.Query(s.ctx, "select "+t.columns+" from "+t.title+" where id = any($1)", ids)
	if err != nil {
		return nil, err
	}
	found := make(map[string]T, len(ids))
	var row T
	_, err = pgx.ForEachRow(rows, t.fields(&row), func() error {
		found[t.key(&row)] = row
		return nil
	})
	return found, err
}

// upsert writes any number of rows in one statement: each parameter is a column.
func (t table[T]) upsert() string {
	var row T
	columns := strings.Split(t.columns, ", ")
	var places, sets []string
	for i, field := range t.fields(&row) {
		kind := "text"
		switch reflect.TypeOf(field).Elem().Kind() {
		case reflect.Int64:
			kind = "bigint"
		case reflect.Int16:
			kind = "smallint"
		case reflect.Bool:
			kind = "boolean"
		}
		places = append(places, fmt.Sprintf("$%d::%s[]", i+1, kind))
		if i > 0 {
			sets = append(sets, columns[i]+" = excluded."+columns[i])
		}
	}
	return fmt.Sprintf("insert into %s (%s) select * from unnest(%s) on conflict (id) do update set %s",
		t.title, t.columns, strings.Join(places, ", "), strings.Join(sets, ", "))
}

// arrays turns rows into columns.
func (t table[T]) arrays(rows []T) []any {
	var row T
	out := make([]any, 0, 20)
	for column, field := range t.fields(&row) {
		switch reflect.TypeOf(field).Elem().Kind() {
		case reflect.Int64:
			out = append(out, columnOf(rows, t.fields, column, reflect.Value.Int))
		case reflect.Int16:
			out = append(out, columnOf(rows, t.fields, column, func(v reflect.Value) int16 { return int16(v.Int()) })) //nolint:gosec // it is one
		case reflect.Bool:
			out = append(out, columnOf(rows, t.fields, column, reflect.Value.Bool))
		default:
			out = append(out, columnOf(rows, t.fields, column, reflect.Value.String))
		}
	}
	return out
}

func columnOf[T, V any](rows []T, fields func(*T) []any, column int, value func(reflect.Value) V) []V {
	out := make([]V, len(rows))
	for i := range rows {
		out[i] = value(reflect.ValueOf(fields(&rows[i])[column]).Elem())
	}
	return out
}

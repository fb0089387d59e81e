package payments

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// table stores the join of all facts told about each object of one type.
type table[T comparable] struct {
	name    string
	columns string // the key first, named id
	key     func(*T) string
	join    func(a, b T) T
	fields  func(*T) []any // pointers to what each column holds
}

// compact joins the facts about one object and sorts by key.
func (t table[T]) compact(facts []T) []T {
	slices.SortStableFunc(facts, func(a, b T) int { return cmp.Compare(t.key(&a), t.key(&b)) })
	out := facts[:0]
	for _, f := range facts {
		if last := len(out) - 1; last >= 0 && t.key(&out[last]) == t.key(&f) {
			out[last] = t.join(out[last], f)
			continue
		}
		out = append(out, f)
	}
	return out
}

// merge joins compacted facts into what is stored. The caller holds the locks
// of their keys. It gives back the keys whose row is new or changed.
func (t table[T]) merge(ctx context.Context, tx pgx.Tx, facts []T) (changed []string, err error) {
	if len(facts) == 0 {
		return nil, nil
	}
	stored, err := t.load(ctx, tx, keys(facts, t.key))
	if err != nil {
		return nil, err
	}
	upsert := t.upsert()
	batch := &pgx.Batch{}
	for _, f := range facts {
		key := t.key(&f)
		if old, ok := stored[key]; ok {
			f = t.join(old, f)
			if f == old {
				continue
			}
		}
		changed = append(changed, key)
		batch.Queue(upsert, t.fields(&f)...)
	}
	if batch.Len() == 0 {
		return nil, nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("storing %s: %w", t.name, err)
	}
	return changed, nil
}

func (t table[T]) load(ctx context.Context, tx pgx.Tx, ids []string) (map[string]T, error) {
	rows, err := tx.Query(ctx, "select "+t.columns+" from "+t.name+" where id = any($1)", ids)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", t.name, err)
	}
	found := make(map[string]T, len(ids))
	var row T
	if _, err := pgx.ForEachRow(rows, t.fields(&row), func() error {
		found[t.key(&row)] = row
		return nil
	}); err != nil {
		return nil, fmt.Errorf("loading %s: %w", t.name, err)
	}
	return found, nil
}

func (t table[T]) upsert() string {
	columns := strings.Split(t.columns, ", ")
	var places, sets []string
	for i, c := range columns {
		places = append(places, fmt.Sprintf("$%d", i+1))
		if i > 0 {
			sets = append(sets, c+" = excluded."+c)
		}
	}
	return fmt.Sprintf("insert into %s (%s) values (%s) on conflict (id) do update set %s",
		t.name, t.columns, strings.Join(places, ", "), strings.Join(sets, ", "))
}

func keys[T any](facts []T, key func(*T) string) []string {
	out := make([]string, len(facts))
	for i := range facts {
		out[i] = key(&facts[i])
	}
	return out
}

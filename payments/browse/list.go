package browse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// conditions are what a list's rows must fulfil, with their parameters.
type conditions struct {
	parts []string
	args  []any
}

// and adds a condition; each %s in it stands for one of the values.
func (c *conditions) and(format string, values ...any) {
	names := make([]any, len(values))
	for i, v := range values {
		c.args = append(c.args, v)
		names[i] = "$" + strconv.Itoa(len(c.args))
	}
	c.parts = append(c.parts, fmt.Sprintf(format, names...))
}

// list is a query that is read by key: its rows are in the order of key and id, which
// together are unique and stand in an index in that order.
type list[T any] struct {
	name    string
	filter  any    // what a cursor is bound to, beside the name
	columns string // what fields takes, in this order
	from    string
	where   conditions
	ways    []way  // into few of the rows, with an index each; none reads them all
	key     string // an expression that is never null
	as      string // the type of key
	id      string // a text, or a number, that is no other row's
	idAs    string // the type of id; "" is text
	down    bool   // the greatest first
	fields  func(*T) []any
}

// read gives the page that turn asks for, from the snapshot of tx.
func (l *list[T]) read(ctx context.Context, tx pgx.Tx, turn Turn) (Page[T], error) {
	var page Page[T]
	of, err := identity(l.name, l.filter)
	if err != nil {
		return page, err
	}
	var at place
	if turn.Cursor != "" {
		if at, err = readPlace(turn.Cursor, of); err != nil {
			return page, err
		}
	}
	sql, args := l.statement(at, turn.Cursor != "", turn.limit()+1)
	keys, err := l.collect(ctx, tx, sql, args, &page.Rows)
	if err != nil {
		// What a cursor says is compared with rows only here: a number that is none.
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok && turn.Cursor != "" && strings.HasPrefix(pg.Code, "22") {
			return Page[T]{}, ErrCursor
		}
		return Page[T]{}, err
	}
	more := len(page.Rows) > turn.limit()
	if more {
		page.Rows, keys = page.Rows[:turn.limit()], keys[:turn.limit()]
	}
	if at.Back {
		slices.Reverse(page.Rows)
		slices.Reverse(keys)
	}
	if len(keys) == 0 {
		return page, nil
	}
	first, last := keys[0], keys[len(keys)-1]
	if at.Back && more || !at.Back && turn.Cursor != "" {
		page.Back = place{List: of, Key: first[0], ID: first[1], Back: true}.String()
	}
	if more || at.Back {
		page.Next = place{List: of, Key: last[0], ID: last[1]}.String()
	}
	return page, nil
}

// statement is the query of a page of so many rows.
func (l *list[T]) statement(at place, from bool, rows int) (sql string, args []any) {
	where := conditions{parts: slices.Clone(l.where.parts), args: slices.Clone(l.where.args)}
	down, idAs := l.down != at.Back, l.idAs
	if idAs == "" {
		idAs = "text"
	}
	if from {
		than := ">"
		if down {
			than = "<"
		}
		// Written as texts, so that the parameter is one whatever the column is.
		where.and("("+l.key+", "+l.id+") "+than+" (%s::text::"+l.as+", %s::text::"+idAs+")", at.Key, at.ID)
	}
	if len(l.ways) > 0 {
		where = l.through(where, down, rows)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "select (%s)::text, (%s)::text, %s\nfrom %s", l.key, l.id, l.columns, l.from)
	if len(where.parts) > 0 {
		b.WriteString("\nwhere " + strings.Join(where.parts, "\n\tand "))
	}
	b.WriteString(inOrder(l.key, l.id, down, rows))
	return b.String(), where.args
}

// inOrder is how so many rows are chosen.
func inOrder(key, id string, down bool, rows int) string {
	order := "asc"
	if down {
		order = "desc"
	}
	return fmt.Sprintf("\norder by %s %s, %s %s limit %d", key, order, id, order, rows)
}

// collect reads the rows, and beside each what it is sorted by.
func (l *list[T]) collect(ctx context.Context, tx pgx.Tx, sql string, args []any, into *[]T) (keys [][2]string, err error) {
	// What is filtered for is rare or common: a plan that is made for any value is made
	// for none.
	rows, err := tx.Query(ctx, sql, append([]any{pgx.QueryExecModeExec}, args...)...)
	if err != nil {
		return nil, err
	}
	*into, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) {
		var one T
		var key [2]string
		err := row.Scan(append([]any{&key[0], &key[1]}, l.fields(&one)...)...)
		keys = append(keys, key)
		return one, err
	})
	return keys, err
}

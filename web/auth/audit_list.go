package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// AuditFilter says which rows of the audit to list. Its zero value is the newest of all.
type AuditFilter struct {
	Who    string // "" for everybody
	Action string // "" for every one
	// Before and After are numbers of rows: those before the one, or those after the
	// other, next to it. 0 is none; with both, Before counts.
	Before, After int64
	Limit         int
}

// AuditRow is one thing that was done, in its place.
type AuditRow struct {
	Seq  int64
	At   time.Time
	Name string // of the person, as it is now; "" where the staff does not have them
	Entry
}

// AuditPage is a part of the audit, the newest first.
type AuditPage struct {
	Rows         []AuditRow
	Newer, Older bool // there are more of the filter on that side
}

// ListAudit lists rows of the audit. It reads no more of them than it gives, however
// many there are.
func ListAudit(ctx context.Context, db *pgxpool.Pool, f AuditFilter) (AuditPage, error) {
	up := f.After > 0 && f.Before == 0
	where, args := []string{"true"}, []any{f.Limit + 1}
	only := func(is bool, condition string, value any) {
		if is {
			args = append(args, value)
			where = append(where, fmt.Sprintf(condition, len(args)))
		}
	}
	only(f.Who != "", "a.who = $%d", f.Who)
	only(f.Action != "", "a.action = $%d", f.Action)
	only(f.Before > 0, "a.seq < $%d", f.Before)
	only(up, "a.seq > $%d", f.After)
	order := "desc"
	if up {
		order = "asc"
	}
	rows, err := db.Query(ctx, `select a.seq, a.at, coalesce(s.name, ''), a.who, a.action, a.object, a.address, a.result, a.detail
		from audit a left join staff s on s.staff_id = a.who
		where `+strings.Join(where, " and ")+` order by a.seq `+order+` limit $1`, args...)
	if err != nil {
		return AuditPage{}, fmt.Errorf("listing the audit: %w", err)
	}
	var p AuditPage
	p.Rows, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r AuditRow, err error) {
		err = row.Scan(&r.Seq, &r.At, &r.Name, &r.Who, &r.Action, &r.Object, &r.Address, &r.Result, &r.Detail)
		return r, err
	})
	if err != nil {
		return AuditPage{}, fmt.Errorf("listing the audit: %w", err)
	}
	more := len(p.Rows) > f.Limit
	p.Rows = p.Rows[:min(len(p.Rows), f.Limit)]
	if up {
		slices.Reverse(p.Rows)
		p.Newer, p.Older = more, true
	} else {
		p.Newer, p.Older = f.Before > 0, more
	}
	return p, nil
}

// auditActions lists what was ever done, without reading every row.
func auditActions(ctx context.Context, db *pgxpool.Pool) ([]string, error) {
	rows, err := db.Query(ctx, `with recursive actions as (
			(select action from audit order by action limit 1)
			union all
			select (select a.action from audit a where a.action > actions.action order by a.action limit 1) from actions where actions.action is not null)
		select action from actions where action is not null`)
	if err != nil {
		return nil, fmt.Errorf("listing what was done: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("listing what was done: %w", err)
	}
	return all, nil
}

package rollup

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments"
)

// Lapse is a table that triggers keep beside the books, and whose rows are not those that
// follow from them.
type Lapse struct {
	Table   string
	Missing int64 // rows that follow from the books, and are not there
	Stale   int64 // rows that are there, and follow from nothing
}

// String says it in one line.
func (l Lapse) String() string {
	return fmt.Sprintf("%s: %d rows are missing, and %d follow from nothing", l.Table, l.Missing, l.Stale)
}

// kept are such a table, the columns of its rows, and the query that has them from the
// books.
type kept struct{ table, columns, books string }

func keptTables() []kept {
	return []kept{
		{"donor_names", "donor_id, name", `select distinct donor_id, left(donor_name, 250) as name from donations where donor_id is not null and donor_name <> ''`},
		{"payout_order", "payout, created, id", `select r.payout, coalesce(t.created, 0) as created, r.id
			from payout_rows r left join balance_transactions t on t.id = r.id and t.currency <> ''`},
	}
}

// CheckKept compares the names that donors gave, and the order of what payouts sent, with
// the books. It gives the tables that differ, in one snapshot each, and reads all
// donations and all rows of payouts.
func CheckKept(ctx context.Context, db payments.Querier) (all []Lapse, err error) {
	for _, k := range keptTables() {
		rows, err := db.Query(ctx, fmt.Sprintf(`select count(*) filter (where there is null), count(*) filter (where follows is null)
			from (select %s, true as follows from (%s) as f) as books full join (select %s, true as there from %s) as k using (%s)
			where there is null or follows is null`, k.columns, k.books, k.columns, k.table, k.columns))
		if err != nil {
			return nil, fmt.Errorf("comparing %s with the books: %w", k.table, err)
		}
		l, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (Lapse, error) {
			l := Lapse{Table: k.table}
			return l, row.Scan(&l.Missing, &l.Stale)
		})
		if err != nil {
			return nil, fmt.Errorf("comparing %s with the books: %w", k.table, err)
		}
		if l.Missing > 0 || l.Stale > 0 {
			all = append(all, l)
		}
	}
	return all, nil
}

// mendKept puts those tables right, and tells how many rows it wrote or took away. Where
// something is to be done it keeps away whoever merges: a row that is missing in one
// snapshot may be a person's who is erased in the next.
func mendKept(ctx context.Context, db *pgxpool.Pool) (differed int64, err error) {
	lapses, err := CheckKept(ctx, db)
	if err != nil || len(lapses) == 0 {
		return 0, err
	}
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock"+payments.BooksLock); err != nil {
			return err
		}
		for _, k := range keptTables() {
			for _, statement := range []string{
				fmt.Sprintf("delete from %s where (%s) in (select %s from %s except select %s from (%s) as f)", k.table, k.columns, k.columns, k.table, k.columns, k.books),
				fmt.Sprintf("insert into %s (%s) select %s from (%s) as f on conflict do nothing", k.table, k.columns, k.columns, k.books),
			} {
				done, err := tx.Exec(ctx, statement)
				if err != nil {
					return err
				}
				differed += done.RowsAffected()
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("putting right what is kept beside the books: %w", err)
	}
	return differed, nil
}

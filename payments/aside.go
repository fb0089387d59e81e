package payments

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// asideSchema holds books that are made again while the others stay in use. It
// has the same tables, empty at first, so that every statement of a merge works
// on them where the schema comes first in the search path.
const asideSchema = "readerfund_rebuild"

// asideTable is a table that is made again: what is told of Stripe's objects and
// what is derived from it.
type asideTable struct{ name, key string }

func asideTables() []asideTable {
	return []asideTable{
		{"attributions", "id"}, {"customers", "id"}, {"subscriptions", "id"}, {"invoices", "id"}, {"checkout_sessions", "id"},
		{"charges", "id"}, {"payments", "id"}, {"refunds", "id"}, {"disputes", "id"}, {"balance_transactions", "id"},
		{"payouts", "id"}, {"early_fraud_warnings", "id"}, {"reviews", "id"}, {"mandates", "id"},
		{"invoice_payments", "invoice, payment"},
		{"donations", "payment"}, {"recurring_donations", "subscription"}, {"foreign_payments", "payment"},
	}
}

// MakeAside makes empty books beside those in use, in place of any that an
// earlier rebuild left there. People keep their ids: donors are copied.
func MakeAside(ctx context.Context, tx pgx.Tx) error {
	var live string
	if err := tx.QueryRow(ctx, "select current_schema()").Scan(&live); err != nil {
		return fmt.Errorf("making books aside: %w", err)
	}
	aside := pgx.Identifier{asideSchema}.Sanitize()
	statements := []string{"drop schema if exists " + aside + " cascade", "create schema " + aside}
	for _, t := range append(asideTables(), asideTable{name: "donors"}) {
		// Unlogged: after a crash they are made again anyway.
		statements = append(statements, fmt.Sprintf("create unlogged table %s.%s (like %s including all)",
			aside, t.name, pgx.Identifier{live, t.name}.Sanitize()))
	}
	statements = append(statements, fmt.Sprintf("insert into %s.donors select * from %s", aside, pgx.Identifier{live, "donors"}.Sanitize()))
	for _, s := range statements {
		if _, err := tx.Exec(ctx, s); err != nil {
			return fmt.Errorf("making books aside: %w", err)
		}
	}
	return nil
}

// GoAside makes the rest of the transaction see the books aside.
func GoAside(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `select set_config('search_path', '`+asideSchema+`, ' || current_schema(), true)`)
	if err != nil {
		return fmt.Errorf("turning to the books aside: %w", err)
	}
	return nil
}

// MergeAside is MergeMany for books aside, which nobody else writes: it takes no
// locks.
func MergeAside(ctx context.Context, tx pgx.Tx, told Facts) error {
	f := told.compact()
	return f.merge(ctx, tx)
}

// AnalyzeAside lets Postgres look at the books aside, so that it compares them
// sensibly.
func AnalyzeAside(ctx context.Context, tx pgx.Tx) error {
	for _, t := range asideTables() {
		if _, err := tx.Exec(ctx, "analyze "+asideSchema+"."+t.name); err != nil {
			return fmt.Errorf("looking at the books aside: %w", err)
		}
	}
	return nil
}

// DropAside removes the books aside.
func DropAside(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "drop schema if exists "+asideSchema+" cascade"); err != nil {
		return fmt.Errorf("removing the books aside: %w", err)
	}
	return nil
}

// Swapped counts the rows of one table that a swap wrote or removed.
type Swapped struct {
	Table            string
	Written, Removed int64
}

// Swap gives the books in use the content of those aside. Only rows that differ
// are touched, so that whoever reads at the same moment sees the old books whole
// or the new ones, as their snapshot says. The caller holds the books and
// commits.
func Swap(ctx context.Context, tx pgx.Tx) ([]Swapped, error) {
	if err := swapDonors(ctx, tx); err != nil {
		return nil, err
	}
	var all []Swapped
	for _, t := range asideTables() {
		columns, err := columnsOf(ctx, tx, t.name)
		if err != nil {
			return nil, err
		}
		aside := asideSchema + "." + t.name
		removed, err := tx.Exec(ctx, fmt.Sprintf("delete from %s as l where not exists (select from %s as a where %s)",
			t.name, aside, t.same("a", "l")))
		if err != nil {
			return nil, fmt.Errorf("swapping %s: %w", t.name, err)
		}
		list := strings.Join(columns, ", ")
		var sets []string
		for _, c := range columns {
			sets = append(sets, c+" = excluded."+c)
		}
		written, err := tx.Exec(ctx, fmt.Sprintf(`insert into %s (%s) select %s from %s as a
			where not exists (select from %s as l where %s and row(%s) is not distinct from row(%s))
			on conflict (%s) do update set %s`,
			t.name, list, list, aside, t.name, t.same("a", "l"), prefixed("a", columns), prefixed("l", columns), t.key, strings.Join(sets, ", ")))
		if err != nil {
			return nil, fmt.Errorf("swapping %s: %w", t.name, err)
		}
		if n := written.RowsAffected(); n+removed.RowsAffected() > 0 {
			all = append(all, Swapped{Table: t.name, Written: n, Removed: removed.RowsAffected()})
		}
	}
	return all, nil
}

// swapDonors keeps one id for each person: whoever was met meanwhile in the books
// in use keeps the id from there.
func swapDonors(ctx context.Context, tx pgx.Tx) error {
	for _, s := range []string{
		"insert into donors select * from " + asideSchema + ".donors on conflict do nothing",
		"update " + asideSchema + `.donations as a set donor_id = d.donor_id from donors d
			where d.email_key = lower(btrim(a.donor_email)) and a.donor_id is distinct from d.donor_id`,
		"update " + asideSchema + `.recurring_donations as a set donor_id = d.donor_id from donors d
			where d.email_key = lower(btrim(a.donor_email)) and a.donor_id is distinct from d.donor_id`,
	} {
		if _, err := tx.Exec(ctx, s); err != nil {
			return fmt.Errorf("swapping donors: %w", err)
		}
	}
	return nil
}

// same compares the keys of two rows.
func (t asideTable) same(a, b string) string {
	var parts []string
	for k := range strings.SplitSeq(t.key, ", ") {
		parts = append(parts, a+"."+k+" = "+b+"."+k)
	}
	return strings.Join(parts, " and ")
}

func prefixed(by string, columns []string) string {
	return by + "." + strings.Join(columns, ", "+by+".")
}

func columnsOf(ctx context.Context, tx pgx.Tx, name string) ([]string, error) {
	rows, err := tx.Query(ctx, `select attname::text from pg_attribute
		where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum`, name)
	if err != nil {
		return nil, fmt.Errorf("reading the columns of %s: %w", name, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

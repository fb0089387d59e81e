package payments

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Aside is a schema that holds books which are made again while the others stay
// in use. It has the same tables, empty at first, so that every statement of a
// merge works on them where the schema comes first in the search path.
type Aside struct{ schema string }

// asidePrefix begins the name of every such schema. Each has a name of its own:
// who lost its schema to somebody else finds none, and never another's.
const asidePrefix = "readerfund_rebuild_"

// asideTable is a table that is made again: what is told of Stripe's objects and
// what is derived from it.
type asideTable struct{ name, key string }

func asideTables() []asideTable {
	return []asideTable{
		{"attributions", "id"}, {"customers", "id"}, {"subscriptions", "id"}, {"invoices", "id"}, {"checkout_sessions", "id"},
		{"charges", "id"}, {"payments", "id"}, {"refunds", "id"}, {"disputes", "id"}, {"balance_transactions", "id"},
		{"payouts", "id"}, {"payout_rows", "id"}, {"early_fraud_warnings", "id"}, {"reviews", "id"}, {"mandates", "id"},
		{"invoice_payments", "invoice, payment"},
		{"donations", "payment"}, {"recurring_donations", "subscription"}, {"foreign_payments", "payment"},
	}
}

// MakeAside makes empty books beside those in use, in place of any that an
// earlier rebuild left there. People keep their ids: donors are copied. So is what
// is known of those who were erased.
func MakeAside(ctx context.Context, tx pgx.Tx) (Aside, error) {
	a := Aside{schema: asidePrefix + strings.ToLower(rand.Text()[:12])}
	if err := a.make(ctx, tx); err != nil {
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" {
			return a, fmt.Errorf("%w: books are made again in a schema of their own, for which the role needs a right: "+
				"grant create on database … to …", err)
		}
		return a, fmt.Errorf("making books aside: %w", err)
	}
	return a, nil
}

func (a Aside) make(ctx context.Context, tx pgx.Tx) error {
	var live string
	if err := tx.QueryRow(ctx, "select current_schema()").Scan(&live); err != nil {
		return err
	}
	left, err := leftAside(ctx, tx)
	if err != nil {
		return err
	}
	aside := a.schema
	var statements []string
	for _, schema := range left {
		statements = append(statements, "drop schema "+pgx.Identifier{schema}.Sanitize()+" cascade")
	}
	statements = append(statements, "create schema "+aside)
	copied := []string{"donors", "erased_objects", "erasures_due"}
	tables := append(asideTables(), asideTable{name: "postings"})
	for _, name := range copied {
		tables = append(tables, asideTable{name: name})
	}
	for _, t := range tables {
		// Unlogged: after a crash they are made again anyway.
		statements = append(statements, fmt.Sprintf("create unlogged table %s.%s (like %s including all)",
			aside, t.name, pgx.Identifier{live, t.name}.Sanitize()))
	}
	for _, name := range copied {
		statements = append(statements, fmt.Sprintf("insert into %s.%s select * from %s", aside, name, pgx.Identifier{live, name}.Sanitize()))
	}
	for _, s := range statements {
		if _, err := tx.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// leftAside are the schemas of rebuilds that did not remove theirs.
func leftAside(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `select nspname::text from pg_namespace where starts_with(nspname::text, $1)`, asidePrefix)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// ErrAsideGone says that somebody else removed the books aside, as another
// rebuild does that could not see this one.
var ErrAsideGone = errors.New("the books aside are gone: another rebuild took their place")

// Go makes the rest of the transaction see the books aside.
func (a Aside) Go(ctx context.Context, tx pgx.Tx) error {
	var there bool
	err := tx.QueryRow(ctx, `select to_regnamespace($1) is not null
		and set_config('search_path', $1 || ', ' || quote_ident(current_schema()), true) <> ''`, a.schema).Scan(&there)
	if err == nil && !there {
		return ErrAsideGone
	}
	if err != nil {
		return fmt.Errorf("turning to the books aside: %w", err)
	}
	return nil
}

// MergeAside is MergeMany for books aside, which nobody else writes: it takes no
// locks.
func MergeAside(ctx context.Context, tx pgx.Tx, told Facts) error {
	f := told.compact()
	return f.merge(ctx, tx, told.ties(), forgetting{alone: true, aside: true})
}

// Analyze lets Postgres look at the books aside, so that it compares them
// sensibly.
func (a Aside) Analyze(ctx context.Context, tx pgx.Tx) error {
	for _, t := range asideTables() {
		if _, err := tx.Exec(ctx, "analyze "+a.schema+"."+t.name); err != nil {
			return fmt.Errorf("looking at the books aside: %w", err)
		}
	}
	return nil
}

// Drop removes the books aside.
func (a Aside) Drop(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "drop schema "+a.schema+" cascade"); err != nil {
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
func (a Aside) Swap(ctx context.Context, tx pgx.Tx) ([]Swapped, error) {
	if err := a.swapDonors(ctx, tx); err != nil {
		return nil, err
	}
	var all []Swapped
	for _, t := range asideTables() {
		columns, err := columnsOf(ctx, tx, t.name)
		if err != nil {
			return nil, err
		}
		aside := a.schema + "." + t.name
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
	posted, err := a.swapPostings(ctx, tx)
	if err != nil {
		return nil, err
	}
	if posted.Written > 0 {
		all = append(all, posted)
	}
	return all, a.swapErased(ctx, tx)
}

// swapDonors keeps one id for each person: whoever was met meanwhile in the books
// in use keeps the id from there. Only those come who gave: of the others one may
// have been erased meanwhile.
func (a Aside) swapDonors(ctx context.Context, tx pgx.Tx) error {
	for _, s := range []string{
		"insert into donors select * from " + a.schema + `.donors as o
			where exists (select from ` + a.schema + `.donations d where d.donor_id = o.donor_id)
				or exists (select from ` + a.schema + `.recurring_donations d where d.donor_id = o.donor_id)
			on conflict do nothing`,
		"update " + a.schema + `.donations as a set donor_id = d.donor_id from donors d
			where d.email_key = address_key(a.donor_email) and a.donor_id is distinct from d.donor_id`,
		"update " + a.schema + `.recurring_donations as a set donor_id = d.donor_id from donors d
			where d.email_key = address_key(a.donor_email) and a.donor_id is distinct from d.donor_id`,
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

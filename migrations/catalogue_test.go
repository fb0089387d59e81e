package migrations_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// catalogue lists what a database's public schema holds, one thing a line, in
// the words of Postgres' own descriptions; River's and our things alike.
func catalogue(t *testing.T, dsn string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), `
		select 'relation ' || c.relkind::text || ' ' || c.relname || ' ' || c.relpersistence::text || ' ' || coalesce(array_to_string(c.reloptions, ','), '')
			from pg_class c where c.relnamespace = 'public'::regnamespace
		union all
		select 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
				|| case when a.attnotnull then ' not null' else '' end
				|| ' identity ' || a.attidentity::text || ' generated ' || a.attgenerated::text
				|| ' default ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
			from pg_attribute a join pg_class c on c.oid = a.attrelid
			left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'c')
				and a.attnum > 0 and not a.attisdropped
		union all
		select 'constraint ' || coalesce(conrelid::regclass::text, '') || coalesce(nullif(contypid, 0)::regtype::text, '')
				|| ' ' || conname || ' ' || pg_get_constraintdef(oid)
			from pg_constraint where connamespace = 'public'::regnamespace
		union all
		select 'index ' || indexdef from pg_indexes where schemaname = 'public'
		union all
		select 'function ' || pg_get_functiondef(oid) from pg_proc
			where pronamespace = 'public'::regnamespace and prokind in ('f', 'p')
		union all
		select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
		union all
		select 'view ' || viewname || ' ' || definition from pg_views where schemaname = 'public'
		union all
		select 'type ' || typname::text || ' ' || typtype::text || ' ' || format_type(typbasetype, typtypmod)
			from pg_type where typnamespace = 'public'::regnamespace and typtype in ('d', 'e')
		union all
		select 'label ' || enumtypid::regtype::text || ' ' || enumsortorder || ' ' || enumlabel from pg_enum
		union all
		select 'comment ' || objoid::regclass::text || ' ' || objsubid || ' ' || description from pg_description
			where classoid = 'pg_class'::regclass and objoid >= 16384
		order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// diff is the lines that only one of two catalogues has.
func diff(before, after string) string {
	has := func(text string) map[string]bool {
		set := map[string]bool{}
		for line := range strings.Lines(text + "\n") {
			set[line] = true
		}
		return set
	}
	was, is := has(before), has(after)
	var b strings.Builder
	for line := range was {
		if !is[line] {
			b.WriteString("- " + line)
		}
	}
	for line := range is {
		if !was[line] {
			b.WriteString("+ " + line)
		}
	}
	return b.String()
}

package migrations_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgtest"
)

// A migration that brings a column of the books, or brings it back, brings it at its
// default: books that hold events are then known as made by older rules, so that
// doctor asks for a rebuild. Empty books are not, and no other migration says so.
func TestNewColumnsOfTheBooksAskForARebuild(t *testing.T) {
	s, err := migrations.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	// Of these, rebuild makes all but what is beside the books.
	beside := []string{
		"checkouts", "inbox_events", "watermarks", "imports", "invoice_questions", "receipts", "giving_deltas", "giving_totals", "giving",
		"reader_requests", "reader_links", "reader_sessions", "reader_changes", "erasures", "erased_objects", "erasures_due", "erasure_key", "views",
		"books_made", "donors", "payout_questions", "reconciliations", "refund_orders", "recurring_findings", "bank_lines", "bank_ticks", "bank_statements", "bank_statement_lines",
		"staff", "staff_recovery", "staff_sessions", "staff_cookies", "staff_tries", "audit", "audit_head",
		"rollups", "recurring_deltas",
		"statement_runs", "statements", "statement_sums",
		"export_runs",
		"closings", "closing_reports", "closing_parts", "closing_reopenings", "closed_months", "closing_comparisons",
		"payout_totals", "payout_deltas", "payout_sums", "payout_order", "donor_names",
		"saved_exports", "saved_export_readers", "saved_turns", "saved_letters",
	}
	columns := func(conn *pgx.Conn) (all []string) {
		t.Helper()
		rows, err := conn.Query(t.Context(), `select table_name || '.' || column_name from information_schema.columns
			where table_schema = 'public' and table_name not like 'river%' and table_name <> 'schema_migrations' order by 1`)
		if err != nil {
			t.Fatal(err)
		}
		if all, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(all, func(c string) bool {
			table, _, _ := strings.Cut(c, ".")
			return slices.Contains(beside, table)
		})
	}
	dsn := pgtest.NewURL(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	const noted = 2 // the first migration after which there is a note
	for at := int(status(t, dsn).Latest); at > noted; at-- {
		for _, events := range []bool{true, false} {
			if exec(t, dsn, `delete from inbox_events; delete from books_made; insert into books_made (derivation, adoption) values (1, '')`); events {
				exec(t, dsn, `insert into inbox_events (event_id, api_version, type, received_at, status, payload) values ('evt_1', '', 'x', now(), 'merged', '{}')`)
			}
			with := columns(conn)
			part := s.Without(int(status(t, dsn).Latest) - at)
			if err := part.Down(t.Context(), dsn, 1, quiet()); err != nil {
				t.Fatal(err)
			}
			brings := len(columns(conn)) < len(with)
			if _, err := part.Up(t.Context(), dsn, quiet()); err != nil {
				t.Fatal(err)
			}
			var derivation int
			if err := conn.QueryRow(t.Context(), `select derivation from books_made`).Scan(&derivation); err != nil {
				t.Fatal(err)
			}
			if older := derivation == 0; older != (brings && events) {
				t.Errorf("migration %d, which brings columns %v, with events %v: the books count as made by older rules %v", at, brings, events, older)
			}
		}
		if err := s.Without(int(status(t, dsn).Latest)-at).Down(t.Context(), dsn, 1, quiet()); err != nil {
			t.Fatal(err)
		}
	}
}

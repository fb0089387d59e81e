package browse

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// plan is what Postgres would do for a page of a list, a step a line.
func plan[T any](t *testing.T, ctx context.Context, tx pgx.Tx, l *list[T], from bool) string {
	t.Helper()
	at := place{Key: "100", ID: "100"}
	if l.as == "timestamptz" {
		at.Key = "2026-01-01 00:30:00+00"
	}
	sql, args := l.statement(at, from, usualLimit+1)
	rows, err := tx.Query(ctx, "explain (costs off) "+sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(lines, "\n")
}

// Each list, in each of its orders and by each of its filters alone, is read through an
// index from where the page begins: nothing is sorted, and no table is read whole.
func TestEachPageIsReadByItsIndex(t *testing.T) {
	db := pgtest.New(t)
	manyGifts(t, db, 20_000)
	b := &Books{DB: db}
	err := b.read(t.Context(), "planning", func(tx pgx.Tx) error {
		check := func(name, table, got string) {
			t.Helper()
			for line := range strings.Lines(got) {
				step := strings.TrimSpace(strings.Trim(strings.TrimSpace(line), "->"))
				if strings.HasPrefix(step, "Sort") && !strings.HasPrefix(step, "Sort Key") || strings.HasPrefix(step, "Incremental Sort") || strings.HasPrefix(step, "Seq Scan on "+table) {
					t.Errorf("%s: %s in\n%s", name, step, got)
				}
			}
			if !strings.Contains(got, "Index") {
				t.Errorf("%s: no index in\n%s", name, got)
			}
		}
		day := time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)
		for _, from := range []bool{false, true} {
			for name, f := range map[string]DonationFilter{
				"newest": {}, "oldest": {Sort: Oldest}, "largest": {Currency: "EUR", Sort: Largest}, "smallest": {Currency: "EUR", Sort: Smallest},
				"period": {From: day, To: day.Add(time.Hour)}, "failed": {Status: "failed"}, "succeeded": {Status: "succeeded"}, "annual": {Kind: "annual"},
				"common campaign": {Campaign: "news"}, "rare campaign": {Campaign: "rare"}, "common currency": {Currency: "EUR"}, "rare currency": {Currency: "JPY"},
				"amounts": {Currency: "EUR", Least: 1000, Most: 2000}, "disputed": {Dispute: "open"}, "any dispute": {Dispute: "any"},
				"several at once": {Campaign: "rare", Currency: "JPY", Kind: "annual"}, "failed, of a rare campaign": {Status: "failed", Campaign: "rare", Currency: "JPY"},
			} {
				l, err := f.list(t.Context(), tx)
				if err != nil {
					return err
				}
				check("donations, "+name, "donations", plan(t, t.Context(), tx, l, from))
			}
			for name, f := range map[string]RecurringFilter{
				"newest": {}, "oldest": {Sort: OldestStarted}, "next": {Sort: NextCharge}, "status": {Status: "past_due"}, "running": {Status: "active"},
			} {
				l, err := f.list(t.Context(), tx)
				if err != nil {
					return err
				}
				check("recurring, "+name, "recurring_donations", plan(t, t.Context(), tx, l, from))
			}
			for name, f := range map[string]DonorFilter{"a to z": {}, "z to a": {Down: true}, "running": {Recurring: "running"}} {
				l, err := f.list(t.Context(), tx)
				if err != nil {
					return err
				}
				check("donors, "+name, "donors", plan(t, t.Context(), tx, l, from))
			}
			for name, f := range map[string]DisputeFilter{"newest": {}, "by deadline": {ByDeadline: true}, "period": {From: day}} {
				l, err := f.list()
				if err != nil {
					return err
				}
				check("disputes, "+name, "disputes", plan(t, t.Context(), tx, l, from))
			}
			for name, f := range map[string]PayoutFilter{"last": {}, "period": {From: day.Add(1000 * time.Hour)}} {
				l, err := f.list()
				if err != nil {
					return err
				}
				check("payouts, "+name, "payouts", plan(t, t.Context(), tx, l, from))
			}
			for name, f := range map[string]EventFilter{"newest": {}, "parked": {Status: "parked"}, "type": {Type: "review.opened"}} {
				l, err := f.list()
				if err != nil {
					return err
				}
				check("events, "+name, "inbox_events", plan(t, t.Context(), tx, l, from))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

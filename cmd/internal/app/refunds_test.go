package app_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

func TestServiceCountsRefundsAndFindings(t *testing.T) {
	database := pgtest.NewURL(t)
	db, err := pgxpool.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(t.Context(), `insert into refund_orders (id, payment, donation_id, payment_intent, charge, currency, gift, amount, reason, note, asked_by, asked_at, due_at, outcome, error, settled_at)
		values ('rfo_aaaaaaaaaaaaaaaaaaaa', 'pi_1', 'don_1', 'pi_1', '', 'EUR', 700, 700, 'duplicate', '', 'carla', now() - interval '2 hours', now(), 'refused', 'x', now())`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `insert into recurring_findings (subscription, kind, detail, first_seen, last_seen, resolved_at)
		select subscription, kind, 'x', now() as first, now() as last, case when over then now() end from (values ('sub_1', 'missing', false), ('sub_1', 'card', false),
			('sub_2', 'card', false), ('sub_3', 'untold', true), ('sub_5', 'missing', true)) as f (subscription, kind, over)`); err != nil {
		t.Fatal(err)
	}
	service := serve(t, slog.New(slog.NewTextHandler(t.Output(), nil)), "DATABASE_URL="+database)
	page := metricsUntil(t, "http://"+service.MetricsAddr()+"/metrics", "readerfund_refund_orders_open 0")
	for _, line := range []string{
		"readerfund_refund_orders_oldest_seconds 0", `readerfund_recurring_findings{kind="missing"} 1`, `readerfund_recurring_findings{kind="card"} 2`,
		`readerfund_recurring_findings{kind="untold"} 1`, `readerfund_recurring_findings{kind="unknown"} 0`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

package app_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

const anOrder = `insert into refund_orders (id, payment, donation_id, payment_intent, charge, currency, gift, amount, reason, note, asked_by, asked_at, due_at)
	values ('rfo_aaaaaaaaaaaaaaaaaaaa', 'pi_1', 'don_1', 'pi_1', '', 'EUR', 700, 700, 'duplicate', '', 'carla', now() - $1::text::interval, now() + interval '1 hour')`

const someFindings = `insert into recurring_findings (subscription, kind, detail, first_seen, last_seen, resolved_at) values
	('sub_1', 'missing', 'x', now(), now(), null), ('sub_1', 'card', 'x', now(), now(), null), ('sub_2', 'card', 'x', now(), now(), null),
	('sub_3', 'untold', 'x', now(), now(), now()), ('sub_4', 'untold', 'x', now() - interval '9 days', now(), now() - interval '8 days'),
	('sub_5', 'missing', 'x', now(), now(), now())`

func TestDoctorLooksAtRefundsAndRecurringDonations(t *testing.T) {
	database := pgtest.NewURL(t)
	db, err := pgxpool.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	found := examined(t, database)
	if c := found["refunds"]; c.Wrong != "" || c.Found != "none are open" {
		t.Errorf("no refunds: %+v", c)
	}
	if c := found["recurring"]; c.Wrong != "" || !strings.Contains(c.Found, "not looked after yet") {
		t.Errorf("never looked: %+v", c)
	}
	exec(anOrder, "1 minute")
	exec(`insert into watermarks (name, reached) values ('recurring_watch', now() - interval '1 hour')`)
	found = examined(t, database)
	if c := found["refunds"]; c.Wrong != "" || c.Found != "1 are being carried out" {
		t.Errorf("a new order: %+v", c)
	}
	if c := found["recurring"]; c.Wrong != "" || c.Found != "nothing is amiss; looked 1h0m ago" {
		t.Errorf("nothing amiss: %+v", c)
	}
	exec(`alter table refund_orders disable trigger user`)
	exec(`update refund_orders set asked_at = now() - interval '20 minutes'`)
	exec(someFindings)
	found = examined(t, database)
	if c := found["refunds"]; !strings.Contains(c.Wrong, "1 are ordered and not carried out, the oldest for 20m") || !strings.Contains(c.Do, "refund --pending") {
		t.Errorf("an old order: %+v", c)
	}
	if c := found["recurring"]; c.Wrong != "1 renewals are missing, 1 changes of the last week were not told by an event, and were fetched, 2 cards expire before their next charge" ||
		!strings.Contains(c.Do, "readerfund recurring") {
		t.Errorf("findings: %+v", c)
	}
	exec(`delete from recurring_findings where kind = 'missing'`)
	if c := examined(t, database)["recurring"]; c.Wrong != "" || !strings.Contains(c.Found, "2 cards expire") {
		t.Errorf("cards alone: %+v", c)
	}
	exec(`update watermarks set reached = now() - interval '3 days' where name = 'recurring_watch'`)
	if c := examined(t, database)["recurring"]; !strings.Contains(c.Wrong, "last looked after 3 days ago") || c.Do == "" {
		t.Errorf("nobody looks: %+v", c)
	}
}

func TestServiceCountsRefundsAndFindings(t *testing.T) {
	database := pgtest.NewURL(t)
	db, err := pgxpool.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(t.Context(), anOrder, "2 hours"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), someFindings); err != nil {
		t.Fatal(err)
	}
	// Whether Stripe, which is away here, was asked already does not matter.
	if _, err := db.Exec(t.Context(), `alter table refund_orders disable trigger user; update refund_orders set outcome = 'refused', error = 'x', settled_at = now()`); err != nil {
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

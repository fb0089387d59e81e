package app

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

const anOrder = `insert into refund_orders (id, payment, donation_id, payment_intent, charge, currency, gift, amount, reason, note, asked_by, asked_at, due_at)
	values ('rfo_aaaaaaaaaaaaaaaaaaaa', 'pi_1', 'don_1', 'pi_1', '', 'EUR', 700, 700, 'duplicate', '', 'carla', now() - $1::text::interval, now() + interval '1 hour')`

const someFindings = `insert into recurring_findings (subscription, kind, detail, first_seen, last_seen, resolved_at)
	select subscription, kind, 'x', at as first, at as last, case when over then at end from (values
		('sub_1', 'missing', now(), false), ('sub_1', 'card', now(), false), ('sub_2', 'card', now(), false),
		('sub_3', 'untold', now(), true), ('sub_4', 'untold', now() - interval '8 days', true), ('sub_5', 'missing', now(), true)
	) as f (subscription, kind, at, over)`

func TestExamineRefundsAndRecurringDonations(t *testing.T) {
	db := pgtest.New(t)
	examined := func() map[string]Check {
		t.Helper()
		found := map[string]Check{}
		for _, c := range []Check{examineRefunds(t.Context(), db, time.Now, slog.New(slog.DiscardHandler)), examineWatch(t.Context(), db, time.Now())} {
			found[c.Name] = c
		}
		return found
	}
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	found := examined()
	if c := found["refunds"]; c.Wrong != "" || c.Found != "none are open" {
		t.Errorf("no refunds: %+v", c)
	}
	if c := found["recurring"]; c.Wrong != "" || !strings.Contains(c.Found, "not looked after yet") {
		t.Errorf("never looked: %+v", c)
	}
	exec(anOrder, "1 minute")
	exec(`insert into watermarks (name, reached) values ('recurring_watch', now() - interval '1 hour')`)
	found = examined()
	if c := found["refunds"]; c.Wrong != "" || c.Found != "1 are being carried out" {
		t.Errorf("a new order: %+v", c)
	}
	if c := found["recurring"]; c.Wrong != "" || c.Found != "nothing is amiss; looked 1h0m ago" {
		t.Errorf("nothing amiss: %+v", c)
	}
	exec(`alter table refund_orders disable trigger user`)
	exec(`update refund_orders set asked_at = now() - interval '20 minutes'`)
	exec(someFindings)
	found = examined()
	if c := found["refunds"]; !strings.Contains(c.Wrong, "1 are ordered and not carried out, the oldest for 20m") || !strings.Contains(c.Do, "refund --pending") {
		t.Errorf("an old order: %+v", c)
	}
	if c := found["recurring"]; c.Wrong != "1 renewal is missing, 1 change of the last week was not told by an event, and was fetched, 2 cards expire before their next charge" ||
		!strings.Contains(c.Do, "readerfund recurring --over lists them") {
		t.Errorf("findings: %+v", c)
	}
	exec(`delete from recurring_findings where kind = 'missing'`)
	if c := examined()["recurring"]; c.Wrong != "" || !strings.Contains(c.Found, "2 cards expire") {
		t.Errorf("cards alone: %+v", c)
	}
	exec(`delete from recurring_findings where kind = 'untold'`)
	exec(`insert into recurring_findings (subscription, kind, detail, first_seen, last_seen) values ('sub_6', 'ended', 'x', now(), now())`)
	if c := examined()["recurring"]; c.Wrong != "" || c.Found != "1 ended within a week since it could not be charged, 2 cards expire before their next charge; readerfund recurring lists them" {
		t.Errorf("one that ended: %+v", c)
	}
	exec(`update watermarks set reached = now() - interval '3 days' where name = 'recurring_watch'`)
	if c := examined()["recurring"]; !strings.Contains(c.Wrong, "last looked after 3 days ago") || c.Do == "" {
		t.Errorf("nobody looks: %+v", c)
	}
}

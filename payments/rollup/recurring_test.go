package rollup_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/rollup"
)

const recurringSQL = `
insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, started_at, canceled_at, cancel_at_period_end,
	cancel_reason, checkout_id, campaign, appeal, variant, placement, article, donor_name, donor_email, country)
select 'rec_' || $1 || '_' || i, 'sub_' || $1 || '_' || i, (array['monthly', 'annual'])[1 + i % 2],
	(array['active', 'trialing', 'past_due', 'unpaid', 'paused', 'canceled', 'yet_unknown'])[1 + i % 7], (array['EUR', 'JPY'])[1 + i % 3 / 2], 500 + i,
	case when i % 13 > 0 then $2::timestamptz + random() * interval '400 days' end,
	case when i % 7 = 5 then $2::timestamptz + random() * interval '400 days' end, i % 5 = 0, '', 'checkout', '', '', '', '', '', '', '', ''
from generate_series(1, $3) i`

func writeRecurring(t testing.TB, db *pgxpool.Pool, name string, from time.Time, n int) {
	t.Helper()
	if _, err := db.Exec(t.Context(), recurringSQL, name, from, n); err != nil {
		t.Fatal(err)
	}
}

// baseRecounted is Recurring from the recurring donations themselves.
func baseRecounted(t *testing.T, db *pgxpool.Pool, c money.Currency, ranges []rollup.Range) rollup.Base {
	t.Helper()
	count := func(where string, args ...any) (n rollup.Count) {
		t.Helper()
		if err := db.QueryRow(t.Context(), `select count(*) filter (where kind = 'monthly'), count(*) filter (where kind = 'annual'),
				coalesce(sum(amount) filter (where kind = 'monthly'), 0)::bigint, coalesce(sum(amount) filter (where kind = 'annual'), 0)::bigint
			from recurring_donations where currency = $1 and `+where, append([]any{c}, args...)...).
			Scan(&n.Monthly, &n.Annual, &n.MonthlyAmount, &n.AnnualAmount); err != nil {
			t.Fatal(err)
		}
		return n
	}
	b := rollup.Base{
		Active: count(`status in ('active', 'trialing') and not cancel_at_period_end`), Ending: count(`status in ('active', 'trialing') and cancel_at_period_end`),
		Failing: count(`status in ('past_due', 'unpaid')`), Paused: count(`status = 'paused'`),
	}
	for _, r := range ranges {
		const within = ` >= date_bin('15 minutes', $2, 'epoch') and %[1]s < date_bin('15 minutes', $3, 'epoch')`
		b.Started = append(b.Started, count("started_at"+fmt.Sprintf(within, "started_at"), r.From, r.To))
		b.Lost = append(b.Lost, count("status = 'canceled' and canceled_at"+fmt.Sprintf(within, "canceled_at"), r.From, r.To))
	}
	return b
}

// How recurring donations stand is a recount too: folded or not, changed, removed.
func TestRecurringIsARecount(t *testing.T) {
	db := pgtest.New(t)
	ranges := days(t, rand.New(rand.NewPCG(3, 4)))
	begin := time.Date(2027, 12, 20, 0, 0, 0, 0, time.UTC)
	writeRecurring(t, db, "a", begin, 400)
	fold := func() {
		t.Helper()
		if _, err := (&payments.Giving{DB: db}).Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []string{
		"", "fold", `update recurring_donations set status = 'canceled', canceled_at = started_at + interval '9 days' where subscription like '%7'`, "fold",
		`update recurring_donations set cancel_at_period_end = not cancel_at_period_end, amount = amount + 1 where subscription like '%3'`,
		`delete from recurring_donations where subscription like '%5'`, "fold", `truncate recurring_donations`, "fold",
	} {
		if step == "fold" {
			fold()
		} else if step != "" {
			if _, err := db.Exec(t.Context(), step); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []money.Currency{"EUR", "JPY", "USD"} {
			got, err := rollup.Recurring(t.Context(), db, c, ranges)
			if err != nil {
				t.Fatal(err)
			}
			if want := baseRecounted(t, db, c, ranges); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("after %q in %s:\n%+v\nwant\n%+v", step, c, got, want)
			}
		}
		if differ, err := rollup.Check(t.Context(), db); err != nil || len(differ) > 0 {
			t.Errorf("after %q the check finds %v, %v", step, differ, err)
		}
	}
	writeRecurring(t, db, "b", begin, 50)
	got, err := rollup.Recurring(t.Context(), db, "EUR", nil)
	if err != nil || got.Active.Number() == 0 || got.Ending.Number() == 0 || got.Failing.Number() == 0 || got.Paused.Number() == 0 {
		t.Errorf("%+v, %v: the draw is too plain", got, err)
	}
}

// Recovered are those that failed, were found paid within the range, and still run.
func TestRecovered(t *testing.T) {
	db := pgtest.New(t)
	writeRecurring(t, db, "a", time.Date(2027, 12, 20, 0, 0, 0, 0, time.UTC), 14)
	at := time.Date(2028, 3, 5, 12, 0, 0, 0, time.UTC)
	for _, f := range []struct {
		subscription, kind string
		resolved           time.Time
	}{
		{"sub_a_7", "failing", at}, {"sub_a_7", "failing", at.Add(time.Hour)}, // active: once
		{"sub_a_1", "failing", at},  // trialing
		{"sub_a_12", "failing", at}, // canceled: lost, and not recovered
		{"sub_a_9", "failing", at},  // past_due again
		{"sub_a_14", "card", at}, {"sub_a_14", "failing", at.AddDate(0, 1, 0)},
		{"sub_gone", "failing", at},
	} {
		if _, err := db.Exec(t.Context(), `insert into recurring_findings (subscription, kind, detail, first_seen, last_seen, resolved_at)
			values ($1, $2, 'x', $3, $3, $3)`, f.subscription, f.kind, f.resolved); err != nil {
			t.Fatal(err)
		}
	}
	total := int64(0)
	for _, c := range []money.Currency{"EUR", "JPY"} {
		n, err := rollup.Recovered(t.Context(), db, c, rollup.Range{From: at.Truncate(24 * time.Hour), To: at.AddDate(0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if total != 2 {
		t.Errorf("%d, want 2", total)
	}
}

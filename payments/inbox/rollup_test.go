package inbox_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/rollup"
)

// rollupsHold compares the finance desk's sums with the books, by every dimension and
// value and span, and gives how many gifts there are.
func rollupsHold(t *testing.T, db *pgxpool.Pool, when string) (gifts int) {
	t.Helper()
	if differ, err := rollup.Check(t.Context(), db); err != nil || len(differ) > 0 {
		t.Errorf("%s: %v, %v", when, differ, err)
	}
	if differ, err := rollup.CheckPayouts(t.Context(), db); err != nil || len(differ) > 0 {
		t.Errorf("%s: %v, %v", when, differ, err)
	}
	if lapses, err := rollup.CheckKept(t.Context(), db); err != nil || len(lapses) > 0 {
		t.Errorf("%s: %v, %v", when, lapses, err)
	}
	var differ string
	if err := db.QueryRow(t.Context(), `
		with counted as (
			select v.dimension, v.value, currency::text, count(*) as gifts, sum(amount) as amount, sum(refunded + disputed) as gone
			from donations d cross join lateral (values ('kind', d.kind::text), ('campaign', d.campaign), ('country', d.country), ('article', d.article)) as v(dimension, value)
			where status = 'succeeded' group by 1, 2, 3
		), kept as (
			select dimension, span, value, currency::text, gifts, amount, refunded + disputed as gone from rollups where dimension <> 'recurring'
			union all
			select v.dimension, span, v.value, currency::text, gifts, amount, refunded + disputed
			from giving_deltas d cross join lateral (values ('kind', d.kind::text), ('campaign', d.campaign), ('country', d.country), ('article', d.article)) as v(dimension, value)
			cross join unnest(array['quarter', 'day', 'month']) as span
		), added as (
			select dimension, value, currency, sum(gifts) as gifts, sum(amount) as amount, sum(gone) as gone
			from kept where span <> 'hour' group by dimension, span, value, currency having sum(gifts) <> 0 or sum(amount) <> 0
		)
		select (select count(*) from donations where status = 'succeeded'), coalesce(string_agg(d::text, '; '), '')
		from ((table counted except table added) union all (table added except table counted)) as d`).Scan(&gifts, &differ); err != nil {
		t.Fatal(err)
	}
	if differ != "" {
		t.Errorf("%s: the sums and the donations differ: %s", when, differ)
	}
	return gifts
}

// The finance desk's sums go with the books through erasures and rebuilds, folded or
// not, while events come.
func TestRollupsAfterErasureAndRebuild(t *testing.T) {
	db := pgtest.New(t)
	in, giving := newInbox(t, db), &payments.Giving{DB: db}
	fold := func() {
		t.Helper()
		if _, err := giving.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	events := allEvents()
	receiveAtOnce(t, in, events[:len(events)/2])
	rollupsHold(t, db, "half of the events")
	fold()
	erase(t, db, in, "readera1@example.org")
	rollupsHold(t, db, "somebody is erased")
	for _, harm := range []string{
		"update donations set country = 'XX', article = 'elsewhere' where status = 'succeeded'",
		"delete from donations where payment in (select payment from donations order by payment limit 2)",
		"update recurring_donations set status = 'canceled', canceled_at = started_at",
	} {
		if _, err := db.Exec(t.Context(), harm); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	folded := make(chan struct{})
	go func() {
		defer close(folded)
		for ctx.Err() == nil {
			if _, err := giving.Fold(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}()
	receiveAtOnce(t, in, events[len(events)/2:])
	if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
		t.Error(err)
	}
	stop()
	<-folded
	if n := rollupsHold(t, db, "made again"); n < 3 {
		t.Errorf("%d gifts", n)
	}
	fold()
	rollupsHold(t, db, "made again and folded")
}

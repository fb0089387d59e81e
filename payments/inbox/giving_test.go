package inbox_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

// sumsHold compares the sums of what was given with the donations, in one snapshot.
func sumsHold(t *testing.T, db *pgxpool.Pool, when string) (gifts int) {
	t.Helper()
	var differ string
	if err := db.QueryRow(t.Context(), `
		with counted as (
			select campaign, currency::text, kind::text, count(*) as gifts, sum(amount) as amount, sum(refunded) as refunded, sum(disputed) as disputed
			from donations where status = 'succeeded' group by 1, 2, 3
		), kept as (
			select campaign, currency::text, kind::text, sum(gifts) as gifts, sum(amount) as amount, sum(refunded) as refunded, sum(disputed) as disputed
			from giving group by 1, 2, 3 having sum(gifts) <> 0 or sum(amount) <> 0
		)
		select coalesce((select sum(gifts) from counted), 0), coalesce(string_agg(d::text, '; '), '')
		from ((table counted except table kept) union all (table kept except table counted)) as d`).Scan(&gifts, &differ); err != nil {
		t.Fatal(err)
	}
	if differ != "" {
		t.Errorf("%s: the sums and the donations differ: %s", when, differ)
	}
	return gifts
}

// The sums of what was given go with the books when these are made again: what
// somebody's hand spoiled, what comes meanwhile, and what is folded meanwhile.
func TestSumsAfterARebuild(t *testing.T) {
	db := pgtest.New(t)
	in, giving := newInbox(t, db), &payments.Giving{DB: db}
	events := allEvents()
	for _, e := range events[:len(events)/2] {
		receive(t, in, e)
	}
	sumsHold(t, db, "half of the events")
	if _, err := giving.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, harm := range []string{
		"update donations set amount = amount + 1, campaign = 'elsewhere' where status = 'succeeded' and refunded = 0",
		"delete from donations where payment in (select payment from donations order by payment limit 2)",
	} {
		if _, err := db.Exec(t.Context(), harm); err != nil {
			t.Fatal(err)
		}
		sumsHold(t, db, harm)
	}
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	others.Go(func() {
		for ctx.Err() == nil {
			if _, err := giving.Fold(t.Context()); err != nil {
				t.Error(err)
			}
			sumsHold(t, db, "meanwhile")
		}
	})
	others.Go(func() {
		if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
			t.Error(err)
		}
	})
	receiveAtOnce(t, in, events[len(events)/2:])
	stop()
	others.Wait()
	for range 2 {
		if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
			t.Fatal(err)
		}
		if n := sumsHold(t, db, "made again"); n < 3 {
			t.Errorf("%d gifts", n)
		}
		if _, err := db.Exec(t.Context(), "delete from donations"); err != nil {
			t.Fatal(err)
		}
		if n := sumsHold(t, db, "with no donation left"); n != 0 {
			t.Errorf("%d gifts", n)
		}
	}
}

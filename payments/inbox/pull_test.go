package inbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

func pull(t *testing.T, in *inbox.Inbox, from inbox.Source) inbox.Pulled {
	t.Helper()
	done, err := in.PullBalance(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func number(t testing.TB, db *pgxpool.Pool, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

const bookedSQL = `select count(*) from balance_transactions where currency <> ''`

// A charge that was told before its fee, and whose fee no event ever tells, has it
// once the list was pulled.
func TestPullingFillsInWhatNoEventTold(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, "2024-09-30.acacia", "charge.updated")
	if err := s.SetAPIVersion("2024-09-30.acacia"); err != nil {
		t.Fatal(err)
	}
	s.gift(1)
	s.drain()
	if n := number(t, db, `select count(*) from donations where status = 'succeeded' and balance_transaction = ''`); n != 1 {
		t.Fatalf("%d gifts whose fee is unknown", n)
	}
	s.pass(time.Minute)
	s.drain()
	if done := pull(t, in, s.source); done.Taken != 1 || number(t, db, bookedSQL) != 1 {
		t.Errorf("%+v", done)
	}
	s.pass(time.Minute)
	if again := pull(t, in, s.source); again.Taken != 0 || again.Listed != 1 {
		t.Errorf("again: %+v", again)
	}
	checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{})
	if err != nil || checked.Before != checked.After {
		t.Errorf("made again: %s, %s, %v", checked.Before, checked.After, err)
	}
}

// The first pull reaches back to the oldest charge whose fee is unknown.
func TestTheFirstPullReachesBack(t *testing.T) {
	in := newInbox(t, pgtest.New(t))
	s := newStandIn(t, in, "2024-09-30.acacia", "charge.updated")
	if err := s.SetAPIVersion("2024-09-30.acacia"); err != nil {
		t.Fatal(err)
	}
	given := in.Now()
	s.gift(1)
	s.pass(20 * 24 * time.Hour)
	s.drain()
	if done := pull(t, in, s.source); done.Taken != 1 || !done.Since.Equal(given) {
		t.Errorf("%+v, given %s", done, given)
	}
	none := newInbox(t, pgtest.New(t))
	none.Now = in.Now
	if done := pull(t, none, s.source); !done.Since.Equal(in.Now().Add(-24 * time.Hour)) {
		t.Errorf("without gifts: %+v", done)
	}
}

// ledger is a source whose balance transactions a test makes by hand.
type ledger struct {
	shelf
	made []int64
}

func (l *ledger) Objects(_ context.Context, list string, since time.Time, _ string, page func([]json.RawMessage, time.Time) error) error {
	var found []json.RawMessage
	for i := range l.made {
		if at := l.made[len(l.made)-1-i]; at >= since.Unix() && list == "balance_transactions" {
			found = append(found, json.RawMessage(fmt.Sprintf(`{"id":"txn_%d","object":"balance_transaction","amount":100,"fee":3,"net":97,"currency":"eur",`+
				`"type":"charge","reporting_category":"charge","source":"ch_%d","created":%d,"available_on":%d}`, at, at, at, at)))
		}
	}
	if len(found) == 0 {
		return nil
	}
	return page(found, time.Unix(1_790_000_000, 0))
}

// What Stripe's list shows late comes in all the same: within the hour at once,
// within two days by the hour.
func TestPullingWhatIsShownLate(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	now := time.Unix(1_790_000_000, 0)
	in.Now = func() time.Time { return now }
	const minute = 60
	l := &ledger{made: []int64{now.Unix() - 5*minute}}
	pull(t, in, l)
	l.made = append(l.made, now.Unix()-50*minute, now.Unix()-20*60*minute)
	now = now.Add(time.Minute)
	pull(t, in, l) // the second one reaches back far: none ever did
	if n := number(t, db, bookedSQL); n != 3 {
		t.Fatalf("%d booked", n)
	}
	l.made = append(l.made, now.Unix()-40*minute, now.Unix()-30*60*minute)
	now = now.Add(time.Minute)
	if done := pull(t, in, l); done.Taken != 1 {
		t.Errorf("within the hour: %+v", done)
	}
	now = now.Add(time.Hour)
	if done := pull(t, in, l); done.Taken != 1 {
		t.Errorf("of the day before: %+v", done)
	}
	// A place that Stripe's list knows nothing of was wrong.
	l.made = nil
	pull(t, in, l)
	if done := pull(t, in, l); !done.Since.Equal(now.Add(-24 * time.Hour)) {
		t.Errorf("lost: %+v", done)
	}
}

// A balance transaction whose time is yet to come is taken in, and hides none that
// is made before that time.
func TestPullingPastATimeThatIsYetToCome(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	now := time.Unix(1_790_000_000, 0)
	in.Now = func() time.Time { return now }
	const day = 24 * 60 * 60
	l := &ledger{made: []int64{now.Unix() - day/2, now.Unix() + 40*day}}
	pull(t, in, l)
	pull(t, in, l) // the one that reaches back far
	if n := number(t, db, bookedSQL); n != 2 {
		t.Fatalf("%d booked", n)
	}
	l.made = append(l.made, now.Unix())
	now = now.Add(time.Minute)
	if done := pull(t, in, l); done.Taken != 1 || done.Since.After(now) {
		t.Errorf("%+v", done)
	}
}

// A pull that breaks off between its pages begins again at the same place, and
// where Stripe is busy it waits.
func TestPullingThatIsCut(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "")
	s.faults(`{"drop": 1.0}`)
	for n := range 120 {
		s.gift(n)
	}
	s.pass(time.Minute)
	s.drain()
	if _, err := in.PullBalance(t.Context(), &cutSource{Gateway: s.source, after: 1}); err == nil {
		t.Fatal("a pull that was cut is none")
	}
	if n := number(t, db, bookedSQL); n != 100 {
		t.Fatalf("%d booked", n)
	}
	s.faults(`{"rate_limit": 3, "error": 0.2}`)
	if done := pull(t, in, s.source); done.Taken != 20 || done.Listed != 120 {
		t.Errorf("%+v", done)
	}
}

// Two replicas that pull at once take each balance transaction in once.
func TestPullingAtOnce(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	s := newStandIn(t, in, histories.Base, "")
	s.faults(`{"drop": 1.0}`)
	for n := range 150 {
		s.gift(n)
	}
	s.pass(time.Minute)
	s.drain()
	var replicas sync.WaitGroup
	for range 4 {
		replicas.Go(func() {
			if _, err := in.PullBalance(t.Context(), s.source); err != nil {
				t.Error(err)
			}
		})
	}
	replicas.Wait()
	if booked, stored := number(t, db, bookedSQL), number(t, db, `select count(*) from inbox_events where event_id like 'pulled_%'`); booked != 150 || stored != 150 {
		t.Errorf("%d booked of %d events", booked, stored)
	}
}

package inbox_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

func allEvents() []event {
	var told []event
	for _, s := range stories() {
		told = append(told, s.events...)
	}
	return told
}

func TestRebuildOfSoundBooksChangesNothing(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, e := range allEvents() {
		receive(t, in, e)
	}
	before, donors := digest(t, db), donorsOf(t, db)
	checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{Differs: func(d payments.Difference) { t.Error(d) }})
	if err != nil || checked.Before != checked.After || checked.Before != before || checked.Events == 0 {
		t.Fatalf("%+v, %v", checked, err)
	}
	made, err := in.Rebuild(t.Context(), inbox.RebuildOptions{})
	if err != nil || made.Before != before || made.After != before || len(made.Swapped) != 0 {
		t.Fatalf("%+v, %v", made, err)
	}
	if after := donorsOf(t, db); after != donors {
		t.Errorf("donors were\n%s\nand are\n%s", donors, after)
	}
	var left bool
	if err := db.QueryRow(t.Context(), "select exists (select from pg_namespace where nspname like 'readerfund%')").Scan(&left); err != nil || left {
		t.Errorf("something is left aside: %v %v", left, err)
	}
}

// Somebody's hand in the tables shows, row by row, and a rebuild mends it.
func TestRebuildNamesAndMendsWhatWasSpoiled(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, e := range allEvents() {
		receive(t, in, e)
	}
	sound := digest(t, db)
	for _, harm := range []string{
		"update donations set amount = amount + 1, article = 'elsewhere' where payment = 'pi_a1'",
		"delete from donations where payment = 'pi_d1'",
		"update charges set amount_refunded = 1 where id = 'ch_a2_2'",
		"insert into payouts values ('po_x', 'paid', 'EUR', 1, true, '', '', '', '', 1, 1)",
		"delete from foreign_payments",
	} {
		if _, err := db.Exec(t.Context(), harm); err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{Differs: func(d payments.Difference) { found = append(found, d.String()) }})
	if err != nil || checked.Before == checked.After || checked.After != sound {
		t.Fatalf("%+v, %v", checked, err)
	}
	want := []string{
		`donations pi_a1: amount is "2501" in the books, "2500" from the events (and 1 more columns)`,
		`donations pi_d1: follows from the events, but is not in the books`,
		`foreign_payments pi_e1: follows from the events, but is not in the books`,
		`payouts po_x: in the books, but does not follow from the events`,
	}
	if strings.Join(found, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s", strings.Join(found, "\n"))
	}
	made, err := in.Rebuild(t.Context(), inbox.RebuildOptions{})
	if err != nil || made.After != sound || digest(t, db) != sound {
		t.Fatalf("%+v, %v", made, err)
	}
	if len(made.Swapped) != 4 {
		t.Errorf("%+v", made.Swapped)
	}
}

// The service runs on: events that come while the books are made again are in
// them at the end, and readers never see fewer donations than there are.
func TestRebuildWhileEventsPourIn(t *testing.T) {
	events := allEvents()
	random := rand.New(rand.NewPCG(5, 5))
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	straight := pgtest.New(t)
	for _, e := range events {
		receive(t, newInbox(t, straight), e)
	}
	want := digest(t, straight)

	db := pgtest.New(t)
	in := newInbox(t, db)
	first, rest := events[:len(events)/3], events[len(events)/3:]
	for _, e := range first {
		receive(t, in, e)
	}
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	others.Go(func() { neverFewer(t, ctx, db) })
	others.Go(func() {
		for range 3 {
			if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
				t.Error(err)
			}
			if c, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{Differs: func(d payments.Difference) { t.Error(d) }}); err != nil || c.Before != c.After {
				t.Errorf("%+v, %v", c, err)
			}
		}
	})
	receiveAtOnce(t, in, rest)
	stop()
	others.Wait()
	if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
		t.Error(err)
	}
	if digest(t, db) != want {
		t.Errorf("books:\n%s\nwant:\n%s", strings.Join(books(t, db), "\n"), strings.Join(books(t, straight), "\n"))
	}
}

// neverFewer reads the number of succeeded donations again and again.
func neverFewer(t *testing.T, ctx context.Context, db *pgxpool.Pool) {
	most := 0
	for ctx.Err() == nil {
		var n int
		err := db.QueryRow(ctx, "select count(*) from donations where status = 'succeeded'").Scan(&n)
		if err == nil && n < most {
			t.Errorf("%d donations after %d", n, most)
		}
		most = max(most, n)
	}
}

func TestOneRebuildAtATime(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	other, err := db.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Release()
	if _, err := other.Exec(t.Context(), "select pg_advisory_lock(7236, 2)"); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != inbox.ErrRebuilding { //nolint:errorlint // it is returned bare
		t.Errorf("%v", err)
	}
	if _, err := other.Exec(t.Context(), "select pg_advisory_unlock(7236, 2)"); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil {
		t.Error(err)
	}
}

// A type that was unknown when it came is in the books once the program knows it.
func TestRebuildUnderstandsWhatWasIgnored(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	young := *in
	young.Decode = func(raw []byte) (payments.Event, error) {
		e, err := in.Decode(raw)
		if strings.HasPrefix(e.Type, "charge.") {
			e.Handled, e.Facts = false, payments.Facts{}
		}
		return e, err
	}
	for _, e := range oneTime("y").events {
		receive(t, &young, e)
	}
	if made, err := in.Rebuild(t.Context(), inbox.RebuildOptions{}); err != nil || made.Before == made.After {
		t.Fatalf("%+v, %v", made, err)
	}
	straight := pgtest.New(t)
	for _, e := range oneTime("y").events {
		receive(t, newInbox(t, straight), e)
	}
	if digest(t, db) != digest(t, straight) {
		t.Errorf("books:\n%s", strings.Join(books(t, db), "\n"))
	}
	if c, err := in.Count(t.Context()); err != nil || c.Ignored != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if m, err := in.Made(t.Context()); err != nil || m.Stale("") != "" || m.Stale("other rules") == "" {
		t.Errorf("%+v, %v", m, err)
	}
}

func donorsOf(t *testing.T, db *pgxpool.Pool) string {
	t.Helper()
	var s string
	if err := db.QueryRow(t.Context(), `select coalesce(string_agg(donor_id || ' ' || email_key, E'\n' order by email_key), '')
		|| coalesce((select string_agg(payment || ' ' || coalesce(donor_id, ''), E'\n' order by payment) from donations), '') from donors`).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// An event that is released, or committed late, while the books are made again is
// in them: its place among the others says nothing.
func TestRebuildKeepsWhatIsReleasedMeanwhile(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	events := oneTime("u").events
	for _, e := range events {
		receive(t, in, e)
	}
	late := oneTime("late").events
	younger := *in
	younger.Decode = func(raw []byte) (payments.Event, error) {
		e, _ := in.Decode(raw)
		return e, errors.New("not understood yet")
	}
	for _, e := range late {
		receive(t, &younger, e)
	}
	for _, e := range monthly("after").events {
		receive(t, in, e)
	}
	released := false
	made, err := in.Rebuild(t.Context(), inbox.RebuildOptions{Progress: func(int64, int64) {
		if released {
			return
		}
		released = true
		if tally, err := in.RetryAllParked(t.Context(), func(inbox.Tally) {}); err != nil || tally.New != len(late) {
			t.Errorf("%s, %v", tally, err)
		}
	}})
	if err != nil || len(made.Swapped) != 0 {
		t.Errorf("%+v, %v", made, err)
	}
	if n := len(books(t, db)); n != 4 {
		t.Errorf("%d rows:\n%s", n, strings.Join(books(t, db), "\n"))
	}
}

// Who loses the books aside to another rebuild ends with an error and has written
// nothing.
func TestRebuildThatLosesItsBooksEnds(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, e := range allEvents() {
		receive(t, in, e)
	}
	before := digest(t, db)
	_, err := in.Rebuild(t.Context(), inbox.RebuildOptions{Progress: func(int64, int64) {
		if _, err := db.Exec(t.Context(), `do $$ declare s text; begin
			for s in select nspname from pg_namespace where nspname like 'readerfund%' loop execute 'drop schema ' || s || ' cascade'; end loop; end $$`); err != nil {
			t.Error(err)
		}
	}})
	if err == nil || digest(t, db) != before {
		t.Errorf("%v", err)
	}
}

// A broken copy of an event does not keep the true one out.
func TestABrokenCopyGivesWay(t *testing.T) {
	e := oneTime("x").events[3]
	whole := raw(t, e)
	broken := []byte(`{"id":"` + e.ID + `","type":"` + e.Type + `","api_version":"` + e.APIVersion + `"}`)
	var digests []string
	for _, order := range [][][]byte{{broken, whole}, {whole, broken}} {
		db := pgtest.New(t)
		in := newInbox(t, db)
		for _, r := range order {
			if _, err := in.Receive(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if c, err := in.Count(t.Context()); err != nil || c.Merged != 1 || c.Parked != 0 {
			t.Errorf("%+v, %v", c, err)
		}
		digests = append(digests, digest(t, db))
	}
	if digests[0] != digests[1] {
		t.Error("the order counts")
	}
}

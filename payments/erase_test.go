package payments_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

func eraseFrom(t *testing.T, db *pgxpool.Pool, address string, now time.Time) (e payments.Erasure) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) (err error) {
		e, err = payments.Erase(t.Context(), tx, address, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// eraseEnding is eraseFrom for somebody whose recurring gifts end with their period.
func eraseEnding(t *testing.T, db *pgxpool.Pool, address string, now time.Time) {
	t.Helper()
	if _, err := db.Exec(t.Context(), "update recurring_donations set cancel_at_period_end = true where status <> 'canceled'"); err != nil {
		t.Fatal(err)
	}
	eraseFrom(t, db, address, now)
}

// emptyOfErasures is empty, and forgets who was erased.
func emptyOfErasures(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	empty(t, db)
	if _, err := db.Exec(t.Context(), "delete from erased_objects; delete from erasures_due; delete from erasures; delete from donors; delete from receipts"); err != nil {
		t.Fatal(err)
	}
}

// cardGift is a gift by card, told by its charge.
func cardGift(n int, email string, created int64) payments.Facts {
	id := fmt.Sprint(n)
	return payments.Facts{
		Attributions: []payments.Attribution{{CheckoutID: "checkout" + id, Kind: payments.OneTime, Campaign: "independence"}},
		Charges: []payments.Charge{{ID: "ch_" + id, Payment: "pi_" + id, CheckoutID: "checkout" + id, Amount: money.New(2500, "USD"),
			Created: created, Person: payments.Person{Email: email, Name: "Name of " + email, Country: "DE"},
			Stamp: payments.ChargeStamp("succeeded", created, "evt_"+id), State: payments.ChargeState{Status: "succeeded"}}},
	}
}

// Whatever is told, links that contradict each other and customers who are now this
// person and now that one included: facts and an erasure in any order give the same
// books, once what was told before the erasure is told again, as the stored events
// are. The erased is nowhere.
func TestFactsAndAnErasureInAnyOrder(t *testing.T) {
	db := pgtest.New(t)
	end := time.Unix(1_000_000, 0)
	gone, stayed := 0, 0
	for seed := range uint64(40) {
		d := &dice{Rand: rand.New(rand.NewPCG(seed, 17)), born: map[string]int64{}}
		var facts []payments.Facts
		var all payments.Facts
		for i := range 4 + d.IntN(8) {
			facts = append(facts, d.fact())
			// Who has a page open is told again once it is paid.
			for k := range facts[i].Sessions {
				if s := &facts[i].Sessions[k]; s.Status == "open" {
					s.Person = payments.Person{}
				}
			}
		}
		// Money may not be taken any more from whoever is erased: who has a gift that
		// runs is erased when it has ended.
		for _, id := range []string{"sub_1", "sub_2"} {
			facts = append(facts, payments.Facts{Subscriptions: []payments.Subscription{{ID: id, Stamp: payments.SubscriptionStamp("canceled", d.at(), "evt_end"),
				State: payments.SubscriptionState{Status: "canceled", Amount: d.dollars(), Period: "month"}}}})
		}
		for i := range facts {
			all.Add(facts[i])
		}
		eraseFrom(t, db, "X@example.org", end)
		mergeInto(t, db, all, payments.MergeMany)
		want := rows(t, db)
		nowhere(t, db, "x@example.org")
		if strings.Contains(want, "y@example.org") {
			stayed++
		}
		var objects int
		if err := db.QueryRow(t.Context(), "select count(*) from erased_objects").Scan(&objects); err != nil {
			t.Fatal(err)
		}
		gone += objects
		emptyOfErasures(t, db)
		for range 3 {
			order := d.Perm(len(facts))
			when := d.IntN(len(facts) + 1)
			for place, i := range order {
				if place == when {
					eraseEnding(t, db, "x@example.org", end)
				}
				mergeInto(t, db, facts[i], payments.Merge)
			}
			if when == len(facts) {
				eraseEnding(t, db, "x@example.org", end)
			}
			for _, i := range d.Perm(len(facts)) {
				mergeInto(t, db, facts[i], payments.Merge)
			}
			nowhere(t, db, "x@example.org")
			if got := rows(t, db); got != want {
				t.Fatalf("seed %d in order %v, erased before %d:\n%s\nerased first, then all at once:\n%s\nfacts:\n%+v", seed, order, when, got, want, facts)
			}
			emptyOfErasures(t, db)
		}
	}
	if gone == 0 || stayed == 0 {
		t.Errorf("%d objects erased, %d books with somebody else: the dice show nothing", gone, stayed)
	}
}

func nowhere(t *testing.T, db *pgxpool.Pool, email string) {
	t.Helper()
	var n int
	err := db.QueryRow(t.Context(), `
		select count(*) from (
			select email from customers union all select email from checkout_sessions union all select email from charges
			union all select email from invoices union all select donor_email from donations
			union all select donor_email from recurring_donations union all select email_key from donors) as told
		where lower(email) = $1`, email).Scan(&n)
	if err != nil || n > 0 {
		t.Fatalf("%s is in %d places, %v", email, n, err)
	}
}

func TestErasingLeavesTheAmountAndNobody(t *testing.T) {
	db := pgtest.New(t)
	mergeInto(t, db, cardGift(1, "Jane@Example.org", 100), payments.Merge)
	mergeInto(t, db, cardGift(2, "john@example.org", 100), payments.Merge)
	if _, err := db.Exec(t.Context(), `insert into reader_requests (email, language, asked_at, due_at, status) values (' JANE@example.org', 'en', now(), now() + interval '1 minute', 'queued');
		insert into reader_sessions (hash, donor_id, until) select sha256('a'), donor_id, now() from donors where email_key = 'jane@example.org';
		insert into receipts (payment, status, queued_at, due_at, error) values ('pi_1', 'queued', now(), now() + interval '1 minute', '550 jane@example.org is unknown')`); err != nil {
		t.Fatal(err)
	}
	e := eraseFrom(t, db, "jane@example.org", time.Unix(200, 0))
	if e != (payments.Erasure{Donations: 1, Objects: 2}) {
		t.Errorf("%+v", e)
	}
	var got string
	err := db.QueryRow(t.Context(), `
		select string_agg(concat_ws(' ', payment, amount, status, country, coalesce(donor_email, '-'), donor_name, donor_id is null), '; ' order by payment)
			|| '; ' || (select string_agg(email_key, ' ') from donors) || '; ' || (select string_agg(status || ' ' || error, ' ') from receipts)
			|| '; ' || (select count(*) from reader_requests) + (select count(*) from reader_sessions)
		from donations`).Scan(&got)
	want := "pi_1 2500 succeeded DE   t; pi_2 2500 succeeded DE john@example.org Name of john@example.org f; john@example.org; " +
		"skipped the reader's data were erased; 0"
	if err != nil || got != want {
		t.Errorf("%v\n%s, want\n%s", err, got, want)
	}
	if err := db.QueryRow(t.Context(), `select string_agg(name, '; ') from donor_names`).Scan(&got); err != nil || got != "Name of john@example.org" {
		t.Errorf("names that can be looked for: %q, %v", got, err)
	}
	// Whoever gives again is somebody new; what Stripe made before is not theirs.
	mergeInto(t, db, cardGift(3, "jane@example.org", 201), payments.Merge)
	mergeInto(t, db, cardGift(4, "jane@example.org", 200), payments.Merge)
	err = db.QueryRow(t.Context(), `select string_agg(payment || ' ' || donor_email, '; ' order by payment) from donations where payment in ('pi_1', 'pi_3', 'pi_4')`).Scan(&got)
	if want = "pi_1 ; pi_3 jane@example.org; pi_4 "; err != nil || got != want {
		t.Errorf("%v %s, want %s", err, got, want)
	}
}

// A gift that turns out to be an erased person's only by a late link loses them,
// and the other address of theirs goes too.
func TestALateLinkToAnErasedPerson(t *testing.T) {
	db := pgtest.New(t)
	late := cardGift(2, "jane.old@example.org", 100)
	mergeInto(t, db, late, payments.Merge)
	with := cardGift(1, "jane@example.org", 100)
	with.Charges[0].Customer = "cus_1"
	mergeInto(t, db, with, payments.Merge)
	eraseFrom(t, db, "jane@example.org", time.Unix(200, 0))
	late.Charges[0].Person, late.Charges[0].Customer = payments.Person{}, "cus_1"
	mergeInto(t, db, late, payments.Merge)
	nowhere(t, db, "jane.old@example.org")
	var n int
	if err := db.QueryRow(t.Context(), "select count(*) from donations where donor_id is null and amount = 2500").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestNobodyIsErasedWhileMoneyIsTaken(t *testing.T) {
	db := pgtest.New(t)
	monthly := func(status string, at int64) payments.Facts {
		return payments.Facts{
			Attributions: []payments.Attribution{{CheckoutID: "checkout", Kind: payments.Monthly, Campaign: "independence"}},
			Customers:    []payments.Customer{{ID: "cus_1", Created: 100, Stamp: payments.Stamp{At: 100, Event: "evt_c"}, Person: payments.Person{Email: "jane@example.org"}}},
			Subscriptions: []payments.Subscription{{ID: "sub_1", CheckoutID: "checkout", Customer: "cus_1", Created: 100,
				Stamp: payments.SubscriptionStamp(status, at, "evt_"+status), State: payments.SubscriptionState{Status: status, Amount: money.New(500, "EUR"), Period: "month"}}},
		}
	}
	mergeInto(t, db, monthly("active", 100), payments.Merge)
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		_, err := payments.Erase(t.Context(), tx, "jane@example.org", time.Unix(200, 0))
		return err
	})
	if payments.CodeOf(err) != payments.Invalid || !strings.Contains(err.Error(), "rec_") {
		t.Errorf("%v", err)
	}
	mergeInto(t, db, monthly("canceled", 150), payments.Merge)
	if e := eraseFrom(t, db, "jane@example.org", time.Unix(200, 0)); e.Recurring != 1 {
		t.Errorf("%+v", e)
	}
	nowhere(t, db, "jane@example.org")
	err = pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		_, err := payments.Erase(t.Context(), tx, "  ", time.Unix(200, 0))
		return err
	})
	if e, ok := errors.AsType[*payments.Error](err); !ok || e.Code != payments.Invalid {
		t.Errorf("%v", err)
	}
}

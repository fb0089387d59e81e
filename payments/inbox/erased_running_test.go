package inbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
)

// eraseAt is erase, at a time.
func eraseAt(t *testing.T, db *pgxpool.Pool, in *inbox.Inbox, address string, at int64) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		_, err := payments.Erase(t.Context(), tx, address, time.Unix(at, 0))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.SweepErased(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// givers are the addresses of whom the books know gifts, with how many.
func givers(t *testing.T, db *pgxpool.Pool) (recurring, gifts string) {
	t.Helper()
	err := db.QueryRow(t.Context(), `select
		coalesce((select string_agg(lower(donor_email) || case when donor_id is null then ' nobody' else '' end, ' ' order by donor_email) from recurring_donations), ''),
		coalesce((select string_agg(lower(donor_email) || case when donor_id is null then ' nobody' else '' end, ' ' order by donor_email) from donations), '')`).Scan(&recurring, &gifts)
	if err != nil {
		t.Fatal(err)
	}
	return recurring, gifts
}

// rebuilds makes the books again, once to compare and once in earnest.
func rebuilds(t *testing.T, in *inbox.Inbox) {
	t.Helper()
	checked, err := in.CheckRebuild(t.Context(), inbox.RebuildOptions{Differs: func(d payments.Difference) { t.Error(d) }})
	if err != nil || checked.Before != checked.After {
		t.Errorf("%+v, %v", checked, err)
	}
	made, err := in.Rebuild(t.Context(), inbox.RebuildOptions{})
	if err != nil || made.Before != made.After {
		t.Errorf("%+v, %v", made, err)
	}
}

// Nobody is erased from a recurring gift that runs, of which Stripe tells only after
// the erasure though it began before: the person stays until it has ended, in
// whatever order it is told, and in books that are made again.
func TestARecurringGiftToldLateKeepsItsDonor(t *testing.T) {
	running := monthly("mmm").events
	end := running[len(running)-1]
	running = running[:len(running)-1]
	for shift := range running {
		db := pgtest.New(t)
		in := newInbox(t, db)
		for _, e := range oneTime("mmm2").events {
			receive(t, in, e)
		}
		eraseAt(t, db, in, "readermmm@example.org", 1_800_000_000)
		for i := range running {
			receive(t, in, running[(i+shift)%len(running)])
		}
		if _, err := in.SweepErased(t.Context()); err != nil {
			t.Fatal(err)
		}
		if recurring, gifts := givers(t, db); recurring != "readermmm@example.org" || strings.Contains(gifts, "nobody") {
			t.Fatalf("told from %d: recurring %q, gifts %q", shift, recurring, gifts)
		}
		if due, err := payments.DueErasures(t.Context(), db); err != nil || due.Objects == 0 || due.Since.IsZero() {
			t.Errorf("due %+v, %v", due, err)
		}
		if shift%3 == 0 {
			rebuilds(t, in)
			if recurring, _ := givers(t, db); recurring != "readermmm@example.org" {
				t.Fatalf("told from %d, made again: recurring %q", shift, recurring)
			}
		}
		receive(t, in, end)
		if _, err := in.SweepErased(t.Context()); err != nil {
			t.Fatal(err)
		}
		if found := traces(t, db, "readermmm@", "Reader mmm\""); len(found) > 0 {
			t.Errorf("it has ended, told from %d:\n%s", shift, strings.Join(found, "\n"))
		}
		if due, err := payments.DueErasures(t.Context(), db); err != nil || due.Objects != 0 {
			t.Errorf("due %+v, %v", due, err)
		}
	}
}

// A payment page that was open while its reader was erased, and is paid on
// afterwards: what it brings is a new donor's, be it monthly or once.
func TestAPageThatIsPaidAfterAnErasure(t *testing.T) {
	for name, story := range map[string][]event{"monthly": monthly("ppp").events[:6], "once": oneTime("ppp").events} {
		db := pgtest.New(t)
		in := newInbox(t, db)
		const opened, erased, paid = 1_700_000_000 - 7200, 1_700_000_000 - 3600, 1_700_000_000
		page := object{"id": "cs_ppp", "object": "checkout.session", "mode": "subscription", "status": "open", "payment_status": "unpaid",
			"amount_total": 1000, "currency": "eur", "created": opened, "customer_email": "readerppp@example.org", "metadata": object{}}
		receive(t, in, event{ID: "listed_ppp", Object: "event", APIVersion: "2023-10-16", Created: opened, Type: "readerfund.listed", Data: object{"object": page}})
		eraseAt(t, db, in, "readerppp@example.org", erased)
		if found := traces(t, db, "readerppp@"); len(found) > 0 {
			t.Errorf("%s: the open page:\n%s", name, strings.Join(found, "\n"))
		}
		for _, e := range story {
			if o, ok := e.Data.(object)["object"].(object); ok && o["object"] == "checkout.session" {
				o["created"] = opened
			}
			receive(t, in, e)
		}
		if _, err := in.SweepErased(t.Context()); err != nil {
			t.Fatal(err)
		}
		recurring, gifts := givers(t, db)
		if gifts != "readerppp@example.org" || recurring != map[string]string{"monthly": gifts}[name] {
			t.Errorf("%s: recurring %q, gifts %q", name, recurring, gifts)
		}
		if due, err := payments.DueErasures(t.Context(), db); err != nil || due.Objects != 0 {
			t.Errorf("%s: due %+v, %v", name, due, err)
		}
		rebuilds(t, in)
		if again, _ := givers(t, db); again != recurring {
			t.Errorf("%s, made again: %q", name, again)
		}
	}
}

// An earlier address of somebody whose monthly gift runs is erased: they keep their
// gift until it has ended.
func TestAnEarlierAddressOfARunningGift(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	customer := func(id, kind, email string, at int64) event {
		return event{ID: id, Object: "event", APIVersion: "2023-10-16", Created: at, Type: kind, Data: object{"object": object{
			"id": "cus_mmm", "object": "customer", "email": email, "name": "Somebody", "created": int64(1_690_000_000), "metadata": object{}}}}
	}
	receive(t, in, customer("evt_c1", "customer.created", "old@example.org", 1_690_000_000))
	receive(t, in, customer("evt_c2", "customer.updated", "readermmm@example.org", 1_699_000_000))
	told := monthly("mmm").events
	for _, e := range told[:len(told)-1] {
		receive(t, in, e)
	}
	eraseAt(t, db, in, "old@example.org", 1_800_000_000)
	if recurring, gifts := givers(t, db); recurring != "readermmm@example.org" || gifts != recurring {
		t.Errorf("recurring %q, gifts %q", recurring, gifts)
	}
	rebuilds(t, in)
	if recurring, _ := givers(t, db); recurring != "readermmm@example.org" {
		t.Errorf("made again: %q", recurring)
	}
	receive(t, in, told[len(told)-1])
	if _, err := in.SweepErased(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := traces(t, db, "old@example.org", "readermmm@", "Somebody"); len(found) > 0 {
		t.Errorf("it has ended:\n%s", strings.Join(found, "\n"))
	}
}

// What tells the address of an erased person beside somebody else loses that
// address, and nothing of the other; told before the erasure or after.
func TestAnotherPersonsEventsKeepTheirPerson(t *testing.T) {
	for name, mention := range map[string]func(object){
		"words": func(o object) { o["description"] = "In honour of readeraaa@example.org" },
		"fields": func(o object) {
			switch o["object"] {
			case "charge":
				o["receipt_email"] = "readeraaa@example.org"
			case "checkout.session":
				o["customer_email"] = "ReaderAAA@example.org"
			}
		},
	} {
		for _, late := range []bool{false, true} {
			db := pgtest.New(t)
			in := newInbox(t, db)
			a, b := oneTime("aaa").events, oneTime("bbb").events
			for i := range b {
				if o, ok := b[i].Data.(object)["object"].(object); ok {
					mention(o)
				}
			}
			tell := func(events []event) {
				for _, e := range events {
					receive(t, in, e)
				}
			}
			tell(a)
			if !late {
				tell(b)
			}
			erase(t, db, in, "readeraaa@example.org")
			if late {
				tell(b)
			}
			if found := traces(t, db, "readeraaa@", "Reader aaa"); len(found) > 0 {
				t.Errorf("%s, late %v:\n%s", name, late, strings.Join(found, "\n"))
			}
			var n int
			if err := db.QueryRow(t.Context(), `select count(*) from inbox_events where convert_from(payload, 'UTF8') ~* 'readerbbb@.*Reader bbb'`).Scan(&n); err != nil || n != 6 {
				t.Errorf("%s, late %v: %d stored events tell the other, %v", name, late, n, err)
			}
			rebuilds(t, in)
			if _, gifts := givers(t, db); gifts != " nobody readerbbb@example.org" {
				t.Errorf("%s, late %v: gifts %q", name, late, gifts)
			}
		}
	}
}

// Whoever erases while an event is being stored for long keeps no other event
// waiting for longer than a moment, and gives up in time.
func TestErasingLetsEventsPass(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	frozen, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = frozen.Rollback(t.Context()) }()
	if _, err := frozen.Exec(t.Context(), payments.StoringSQL); err != nil {
		t.Fatal(err)
	}
	erased := make(chan error, 1)
	go func() {
		erased <- pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
			_, err := payments.Erase(t.Context(), tx, "jane@example.org", time.Now())
			return err
		})
	}()
	for _, e := range oneTime("fff").events {
		receive(t, in, e)
	}
	select {
	case err := <-erased:
		if payments.CodeOf(err) != payments.Unavailable {
			t.Errorf("%v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it never gives up")
	}
}

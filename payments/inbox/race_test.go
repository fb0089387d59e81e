package inbox_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/stripegw"
)

// sparse is a monthly gift told as sparsely as versions and endpoints may tell
// it: the attribution only on the subscription, each link by one end only.
func sparse(n string) []event {
	var told []event
	for _, e := range monthly(n).events {
		o := maps.Clone(e.Data.(object)["object"].(object))
		switch o["object"] {
		case "invoice":
			delete(o, "subscription_details")
			delete(o, "payment_intent")
		case "payment_intent", "charge":
			delete(o, "invoice")
		case "checkout.session":
			delete(o, "metadata")
			delete(o, "invoice")
		}
		e.Data = object{"object": o}
		told = append(told, e)
	}
	link := told[0]
	link.ID, link.Type = "evt_link_"+n, "invoice_payment.paid"
	link.Data = object{"object": object{"id": "inpay_" + n, "invoice": "in_" + n, "payment": object{"type": "payment_intent", "payment_intent": "pi_" + n}}}
	return append(told, link)
}

func facts(t *testing.T, e event) payments.Facts {
	t.Helper()
	decoded, err := stripegw.Decode(raw(t, e))
	if err != nil {
		t.Fatal(err)
	}
	return decoded.Facts
}

// Two transactions that tell any two events of a gift at the same moment, the
// second beginning before the first commits, leave the books of one after the
// other.
func TestAnyTwoEventsAtTheSameMoment(t *testing.T) {
	told := sparse("t")
	straight := pgtest.New(t)
	for _, e := range told {
		receive(t, newInbox(t, straight), e)
	}
	want := books(t, straight)
	if len(want) != 2 {
		t.Fatalf("the story itself: %q", want)
	}
	for i := range told {
		for j := range told {
			if i == j {
				continue
			}
			t.Run(fmt.Sprintf("%d %s, %d %s", i, told[i].Type, j, told[j].Type), func(t *testing.T) {
				db := pgtest.New(t)
				for k, e := range told {
					if k != i && k != j {
						receive(t, newInbox(t, db), e)
					}
				}
				overlap(t, db, facts(t, told[i]), facts(t, told[j]))
				if got := books(t, db); !slices.Equal(got, want) {
					t.Errorf("books:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			})
		}
	}
}

// overlap merges first, begins to merge second before first commits, and ends
// when both have.
func overlap(t *testing.T, db *pgxpool.Pool, first, second payments.Facts) {
	t.Helper()
	ctx := t.Context()
	a, err := db.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := payments.Merge(ctx, a, first); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- pgx.BeginFunc(ctx, db, func(b pgx.Tx) error { return payments.Merge(ctx, b, second) })
	}()
	if finished := waits(t, db, done); !finished {
		defer func() {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}()
	}
	if err := a.Commit(ctx); err != nil {
		t.Fatal(err)
	}
}

// waits returns once the other merge waits for a lock (false) or has ended.
func waits(t *testing.T, db *pgxpool.Pool, done <-chan error) (finished bool) {
	t.Helper()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return true
		case <-time.After(2 * time.Millisecond):
		}
		var waiting bool
		err := db.QueryRow(t.Context(), `
			select exists (select from pg_locks l join pg_stat_activity a using (pid)
				where not l.granted and a.datname = current_database())`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
		if waiting {
			return false
		}
	}
}

// A charge that is first told without its payment intent moves its donation.
func TestAChargeFindsItsIntent(t *testing.T) {
	e := oneTime("z").events[3]
	before := e
	o := maps.Clone(e.Data.(object)["object"].(object))
	delete(o, "payment_intent")
	before.APIVersion, before.Data = "2019-01-01", object{"object": o}
	var digests []string
	for _, order := range [][]event{{before, e}, {e, before}} {
		db := pgtest.New(t)
		for _, x := range order {
			receive(t, newInbox(t, db), x)
		}
		if got := books(t, db); len(got) != 1 || !strings.HasPrefix(got[0], "pi_z ") {
			t.Errorf("%q", got)
		}
		digests = append(digests, digest(t, db))
	}
	if digests[0] != digests[1] {
		t.Error("the order counts")
	}
}

// An invoice may have a dead payment intent beside the one that paid it.
func TestADeadIntentIsNoDonation(t *testing.T) {
	s := monthly("q")
	dead := (&teller{n: "q", at: 1_700_000_100}).intent("canceled", 1000, "eur", object{"id": "pi_dead", "invoice": "in_q"})
	tell := &teller{n: "dead", at: 1_700_000_100}
	tell.tell("payment_intent.canceled", dead)
	db := pgtest.New(t)
	for _, e := range append(s.events, tell.told...) {
		receive(t, newInbox(t, db), e)
	}
	if got := books(t, db); len(got) != 2 || strings.Contains(strings.Join(got, " "), "pi_dead") {
		t.Errorf("%q", got)
	}
}

// What cannot be merged is parked; nothing genuine is refused for ever.
func TestOddNumbersAreStored(t *testing.T) {
	for name, body := range map[string]string{
		"interval":      `{"id":"e1","type":"customer.subscription.updated","created":1,"data":{"object":{"id":"sub_1","items":{"data":[{"price":{"recurring":{"interval_count":3000000000}}}]}}}}`,
		"attempts":      `{"id":"e2","type":"invoice.paid","created":1,"data":{"object":{"id":"in_1","attempt_count":3000000000}}}`,
		"event's time":  `{"id":"e3","type":"charge.updated","created":9000000000000000,"data":{"object":{"id":"ch_1"}}}`,
		"version":       `{"id":"e4","type":"charge.updated","created":1,"api_version":"` + strings.Repeat("x", 254) + `é","data":{"object":{"id":"ch_1"}}}`,
		"object's time": `{"id":"e5","type":"charge.succeeded","created":1,"data":{"object":{"id":"ch_1","created":9000000000000000,"amount":5,"currency":"usd","status":"succeeded","metadata":{"readerfund_checkout":"c"}}}}`,
		"number":        `{"id":"e6","type":"charge.succeeded","created":1,"data":{"object":{"id":"ch_1","amount":99999999999999999999}}}`,
	} {
		if outcome, err := newInbox(t, pgtest.New(t)).Receive(t.Context(), []byte(body)); err != nil {
			t.Errorf("%s: %s, %v", name, outcome, err)
		}
	}
}

// Metadata edited at the moment at which a donation is derived that reaches its
// checkout only through a session.
func TestMetadataEditedWhileADonationIsDerived(t *testing.T) {
	told := sparse("x")
	var session, link, charge, edited event
	for _, e := range told {
		switch e.Type {
		case "checkout.session.completed":
			session = e
		case "invoice_payment.paid":
			link = e
		case "charge.succeeded":
			charge = e
		case "customer.subscription.updated":
			edited = e
		}
	}
	o := maps.Clone(session.Data.(object)["object"].(object))
	o["metadata"], o["invoice"] = (&teller{n: "x"}).metadata("monthly"), "in_x"
	session.Data = object{"object": o}
	sub := maps.Clone(edited.Data.(object)["object"].(object))
	meta := maps.Clone(sub["metadata"].(object))
	meta["campaign"], meta["placement"] = "a-renamed-one", "banner"
	sub["metadata"] = meta
	edited.Data = object{"object": sub}
	var want []string
	for _, order := range [][]event{nil, {charge, edited}, {edited, charge}} {
		db := pgtest.New(t)
		in := newInbox(t, db)
		receive(t, in, session)
		receive(t, in, link)
		if order == nil {
			receive(t, in, charge)
			receive(t, in, edited)
			want = books(t, db)
			continue
		}
		overlap(t, db, facts(t, order[0]), facts(t, order[1]))
		if got := books(t, db); !slices.Equal(got, want) {
			t.Errorf("%s first:\n%s\nwant:\n%s", order[0].Type, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// Two gifts that meet the same two people for the first time, the other way
// round, do not wait for each other.
func TestMeetingTheSamePeopleAtOnce(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	var last []event
	for i := range 20 {
		for _, swapped := range []bool{false, true} {
			n := fmt.Sprintf("p%d_%v", i, swapped)
			gave, gives := fmt.Sprintf("a%d@example.org", i), fmt.Sprintf("b%d@example.org", i)
			if swapped {
				gave, gives = gives, gave
			}
			for _, e := range monthly(n).events {
				o := maps.Clone(e.Data.(object)["object"].(object))
				switch e.Type {
				case "charge.succeeded":
					o["billing_details"] = object{"email": gave}
				case "invoice.paid":
					o["customer_email"] = gives
					delete(o, "subscription_details")
				case "checkout.session.completed", "customer.subscription.created", "customer.subscription.deleted":
					continue
				}
				e.Data = object{"object": o}
				if e.Type == "customer.subscription.updated" {
					last = append(last, e)
				} else {
					receive(t, in, e)
				}
			}
		}
	}
	began := time.Now()
	receiveAtOnce(t, in, last)
	if took := time.Since(began); took > time.Second { // what Postgres takes to notice a ring
		t.Logf("it took %s", took)
	}
	var rings int
	if err := db.QueryRow(t.Context(), `select deadlocks from pg_stat_database where datname = current_database()`).Scan(&rings); err != nil {
		t.Fatal(err)
	}
	if rings > 0 {
		t.Errorf("%d deadlocks", rings)
	}
}

// Facts that contradict each other, which Stripe should never tell, still end in
// the same books, and park nothing.
func TestContradictionsInAnyOrder(t *testing.T) {
	told := oneTime("k").events
	paid := told[3]
	vary := func(id string, change object) event {
		o := maps.Clone(paid.Data.(object)["object"].(object))
		maps.Copy(o, change)
		return event{ID: id, APIVersion: paid.APIVersion, Created: paid.Created, Type: "charge.updated", Data: object{"object": o}}
	}
	for name, pair := range map[string][2]event{
		"two intents":            {vary("e1", object{"payment_intent": "pi_k"}), vary("e2", object{"payment_intent": "pi_a"})},
		"less than was refunded": {vary("e1", object{"amount_refunded": 2500}), vary("e2", object{"amount": 1000})},
		"no currency":            {vary("e1", object{"currency": nil}), vary("e2", object{"currency": nil, "amount": 7})},
	} {
		var digests []string
		for _, order := range [][]event{{pair[0], pair[1]}, {pair[1], pair[0]}} {
			db := pgtest.New(t)
			for _, e := range order {
				if got := receive(t, newInbox(t, db), e); got != "merged" {
					t.Errorf("%s: %s", name, got)
				}
			}
			digests = append(digests, digest(t, db))
		}
		if digests[0] != digests[1] {
			t.Errorf("%s: the order counts", name)
		}
	}
}

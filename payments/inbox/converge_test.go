package inbox_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/inbox"
)

func TestAnyOrderGivesTheSameBooks(t *testing.T) {
	var told []event
	for _, s := range stories() {
		told = append(told, s.events...)
	}
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, e := range told {
		receive(t, in, e)
	}
	want, wantBooks := digest(t, db), books(t, db)
	for seed := range uint64(12) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			mixed := slices.Clone(told)
			for range 20 {
				mixed = append(mixed, told[random.IntN(len(told))])
			}
			random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			db := pgtest.New(t)
			in := newInbox(t, db)
			if seed%3 == 0 {
				receiveAtOnce(t, in, mixed)
			} else {
				for _, e := range mixed {
					receive(t, in, e)
				}
			}
			if got := digest(t, db); got != want {
				t.Errorf("digest differs; books:\n%s\nwant:\n%s", strings.Join(books(t, db), "\n"), strings.Join(wantBooks, "\n"))
			}
		})
	}
}

func TestEditedMetadataMovesAllItsDonations(t *testing.T) {
	told := monthly("m").events
	edited := told[6] // the subscription, canceled
	sub := maps.Clone(edited.Data.(object)["object"].(object))
	meta := maps.Clone(sub["metadata"].(object))
	meta["placement"], meta["campaign"] = "banner", "a-renamed-one"
	sub["metadata"] = meta
	edited.Data = object{"object": sub}
	told = append(slices.Clone(told[:6]), edited)
	want := ""
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 3))
		random.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
		db := pgtest.New(t)
		for _, e := range told {
			receive(t, newInbox(t, db), e)
		}
		if want == "" {
			want = digest(t, db)
		}
		if digest(t, db) != want {
			t.Errorf("seed %d: %s", seed, strings.Join(books(t, db), "\n"))
		}
		if n := len(books(t, db)); n != 2 {
			t.Errorf("%d rows", n)
		}
	}
}

func TestTheDonorComesWithALaterInvoice(t *testing.T) {
	events := monthly("l").events
	var sub, invoice event
	for _, e := range events {
		switch e.Type {
		case "customer.subscription.updated":
			sub = e
		case "invoice.paid":
			invoice = e
		}
	}
	named := maps.Clone(invoice.Data.(object)["object"].(object))
	delete(named, "customer_email")
	delete(named, "payment_intent")
	first := invoice
	first.ID, first.Data = "evt_first", object{"object": named}
	later := invoice
	later.ID, later.Data = "evt_later", object{"object": object{"id": named["id"], "customer_email": "late@example.org"}}
	want := ""
	for _, order := range [][]event{{sub, first, later}, {later, first, sub}, {first, later, sub}, {later, sub, first}} {
		db := pgtest.New(t)
		for _, e := range order {
			receive(t, newInbox(t, db), e)
		}
		got := strings.Join(books(t, db), "\n")
		if want == "" {
			want = got
		}
		if got != want || !strings.Contains(got, "late@example.org") {
			t.Errorf("books: %s, want %s", got, want)
		}
	}
}

func TestOneSubscriptionToldOfFromEverySideAtOnce(t *testing.T) {
	story := &teller{n: "w", at: 1_700_000_000}
	story.told = append(story.told, monthly("w").events...)
	story.seq = len(story.told)
	base := story.told[3].Data.(object)["object"].(object) // the subscription, active
	for i := range int64(40) {
		story.at++
		sub := maps.Clone(base)
		sub["current_period_end"] = 1_800_000_000 + i
		story.tell("customer.subscription.updated", sub)
		story.tell("charge.updated", story.charge("ch_w", "succeeded", 1000, "eur", object{"invoice": "in_w", "customer": "cus_w", "created": 1_700_000_000}))
		story.tell("invoice.payment_failed", object{"id": "in_w", "object": "invoice", "attempt_count": i, "status": "open"})
	}
	told := slices.DeleteFunc(story.told, func(e event) bool { return e.Type == "customer.subscription.deleted" })
	straight := pgtest.New(t)
	for _, e := range told {
		receive(t, newInbox(t, straight), e)
	}
	want := books(t, straight)
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 7))
		random.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
		db := pgtest.New(t)
		receiveAtOnce(t, newInbox(t, db), told)
		if digest(t, db) != digest(t, straight) {
			t.Errorf("seed %d: digest differs; books:\n%s\nwant:\n%s", seed, strings.Join(books(t, db), "\n"), strings.Join(want, "\n"))
		}
	}
}

func receiveAtOnce(t *testing.T, in *inbox.Inbox, events []event) {
	t.Helper()
	work := make(chan event)
	var done sync.WaitGroup
	for range 16 {
		done.Go(func() {
			for e := range work {
				if _, err := in.Receive(t.Context(), raw(t, e)); err != nil {
					t.Errorf("%s: %v", e.ID, err)
				}
			}
		})
	}
	for _, e := range events {
		work <- e
	}
	close(work)
	done.Wait()
}

func TestNeverTwoDonationsOnTheWay(t *testing.T) {
	events := monthly("p").events
	db := pgtest.New(t)
	in := newInbox(t, db)
	slices.Reverse(events)
	for _, e := range events {
		receive(t, in, e)
		var n int
		if err := db.QueryRow(t.Context(), `select count(*) from donations`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 1 {
			t.Fatalf("%d donations after %s", n, e.Type)
		}
	}
}

func TestSameEventInTwoShapes(t *testing.T) {
	events := monthly("v").events
	var lacking []event // the shape of 2025-03-31.basil lacks the links
	for _, e := range events {
		o := e.Data.(object)["object"].(object)
		if o["object"] == "payment_intent" || o["object"] == "charge" {
			newer := object{}
			for k, v := range o {
				if k != "invoice" {
					newer[k] = v
				}
			}
			e.APIVersion, e.Data = "2025-03-31.basil", object{"object": newer}
			lacking = append(lacking, e)
		}
	}
	db, other := pgtest.New(t), pgtest.New(t)
	in, inOther := newInbox(t, db), newInbox(t, other)
	for _, e := range slices.Concat(lacking, events) {
		receive(t, in, e)
	}
	for _, e := range slices.Concat(events, lacking) {
		receive(t, inOther, e)
	}
	if digest(t, db) != digest(t, other) {
		t.Errorf("books differ:\n%s\n%s", strings.Join(books(t, db), "\n"), strings.Join(books(t, other), "\n"))
	}
	if len(books(t, db)) != 2 {
		t.Errorf("books: %q", books(t, db))
	}
}

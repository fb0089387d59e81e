package inbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/inbox"
	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func newInbox(t testing.TB, db *pgxpool.Pool) *inbox.Inbox {
	return &inbox.Inbox{DB: db, Decode: stripegw.Decode, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

func receive(t testing.TB, in *inbox.Inbox, e event) inbox.Outcome {
	t.Helper()
	outcome, err := in.Receive(t.Context(), raw(t, e))
	if err != nil {
		t.Fatalf("%s %s: %v", e.ID, e.Type, err)
	}
	return outcome
}

func digest(t testing.TB, db *pgxpool.Pool) string {
	t.Helper()
	sum, err := payments.Digest(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// books lists the donations in words, for people to compare.
func books(t testing.TB, db *pgxpool.Pool) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
		select concat_ws(' ', payment, kind, status, amount, currency, 'refunded', refunded, charge, nullif(invoice, ''),
			nullif(subscription, ''), nullif(checkout_session, ''), campaign, placement, article, donor_email,
			case when donor_id is null then 'nobody' end)
		from donations union all
		select concat_ws(' ', subscription, kind, status, amount, currency, cancel_reason, donor_email,
			case when donor_id is null then 'nobody' end)
		from recurring_donations order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStoriesEndInTheBooks(t *testing.T) {
	want := map[string][]string{
		"one-time a1":             {"pi_a1 one_time succeeded 2500 USD refunded 700 ch_a1_2 cs_a1 independence end geneva Readera1@example.org"},
		"debit b1, settles: true": {"pi_b1 one_time succeeded 4000 EUR refunded 0 ch_b1 cs_b1 independence end geneva Readerb1@example.org"},
		"debit b2, settles: false": {
			"pi_b2 one_time failed 4000 EUR refunded 0 ch_b2 cs_b2 independence end geneva Readerb2@example.org"},
		"unsettled b3": {"pi_b3 one_time pending 4000 EUR refunded 0  cs_b3 independence end geneva Readerb3@example.org"},
		"declined c1":  nil,
		"monthly d1": {
			"pi_d1 monthly succeeded 1000 EUR refunded 0 ch_d1 in_d1 sub_d1 cs_d1 independence end geneva Readerd1@example.org",
			"sub_d1 monthly canceled 1000 EUR cancellation_requested Readerd1@example.org"},
		"foreign e1": nil,
	}
	for _, s := range stories() {
		lines, ok := want[s.name]
		if !ok {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			db := pgtest.New(t)
			in := newInbox(t, db)
			for _, e := range s.events {
				if got := receive(t, in, e); got != inbox.Merged {
					t.Errorf("%s: %s", e.Type, got)
				}
			}
			if got := books(t, db); !slices.Equal(got, lines) {
				t.Errorf("books:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
			}
		})
	}
}

// The books are a function of the set of facts: any order, any repetition, and
// events told at once give the same digest.
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

// Metadata that somebody edited between two events: whichever is told first, all
// that hangs on the checkout has the same attribution.
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

// Whose a recurring donation is may come with an invoice that does not name its
// subscription again.
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

// One subscription that moves on while its payments are told about: whoever
// derives last has seen all.
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

// Every prefix, in every order of the four events that a first monthly gift
// needs, leaves books that hold it at most once.
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

// An endpoint that moves to a new API version is told every event twice, in two
// shapes; the second may carry what the first lacks.
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

func TestBrokenEventsAreParkedAndKept(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, body := range []string{
		`{"id":"evt_1","type":"charge.succeeded","created":1700000000}`,
		`{"id":"evt_2","type":"charge.succeeded","data":null}`,
		`{"id":"evt_3","type":"charge.succeeded","data":{"object":null}}`,
		`{"id":"evt_4","type":"charge.succeeded","data":{"object":{}}}`,
		`{"id":"evt_5","type":"charge.succeeded","data":{"object":[1]}}`,
		`{"id":"evt_6","type":"charge.succeeded","data":{"object":{"id":"ch_1","amount":"ten"}}}`,
		`{"id":"evt_7","type":"charge.succeeded","created":1,"data":{"object":{"id":"ch_7","amount":5,"amount_refunded":-3,"currency":"usd"}}}`,
		`{"type":"charge.succeeded","data":{"object":{"id":"ch_1"}}}`,
		`{"id":"` + strings.Repeat("x", 5000) + `","type":"charge.succeeded","data":{"object":{"id":"ch_1"}}}`,
		`{"id":"evt_8","type":"charge.succeeded","created":1,"data":{"object":{"id":"` + strings.Repeat("0123456789abcdef", 40000) + `"}}}`,
		`{}`, `[]`, `7`, `not json`, ``,
	} {
		if got, err := in.Receive(t.Context(), []byte(body)); err != nil || got != inbox.Parked {
			t.Errorf("%.80s: %s, %v", body, got, err)
		}
		if got, err := in.Receive(t.Context(), []byte(body)); err != nil || got != inbox.Duplicate {
			t.Errorf("again %.80s: %s, %v", body, got, err)
		}
	}
	if got := receive(t, in, event{ID: "evt_9", Type: "topup.created", Data: object{"object": object{"id": "tu_1"}}}); got != inbox.Ignored {
		t.Errorf("a type of no concern: %s", got)
	}
	counts, err := in.Count(t.Context())
	if err != nil || counts != (inbox.Counts{Parked: 15, Ignored: 1}) {
		t.Errorf("%+v %v", counts, err)
	}
}

func TestNulInANameDoesNotParkAGift(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, e := range oneTime("n").events {
		body := strings.ReplaceAll(string(raw(t, e)), "Reader n", `Re\u0000ader \ud800n`)
		if got, err := in.Receive(t.Context(), []byte(body)); err != nil || got != inbox.Merged {
			t.Errorf("%s: %s %v", e.Type, got, err)
		}
	}
	if len(books(t, db)) != 1 {
		t.Errorf("%q", books(t, db))
	}
}

// What is parked is released by itself once its cause is gone.
func TestParkedEventsAreTriedAgain(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	if _, err := db.Exec(t.Context(), `alter table charges add constraint broken check (amount <> 2500)`); err != nil {
		t.Fatal(err)
	}
	for _, e := range oneTime("r").events {
		receive(t, in, e)
	}
	parked := func() int64 {
		n, err := in.CountParked(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if parked() != 5 {
		t.Fatalf("%d parked", parked())
	}
	later := time.Now().Add(2 * time.Minute)
	in.Now = func() time.Time { return later }
	if n, err := in.RetryParked(t.Context()); err != nil || n != 0 || parked() != 5 {
		t.Fatalf("released %d, %v, while the cause lasts", n, err)
	}
	if _, err := db.Exec(t.Context(), `alter table charges drop constraint broken`); err != nil {
		t.Fatal(err)
	}
	later = later.Add(10 * time.Minute)
	if n, err := in.RetryParked(t.Context()); err != nil || n != 5 || parked() != 0 {
		t.Fatalf("released %d, %v", n, err)
	}
	straight := pgtest.New(t)
	for _, e := range oneTime("r").events {
		receive(t, newInbox(t, straight), e)
	}
	if digest(t, db) != digest(t, straight) {
		t.Error("books differ from those of a straight way")
	}
}

func TestReceiveWithoutDatabaseIsAnError(t *testing.T) {
	db := pgtest.New(t)
	in := newInbox(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if outcome, err := in.Receive(ctx, raw(t, oneTime("x").events[0])); err == nil {
		t.Errorf("%s without a database", outcome)
	}
}

func BenchmarkReceive(b *testing.B) {
	db := pgtest.New(b)
	in := newInbox(b, db)
	in.Log = slog.New(slog.DiscardHandler)
	var bodies [][]byte
	for i := range b.N {
		events := oneTime(fmt.Sprintf("bench%d", i)).events
		bodies = append(bodies, raw(b, events[3]))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, body := range bodies {
		if _, err := in.Receive(b.Context(), body); err != nil {
			b.Fatal(err)
		}
	}
}
